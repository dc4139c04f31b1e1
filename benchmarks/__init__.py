"""How fast the registry is beside others, and how it grows: see `python -m benchmarks --help` and the README."""
