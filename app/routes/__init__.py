"""Who asks: HTTP only, no SQL, no formatting."""
