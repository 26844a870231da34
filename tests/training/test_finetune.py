"""Training: real runs of tiny models, a real kill, and every mistake that is told before the first step."""

from __future__ import annotations

import json
import logging
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pytest
import torch

import captum_dna
from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Sequence
from captum_dna.io.files import InputError
from captum_dna.training import (
    Augmentation,
    TrainingError,
    classification_metrics,
    finetune,
    from_scratch,
    split,
)
from captum_dna.training.loop import Padded
from captum_dna.training.scratch import kmer_tokenizer
from tests import toy

BOX = "TATAAAAG"


def planted(count: int, seed: int = 0, length: int = 30) -> list[Sequence]:
    """Return random letters, every second one with a box in the middle."""
    rng = np.random.default_rng(seed)
    sequences = []
    for i in range(count):
        bases = "".join(rng.choice(list("ACGT"), length))
        if i % 2:
            bases = bases[:12] + BOX + bases[12 + len(BOX) :]
        sequences.append(Sequence(f"s{i}", bases, label=("none", "box")[i % 2]))
    return sequences


def tiny(labels: tuple[str, ...] = ("none", "box"), seed: int = 0) -> captum_dna.Classifier:
    return from_scratch(k=3, layers=1, width=16, heads=2, max_bases=40, labels=labels, seed=seed)


def quick(data, output, model=None, **options):
    options = {"epochs": 2, "learning_rate": 5e-3, "progress": False, **options}
    return finetune(model or tiny(), data, output=output, **options)


def weights(classifier: captum_dna.Classifier) -> dict[str, torch.Tensor]:
    return classifier.model.state_dict()


def same_weights(a: captum_dna.Classifier, b: captum_dna.Classifier) -> bool:
    other = weights(b)
    return all(torch.equal(tensor, other[name]) for name, tensor in weights(a).items())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return quick(planted(240), tmp_path_factory.mktemp("run") / "model", epochs=20)


def test_a_planted_motif_is_learned(trained):
    unseen = planted(100, seed=1)
    probabilities = trained.classifier.predict(unseen)
    truth = [s.label == "box" for s in unseen]
    assert classification_metrics(truth, probabilities)["balanced_accuracy"] > 0.9


def test_the_folder_holds_the_model_and_how_it_came_about(trained):
    again = captum_dna.load(trained.folder)
    assert again.labels == trained.classifier.labels == ("none", "box")
    assert same_weights(again, trained.classifier)
    assert (trained.folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((trained.folder / "metrics.json").read_text()) == {"validation": trained.metrics}
    assert not (trained.folder / "checkpoints").exists()


def test_the_metrics_are_those_of_the_model_that_is_kept(trained, tmp_path):
    data = planted(60, seed=2)
    result = quick(planted(60), tmp_path / "run", validation=data, epochs=5)
    measured = classification_metrics([s.label == "box" for s in data], result.classifier.predict(data))
    assert {name: result.metrics[name] for name in measured} == pytest.approx(measured)
    assert result.metrics["sequences"] == 60
    assert result.metrics["loss"] == min(row["loss"] for row in result.history)


def test_the_model_is_left_in_evaluation_mode(trained):
    assert not trained.classifier.model.training


def test_history_has_a_row_per_epoch(trained):
    epochs = [row["epoch"] for row in trained.history]
    assert epochs == list(range(1, len(epochs) + 1))
    assert all(row["train_loss"] > 0 and row["loss"] > 0 for row in trained.history)


def test_what_is_trained_can_be_explained(trained):
    box = next(s for s in planted(20, seed=3) if s.label == "box")
    result = captum_dna.attribute(trained.classifier, box, target="box")[0]
    assert 12 - 2 <= int(np.argmax(result.base_scores)) < 12 + len(BOX) + 2


def test_a_seed_decides_everything_and_random_states_are_put_back(tmp_path):
    data = planted(40)
    augmentation = Augmentation(substitute=0.1, shift=1, mask=0.2, mask_span=5)
    states = random.getstate(), torch.get_rng_state()
    first, second, other = (
        quick(data, tmp_path / str(i), epochs=1, seed=seed, augmentation=augmentation)
        for i, seed in enumerate((1, 1, 2))
    )
    assert same_weights(first.classifier, second.classifier)
    assert not same_weights(first.classifier, other.classifier)
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])


