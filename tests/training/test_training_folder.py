"""A full disk during training is told with the folder, whichever library was writing."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from captum_dna import load
from captum_dna.io.writing import OutputError
from captum_dna.training.folder import TrainingFolder, draw_curve
from tests.io.test_writing import full_disk
from tests.toy import kmer_bert


@pytest.fixture
def folder(tmp_path):
    folder = TrainingFolder(tmp_path / "run", {"seed": 0})
    folder.claim(resume=False)
    return folder


@pytest.mark.parametrize(
    "write",
    [
        lambda path: torch.save({"weight": torch.zeros(10_000)}, path / "optimizer.pt"),
        lambda path: save_file({"weight": torch.zeros(10_000)}, path / "model.safetensors"),
        lambda path: (path / "trainer_state.json").write_text("x" * 10_000),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_told(folder, write):
    with full_disk(3000), pytest.raises(OutputError, match=r"run cannot be written: "), folder.writing():
        write(folder.path)


def test_other_mistakes_stay_what_they_are(folder):
    with pytest.raises(RuntimeError, match="of the loop"), folder.writing():
        raise RuntimeError("of the loop")


def test_a_model_that_does_not_fit_is_told_and_the_run_is_not_finished(folder):
    model = load(kmer_bert(4))
    with full_disk(3000), pytest.raises(OutputError, match=r"run cannot be written: "):
        folder.finish(model, [], {}, "")
    assert not folder.finished


def test_a_curve_leaves_the_old_one(tmp_path):
    path = tmp_path / "curve.png"
    draw_curve([{"epoch": 1.0, "loss": 0.5}], path)
    before = path.read_bytes()
    with full_disk(100), pytest.raises(OutputError, match=r"curve\.png cannot be written"):
        draw_curve([{"epoch": 1.0, "loss": 0.1}], path)
    assert path.read_bytes() == before
