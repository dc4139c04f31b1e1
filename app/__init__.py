"""The public registry of the French pôles territoriaux de coopération économique (PTCE)."""

import gc
import os

# A start makes hundreds of thousands of objects, and hardly any garbage: looking for some after every 700 of them, as
# Python does by itself, is a twentieth of it.
gc.set_threshold(20_000)

# numpy multiplies no matrices here, and would start a thread for that on each processor.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
