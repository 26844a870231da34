from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import HealthCheck, settings

from captum_dna.core.garbage import collect_rarely
from tests.chromium import browser as browser  # noqa: PLC0414 - a fixture for all folders: one process, one browser
from tests.held import held as held  # noqa: PLC0414 - a fixture for the tests of jobs, with and without a browser
from tests.toy.models import changed

if TYPE_CHECKING:
    from collections.abc import Iterator

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
collect_rarely()


LONGEST = (
    "tests/motifs/test_motifs.py",
    "tests/browser/test_viewer.py",
    "tests/training/test_finetune.py",
    "tests/notebook/test_widget.py",
)
"""Files that take longest, each in one process: begun last, they would keep one core busy while the others stand idle."""
COMPILED_BEFORE = ("tests/cli/test_motifs.py",)
"""Files that need what the tests of motifs compile and leave on the disk; those of the project come late by themselves."""


def pytest_collection_finish() -> None:
    """Look through what was imported no more, which would take a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, and end with those that find compiled what these need."""
    place = {file: i - len(LONGEST) for i, file in enumerate(LONGEST)} | dict.fromkeys(COMPILED_BEFORE, 1)
    items.sort(key=lambda item: place.get(item.location[0], 0))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    """Let tiny models run on one thread, where they are fastest, and test processes not get into each other's way."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module", autouse=True)
def _shared_models_stay_as_they_are() -> Iterator[None]:
    """Hold that no test changes a model that others use, whatever runs beside it in one process."""
    yield
    assert changed() == []


@pytest.fixture(scope="session")
def promoter_data() -> Path:
    """Return the folder of real promoter sequences, which is not part of the project."""
    folder = Path(os.environ.get("CAPTUM_DNA_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "mouse_tata_promoters.fa").is_file():
        pytest.skip("needs the promoter sequences: set CAPTUM_DNA_DATA to their folder")
    return folder
