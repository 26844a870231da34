from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from tests.chromium import browser as browser  # noqa: PLC0414 - a fixture for all folders: one process, one browser
from tests.held import held as held  # noqa: PLC0414 - a fixture for the tests of jobs, with and without a browser

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that tests start, as below for their own
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("NUMBA_OPT", "1")  # to compile for speed takes longer than what is computed here
# A suite that a shell starts in the background ignores Ctrl-C, and all that it starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
# A run is the same each time, whatever the speed of the machine; HYPOTHESIS_PROFILE=long looks for new cases.
settings.register_profile(
    "short",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("short"), max_examples=500, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
# Tiny models run fastest on one thread, and test processes do not get into each other's way.
torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file and end with the one that needs what the former compiled and left on the disk."""
    place = {"tests/motifs/test_motifs.py": -1, "tests/cli/test_motifs.py": 1}
    items.sort(key=lambda item: place.get(item.location[0], 0))


@pytest.fixture(scope="session")
def promoter_data() -> Path:
    """Return the folder of real promoter sequences, which is not part of the project."""
    folder = Path(os.environ.get("CAPTUM_DNA_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "mouse_tata_promoters.fa").is_file():
        pytest.skip("needs the promoter sequences: set CAPTUM_DNA_DATA to their folder")
    return folder