def test_a_model_in_hand_is_not_changed(tmp_path):
    model = tiny()
    before = {name: tensor.clone() for name, tensor in weights(model).items()}
    quick(planted(40), tmp_path / "run", model, epochs=1)
    assert all(torch.equal(before[name], tensor) for name, tensor in weights(model).items())


KILLED = """
import torch

torch.set_num_threads(1)  # as in the process that goes on: sums in another order have other last digits
import logging, os, signal, sys
from tests.training.test_finetune import planted, quick

class Kill(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("Epoch 4 "):
            os.kill(os.getpid(), signal.SIGKILL)

logging.basicConfig(level=logging.INFO, handlers=[Kill()])
quick(planted(60), sys.argv[1], epochs=6, patience=None)
"""


def losses(result) -> list[float]:
    return [row["loss"] for row in result.history]


def test_a_killed_run_goes_on_where_it_was_and_ends_the_same(tmp_path, caplog):
    folder = tmp_path / "killed"
    root = Path(__file__).parents[2]
    dead = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], cwd=root, check=False, capture_output=True
    )
    assert dead.returncode == -signal.SIGKILL, dead.stderr.decode()
    with caplog.at_level(logging.INFO):
        resumed = quick(planted(60), folder, epochs=6, patience=None, resume=True)
    assert "Going on from" in caplog.text
    assert "Epoch 3 " not in caplog.text
    whole = quick(planted(60), tmp_path / "whole", epochs=6, patience=None)
    # Last digits depend on where in memory the numbers lie. Without the optimiser's state, losses differ by 2e-5
    # and weights by 1e-2; no softmax sees the bias of the keys, whose gradient is rounding alone.
    assert losses(resumed) == pytest.approx(losses(whole), rel=1e-6)
    other = weights(whole.classifier)
    for name, tensor in weights(resumed.classifier).items():
        if not name.endswith("key.bias"):
            torch.testing.assert_close(tensor, other[name], rtol=1e-3, atol=1e-4)


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path):
    from captum_dna.training.folder import TrainingFolder

    folder = TrainingFolder(tmp_path, {})
    for step, state in ((5, "{}"), (10, '{"cut')):
        (folder.checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        (folder.checkpoints / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    (folder.checkpoints / "checkpoint-15").mkdir()
    assert folder.last_checkpoint() == folder.checkpoints / "checkpoint-5"


def test_resuming_a_finished_run_returns_it(trained, caplog):
    with caplog.at_level(logging.INFO):
        again = quick(planted(240), trained.folder, epochs=20, resume=True)
    assert "finished already" in caplog.text
    assert again.metrics == trained.metrics
    assert same_weights(again.classifier, trained.classifier)


def test_another_run_is_neither_overwritten_nor_continued_by_mistake(trained):
    with pytest.raises(TrainingError, match=r"holds the results of another run\. Pass `resume=True`"):
        quick(planted(240), trained.folder, epochs=20)
    with pytest.raises(TrainingError, match=r"epochs changed \(epochs from 20 to 9\)"):
        quick(planted(240), trained.folder, epochs=9, resume=True)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(TrainingError, match="not empty and holds no training run"):
        quick(planted(20), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="cannot be written"):
        quick(planted(20), tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([], {}, InputError, "has no sequences"),
        ({}, {}, TrainingError, "are empty"),
        ([s for s in planted(20) if s.label == "box"], {}, TrainingError, "All training .* class 'box'"),
        ([Sequence("a", "ACGTACGT")], {}, TrainingError, "have no labels"),
        (
            [*planted(20), Sequence("odd one", "ACGTACGT")],
            {},
            TrainingError,
            "1 of 21 .* the first being 'odd one'",
        ),
        (
            [replace(s, label=f"{s.label}!") for s in planted(20)],
            {},
            TrainingError,
            "has no class 'none!', 'box!' .* its classes are 'none', 'box'",
        ),
        (
            [*planted(20), Sequence("long", "ACGT" * 11, label="box")],
            {},
            SequenceError,
            "'long' has 44 bases",
        ),
        (planted(3), {}, TrainingError, "too few unrelated sequences"),
        (planted(20), {"validation": 1.5}, TrainingError, "`validation=1.5` is not a share"),
        (
            planted(20),
            {"validation": [s for s in planted(20) if s.label == "box"], "metric": "auroc"},
            TrainingError,
            "The validation data have no 'none'",
        ),
        (planted(20), {"metric": "r2"}, TrainingError, "no metric 'r2'. Choose one of accuracy"),
        (planted(20), {"precision": "int8"}, TrainingError, "no precision 'int8'"),
        (planted(20), {"epochs": 0}, TrainingError, "train nothing"),
        (planted(20), {"learning_rate": -1.0}, TrainingError, "learning_rate=-1.0"),
        (
            planted(20),
            {"labels": ("a", "b", "c")},
            TrainingError,
            "3 labels were given, but .* has 2 outputs",
        ),
        (planted(20), {"class_weights": "fair"}, TrainingError, "class_weights='fair'"),
        (
            planted(20),
            {"augmentation": Augmentation(shuffle=0.1, shuffle_label="nought")},
            ValueError,
            "no class 'nought'",
        ),
    ],
)
def test_mistakes_are_told_before_anything_is_written(tmp_path, data, options, error, message):
    with pytest.raises(error, match=message):
        quick(data, tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_missing_column_is_told_with_those_there_are(tmp_path):
    table = tmp_path / "data.csv"
    table.write_text("seq,kind\nACGTACGTAC,a\nTTTTACGTAC,b\n")
    with pytest.raises(InputError, match="Its columns are seq, kind"):
        quick(str(table), tmp_path / "run")
    with pytest.raises(InputError, match="no column 'truth'"):
        quick(str(table), tmp_path / "run", label_column="truth")


def test_a_regression_head_learns_numbers_alone(tmp_path):
    with pytest.raises(TrainingError, match=r"'s0' .* has the label 'none', which is not a number"):
        quick(planted(20), tmp_path / "run", toy.kmer_bert(k=3, labels=1))


def sources(folder: Path) -> dict[str, object]:
    """Return the same sequences in every form that labelled sequences come in."""
    data = planted(24)
    frame = pd.DataFrame({"seq": [s.bases for s in data], "label": [int(s.label == "box") for s in data]})
    frame.to_csv(folder / "data.csv", index=False)
    frame.to_parquet(folder / "data.parquet")
    kmers = [" ".join(s.bases[i : i + 3] for i in range(len(s.bases) - 2)) for s in data]
    (folder / "dnabert.tsv").write_text(
        "sequence\tlabel\n" + "".join(f"{k}\t{label}\n" for k, label in zip(kmers, frame.label, strict=True))
    )
    for label in ("none", "box"):
        lines = [f">{s.name}\n{s.bases}\n" for s in data if s.label == label]
        (folder / f"{label}.fa").write_text("".join(lines))
    return {
        "csv": folder / "data.csv",
        "parquet": folder / "data.parquet",
        "dnabert": folder / "dnabert.tsv",
        "fasta": {"none": folder / "none.fa", "box": folder / "box.fa"},
        "dataset": datasets.Dataset.from_pandas(frame),
    }


@pytest.mark.parametrize("kind", ["csv", "parquet", "dnabert", "fasta", "dataset"])
def test_every_source_of_labelled_sequences_is_taken(tmp_path, kind):
    result = quick(sources(tmp_path)[kind], tmp_path / "run", epochs=1, validation=None)
    assert result.classifier.labels == ("none", "box")
    assert result.metrics == {}
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["class_weights"] == [1.0, 1.0]


@pytest.mark.filterwarnings("ignore:.*the vocabulary has 3-mers")
def test_a_fresh_head_takes_the_classes_of_the_data(tmp_path, caplog):
    base = toy.kmer_bert(k=4)
    base.model.bert.save_pretrained(tmp_path / "base")
    base.tokenizer.save_pretrained(tmp_path / "base")
    data = [replace(s, label="abc"[i % 3]) for i, s in enumerate(planted(24))]
    with caplog.at_level(logging.INFO):
        result = quick(data, tmp_path / "run", tmp_path / "base", epochs=1)
    assert result.classifier.labels == ("a", "b", "c")
    assert "has no trained classification head" in caplog.text
    assert 0 <= result.metrics["auroc"] <= 1


def test_sequences_of_several_lengths_are_padded_in_training_alone(tmp_path):
    data = [replace(s, bases=s.bases[: 20 + i % 11]) for i, s in enumerate(planted(60))]
    held_out = [replace(s, bases=s.bases[: 20 + i % 11]) for i, s in enumerate(planted(20, seed=5))]
    result = quick(data, tmp_path / "run", validation=held_out, epochs=1)
    measured = classification_metrics(
        [s.label == "box" for s in held_out], result.classifier.predict(held_out)
    )
    assert result.metrics["auroc"] == pytest.approx(measured["auroc"])


def test_a_batch_is_as_long_as_its_longest_sequence():
    batch = Padded(pad=9, mask=True)(
        [{"input_ids": [2, 7, 3], "labels": 1}, {"input_ids": [2, 3], "labels": 0}]
    )
    assert batch["input_ids"].tolist() == [[2, 7, 3], [2, 3, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_training_stops_when_nothing_gets_better(tmp_path):
    frozen = tiny()
    frozen.model.requires_grad_(False)
    frozen.model.classifier.bias.requires_grad_(True)
    result = quick(planted(40), tmp_path / "run", frozen, epochs=30, patience=2, metric="accuracy")
    assert len(result.history) == 3


def test_evaluations_and_checkpoints_can_come_more_often(tmp_path):
    result = quick(
        planted(64), tmp_path / "run", epochs=1, batch_size=8, evaluate_every=2, validation=planted(20, 9)
    )
    assert [row["step"] for row in result.history] == [2, 4, 6, 8]


def test_rare_classes_weigh_more_unless_told_otherwise(tmp_path):
    data = [s for i, s in enumerate(planted(40)) if s.label == "none" or i % 4 == 1]
    for name, asked, expected in (
        ("balanced", "balanced", [0.75, 1.5]),
        ("given", {"box": 3.0}, [1.0, 3.0]),
        ("none", None, None),
    ):
        quick(data, tmp_path / name, epochs=0.1, validation=None, class_weights=asked)
        record = json.loads((tmp_path / name / "run.json").read_text())
        assert record["class_weights"] == expected


def test_metrics_of_three_classes_by_hand():
    truth = [0, 0, 1, 1, 2, 2]
    predicted = [0, 1, 1, 1, 2, 0]
    found = classification_metrics(truth, np.eye(3)[predicted])
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert found["f1"] == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)


def test_metrics_without_one_of_the_classes_have_no_auroc():
    found = classification_metrics([1, 1], [[0.2, 0.8], [0.6, 0.4]])
    assert np.isnan(found["auroc"])
    assert found["balanced_accuracy"] == 0.5


def test_near_duplicates_stay_in_one_part_whatever_their_order():
    rng = np.random.default_rng(0)
    families = ["".join(rng.choice(list("ACGT"), 300)) for _ in range(40)]
    sequences = [
        Sequence(f"{i} {shift}", family[shift : shift + 200], label=i % 2)
        for i, family in enumerate(families)
        for shift in (0, 20, 50)
    ]
    parts = split(sequences, (0.25, 0.75))
    owners = [{s.name.split()[0] for s in part} for part in parts]
    assert not owners[0] & owners[1]
    assert [len(part) for part in parts] == [30, 90]
    assert [sum(s.label == 0 for s in part) for part in parts] == [15, 45]
    turned = split(sequences[::-1], (0.25, 0.75))
    assert {s.name for s in turned[0]} == {s.name for s in parts[0]}


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="do not sum to 1"):
        split(planted(4), (0.5, 0.6))


def test_bases_are_substituted_and_shifted_as_much_as_asked():
    rng = np.random.default_rng(0)
    changed = 1 - Augmentation(substitute=0.2).change_bases("A" * 2000, rng).count("A") / 2000
    assert 0.12 < changed < 0.18  # three quarters of 0.2: a random base is often the same one
    shifted = {Augmentation(shift=1).change_bases("ACGT", rng) for _ in range(50)}
    assert shifted == {"TACG", "ACGT", "CGTA"}


def test_masked_stretches_hide_whole_tokens_and_no_special_ones():
    encoding, rng = tiny().encode("ACGT" * 9), np.random.default_rng(0)
    change = Augmentation(mask=0.3, mask_span=5)
    drawn = np.array([change.change_ids(encoding, 4, rng) for _ in range(300)]) == 4
    assert not drawn[:, [0, -1]].any()
    # A 3-mer is hidden by stretches of 5 that start at 7 places, 0.06 of them per base: 1 - exp(-0.42).
    assert 0.28 < drawn[:, 1:-1].mean() < 0.40


def test_a_shuffle_changes_the_class_and_keeps_the_composition():
    change = Augmentation(shuffle=1.0, shuffle_label="none")
    bases, label = change.change_label("ACGTTATAAAAGGC", 1, 0, np.random.default_rng(0))
    assert label == 0
    assert sorted(bases) == sorted("ACGTTATAAAAGGC")
    assert change.change_label("ACGT", 0, 0, np.random.default_rng(0)) == ("ACGT", 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask": 2.0}, "mask=2.0 is not a share"),
        ({"shift": -1}, "at least 0"),
        ({"shuffle": 0.1}, "Name it with shuffle_label="),
    ],
)
def test_augmentation_says_what_makes_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**options)


