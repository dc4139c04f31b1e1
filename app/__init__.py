"""The public registry of the French pôles territoriaux de coopération économique (PTCE)."""

import gc

# A start makes hundreds of thousands of objects, and hardly any garbage: looking for some after every 700 of them, as
# Python does by itself, is a fifth of it.
gc.set_threshold(20_000)
