"""What all tests need before anything is imported that asks for it as it is imported."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# For this process and all that tests start, whatever is set: tiny models are fastest so.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("NUMBA_OPT", "1")  # to compile for speed takes longer than what is computed here
