"""The bundled model and sequences: small, honest, and right where the answer is known."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import captum_dna
from captum_dna import demo

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import make_demo_sequences
import train_demo_model

FOLDER = Path(str(files("captum_dna.demo")))


@pytest.fixture(scope="module")
def model():
    return captum_dna.load("demo")


@pytest.fixture(scope="module")
def test_part(promoter_data):
    return train_demo_model.read_parts(
        promoter_data / "mouse_tata_promoters.fa", promoter_data / "mouse_nonpromoters.fa"
    )["test"]


def called(model, sequences) -> dict[str, str]:
    best = model.predict(sequences).argmax(axis=1)
    return {s.name: model.labels[i] for s, i in zip(sequences, best, strict=True)}


def test_the_folder_is_small():
    assert sum(p.stat().st_size for p in FOLDER.iterdir() if p.is_file()) <= 3_000_000


def test_classes_and_length_are_what_the_documentation_says(model):
    assert model.labels == ("other", "TATA promoter")
    assert model.max_bases == 515
    assert json.loads((FOLDER / "tokenizer_config.json").read_text())["do_lower_case"] is False


def test_designed_promoters_are_called_by_their_box(model):
    calls = called(model, demo.designed())
    for design in demo.designed():
        promoter = design.name.startswith(("box at -", "short box at -", "two boxes"))
        assert design.label == ("TATA promoter" if promoter else "other"), design.name
    wrong = [design.name for design in demo.designed() if calls[design.name] != design.label]
    assert wrong == ["no box (designed 13)", "no box (designed 21)"]


def test_the_strongest_score_of_a_designed_promoter_lies_in_its_box(model):
    boxed = [s for s in demo.designed() if s.label == "TATA promoter"]
    for result in captum_dna.attribute(model, boxed, target="TATA promoter"):
        start, end, _ = result.tracks[0].spans[0]
        assert start <= int(np.argmax(result.base_scores)) < end, result.name


def test_every_designed_sequence_holds_what_its_track_says():
    for sequence in demo.designed():
        assert len(sequence) == 251
        for track in sequence.tracks:
            assert "designed" in track.name
            for start, end, box in track.spans:
                assert sequence.bases[start:end] == box


def test_designed_sequences_are_those_of_their_script(capsys):
    make_demo_sequences.main()
    assert capsys.readouterr().out == (FOLDER / "designed.tsv").read_text()


def test_human_sequences_are_the_notebooks():
    sequences = demo.human()
    assert len(sequences) == 5
    assert all(len(s) == 251 and s.label == "other" for s in sequences)
    first_test = next(s for s in sequences if "test[0]" in s.name)
    ids = captum_dna.load("demo").encode(first_test).input_ids
    assert ids[:6] == (2, 2088, 146, 569, 2263, 845)  # as the notebook prints them
    assert len(ids) == 248


def test_names_are_unique():
    names = [s.name for s in demo.sequences()]
    assert len(set(names)) == len(names)


@pytest.mark.slow
def test_accuracy_on_its_test_part_is_what_the_card_says(model, test_part):
    measured = train_demo_model.measure(model, test_part)
    card = (FOLDER / "README.md").read_text()
    for name in ("balanced_accuracy", "accuracy", "mcc", "f1", "auroc"):
        assert f"| {name.replace('_', ' ')} | {measured[name]:.3f} |" in card
    assert measured["balanced_accuracy"] > 0.93


@pytest.mark.slow
def test_scores_peak_at_the_box_as_often_as_the_card_says(model, test_part):
    found = train_demo_model.localisation(model, test_part)
    hits, total = round(found["peak at the box"] * found["n"]), found["n"]
    assert f"in {hits} of {total}" in (FOLDER / "README.md").read_text()
    assert hits / total >= 0.95