def test_a_new_model_reads_dnabert_ids():
    tokenizer = kmer_tokenizer(6, max_tokens=512)
    assert tokenizer.convert_tokens_to_ids(["ATGGAA", "CATTCT"]) == [501, 2142]  # as the notebook prints them
    assert tokenizer.mask_token_id == 4


def test_kmers_that_share_bases_start_alike():
    embeddings = from_scratch(k=4, layers=1, width=32).model.bert.embeddings.word_embeddings.weight
    vocabulary = kmer_tokenizer(4, 512).get_vocab()
    near = torch.cosine_similarity(embeddings[vocabulary["ACGT"]], embeddings[vocabulary["ACGA"]], dim=0)
    far = torch.cosine_similarity(embeddings[vocabulary["ACGT"]], embeddings[vocabulary["CGTA"]], dim=0)
    assert near > 0.4
    assert near > far + 0.2


def test_a_new_model_of_impossible_size_is_refused():
    with pytest.raises(ValueError, match="make no model"):
        from_scratch(width=30, heads=4)


def test_the_example_script_trains_and_explains(tmp_path, monkeypatch, capsys):
    sources(tmp_path)
    root = Path(__file__).parents[2]
    monkeypatch.syspath_prepend(str(root / "examples"))
    arguments = [
        "finetune_your_model.py",
        "demo",
        str(tmp_path / "data.csv"),
        "--output",
        str(tmp_path / "run"),
    ]
    monkeypatch.setattr(sys, "argv", [*arguments, "--epochs", "1"])
    import finetune_your_model

    finetune_your_model.main()
    printed = capsys.readouterr().out
    assert "balanced_accuracy" in printed
    assert "delta" in printed


