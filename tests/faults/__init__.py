"""What goes wrong under load, in a crash, on a full disk: the registry stays whole, and what it said stays true."""
