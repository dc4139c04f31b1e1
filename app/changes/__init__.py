"""How it changes: the only code that writes."""