def test_replicas_begin_apart_share_their_data_and_go_on_where_they_stopped(tmp_path):
    data, folder = planted(24), tmp_path / "runs"

    def begin(seed: int) -> captum_dna.Classifier:
        return tiny(seed=seed)

    first = quick(data, folder, begin, epochs=1, replicas=2)
    assert [one.folder.name for one in first.replicas] == ["replica-1", "replica-2"]
    one, two = (weights(replica.classifier) for replica in first.replicas)
    assert any(not torch.equal(one[name], two[name]) for name in one)
    records = [json.loads((replica.folder / "run.json").read_text()) for replica in first.replicas]
    assert [record.pop("seed") for record in records] == [0, 1]
    assert records[0]["validation"] == records[1]["validation"]

    made = (first.folder / "model.safetensors").stat().st_mtime_ns
    again = quick(data, folder, begin, epochs=1, replicas=3, resume=True)
    assert len(again.replicas) == 3
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == made, "what is finished stays"

    (result,) = captum_dna.attribute(
        first.classifier, data[1].bases, target="box", over={"model": folder}, progress=False
    )
    assert result.spread.count == 2, "the explained model is not its own replica"
    assert (result.spread.sd > 0).any()
    with pytest.raises(TrainingError, match="holds a single training run"):
        quick(data, first.folder, begin, epochs=1, replicas=2)
