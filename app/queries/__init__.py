"""Which records: a typed query becomes one SELECT; pure functions, run by `queries/run.py` only."""
