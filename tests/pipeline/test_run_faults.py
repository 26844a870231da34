"""Whatever happens to a run and its folder, the same call ends it as if nothing had happened, or says why it cannot."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace

import numpy as np
import pytest

from captum_dna import Attributions, attribute_to, load
from captum_dna.core.sequences import Interval, Sequence, Track
from captum_dna.io import run_folder
from captum_dna.io.run_folder import RunFolder
from captum_dna.io.writing import OutputError
from captum_dna.pipeline.one_shard import Computed
from tests.hostile.tally import trying
from tests.pipeline.stops import Killed, Steps, stopped
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(24, i), label=i % 2) for i in range(3)]
OPTIONS = {"method": "saliency", "shard_size": 2, "progress": False}


@pytest.fixture(scope="module")
def model():
    return load(kmer_bert(3))


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    """Return the folder of a run that nothing happened to."""
    return attribute_to(tmp_path_factory.mktemp("whole") / "run", model, DATA, **OPTIONS)


@pytest.fixture
def run(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


def holds_the_same(folder, whole):
    """Nothing is lost, nothing doubled, every number the same, and nothing is left over."""
    ours, theirs = Attributions.load(folder), Attributions.load(whole)
    assert [one.name for one in ours] == [one.name for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one.base_scores, other.base_scores)
        np.testing.assert_array_equal(one.token_scores, other.token_scores)
        assert (one.true_label, one.interval, one.origin) == (other.true_label, other.interval, other.origin)
    files = [sorted(p.relative_to(f) for p in f.rglob("*") if p.is_file()) for f in (folder, whole)]
    assert files[0] == files[1]
    return True


@pytest.mark.parametrize("error", [Killed, KeyboardInterrupt, OSError])
@pytest.mark.filterwarnings("ignore:.*is computed again", "ignore:.*was damaged")
def test_a_run_that_is_stopped_at_any_step_ends_like_one_that_was_not(
    model, whole, tmp_path, monkeypatch, error
):
    results = {one.name: one for one in Attributions.load(whole)}
    known = lambda _, records, **__: Computed([results[one.name] for one in records], ())  # noqa: E731 - the name is an argument below
    monkeypatch.setattr("captum_dna.pipeline.settling.compute", known)
    folder = tmp_path / "counted"
    with stopped(monkeypatch, Steps(folder)) as steps:
        attribute_to(folder, model, DATA, **OPTIONS)
    assert steps.count > 25
    monkeypatch.setattr(run_folder, "_OLD", -1.0)
    told = (OSError, OutputError) if error is OSError else error
    for last in range(1, steps.count + 1, 1 if error is Killed else 3):
        folder = tmp_path / f"{error.__name__}-{last}"
        with trying("runs stopped between two steps on disk", "lost"):
            with stopped(monkeypatch, Steps(folder, last, error)), contextlib.suppress(told):
                attribute_to(folder, model, DATA, **OPTIONS)
            attribute_to(folder, model, DATA, **OPTIONS)
            assert holds_the_same(folder, whole), last


def test_a_full_disk_is_named_at_any_step(model, tmp_path, monkeypatch):
    for last in range(1, 20):
        folder = tmp_path / str(last)
        try:
            with stopped(monkeypatch, Steps(folder, last, OSError)):
                attribute_to(folder, model, DATA, **OPTIONS)
        except (OSError, OutputError) as error:
            said = f"{error} {getattr(error, 'filename', '')}"
        else:
            continue  # what cleans up may fail
        assert str(folder) in said, last
        assert "No space left on device" in said, last


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [truncate, empty, flip, remove])
@pytest.mark.parametrize(
    "name", ["shard-000000.parquet", "shard-000001.parquet", "_run/done/000001.json", "_run/run.json"]
)
@pytest.mark.filterwarnings("ignore:.*differ")
@trying("files of a run that are cut off, emptied, flipped or removed", "silent")
def test_what_is_damaged_is_told_and_done_again(model, whole, run, damage, name, recwarn):
    damage(run / name)
    if name != "_run/run.json" and (name, damage) != ("_run/done/000001.json", remove):
        with pytest.raises(ValueError, match=r"is damaged.*this shard is computed again"):
            Attributions.load(run)
    attribute_to(run, model, DATA, **OPTIONS)
    told = " ".join(str(one.message) for one in recwarn)
    assert ("is computed again" if "shard" in told else "has been written again") in told or not (
        run / name
    ).exists()
    assert holds_the_same(run, whole)


CHANGES = {
    "name": lambda s: replace(s, name="other"),
    "bases": lambda s: replace(s, bases=s.bases[::-1]),
    "label": lambda s: replace(s, label=1 - s.label),
    "interval": lambda s: replace(s, interval=Interval("chr1", 5, 5 + len(s))),
    "origin": lambda s: replace(s, origin=7),
    "tracks": lambda s: replace(s, tracks=(Track("motif", ((1, 3, "box"),)),)),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("part", [None, (0, 1)])
@trying("inputs and choices that changed since the run began", "silent")
def test_a_sequence_that_changed_is_told(model, run, what, part):
    data = [DATA[0], CHANGES[what](DATA[1]), DATA[2]]
    with pytest.raises(ValueError, match=r"shard-000000.*\(records 1 to 2\): the input has changed"):
        attribute_to(run, model, data, part=part, **OPTIONS)


@pytest.mark.parametrize("part", [None, (0, 1)])
def test_an_input_that_became_shorter_is_told(model, run, part):
    with pytest.raises(ValueError, match=r"which has 2 records in 1 shard: the input has become shorter"):
        attribute_to(run, model, DATA[:2], part=part, **OPTIONS)


def test_an_input_that_grew_by_whole_shards_goes_on(model, whole, tmp_path):
    attribute_to(tmp_path / "run", model, DATA[:2], **OPTIONS)
    attribute_to(tmp_path / "run", model, DATA, **OPTIONS)
    assert holds_the_same(tmp_path / "run", whole)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"method": "integrated_gradients"}, 'the method was "saliency" and is "integrated_gradients"'),
        ({"target": 1}, "the target was null and is 1"),
        ({"projection": "mean"}, "the projection"),
        ({"strands": "both"}, "the strands"),
        ({"output": "logit"}, 'the output was "log_odds" and is "logit"'),
        ({"seed": 3}, "the seed was 0 and is 3"),
        ({"window_length": 12}, "the windows"),
        ({"shard_size": 3}, "the shard size was 2 and is 3"),
    ],
)
@trying("inputs and choices that changed since the run began", "silent")
def test_another_choice_is_another_run(model, run, other, told):
    with pytest.raises(ValueError, match=f"results of another run: {told}"):
        attribute_to(run, model, DATA, **OPTIONS | other)


def test_names_of_classes_belong_to_a_run(run):
    renamed = load(kmer_bert(3).model, kmer_bert(3).tokenizer, labels=["no", "yes"], stride=1)
    with pytest.raises(ValueError, match=r"the labels was \["):
        attribute_to(run, renamed, [replace(one, label=None) for one in DATA], **OPTIONS)


def test_the_hardware_does_not_and_a_default_that_is_named_neither(model, whole, run):
    attribute_to(
        run, model, DATA, **OPTIONS, batch_size=1, devices=["cpu"], tolerance=0.01, output="log_odds"
    )
    assert holds_the_same(run, whole)


def test_other_versions_of_what_computes_are_told(model, run):
    record = run / "_run" / "run.json"
    known = RunFolder(run).record
    record.unlink()
    RunFolder(run).begin(known.identity, known.made_with | {"torch": "1.0"})
    with pytest.warns(UserWarning, match=r"started with other versions \(torch was 1\.0"):
        attribute_to(run, model, DATA, **OPTIONS)
    run = run.with_name("older")
    RunFolder(run).begin(known.identity | {"captum_dna": "0.0.1"}, known.made_with)
    with pytest.raises(ValueError, match=r'the captum dna was "0\.0\.1"'):
        attribute_to(run, model, DATA, **OPTIONS)


def test_ctrl_c_keeps_what_is_finished_of_the_shard_in_progress(model, tmp_path, monkeypatch):
    data = [Sequence(f"s{i}", dna(24, i)) for i in range(6)]

    def stop(done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt, match=r"1 of 2 shards .* and 2 sequences of the next one; all are kept"
    ):
        attribute_to(tmp_path, model, data, method="saliency", shard_size=3, progress=stop)
    assert len(RunFolder(tmp_path).finished()) == 1
    computed = []
    from captum_dna.pipeline import one_shard

    real = one_shard.explained
    monkeypatch.setattr(
        one_shard, "explained", lambda plan, some, *rest: computed.extend(some) or real(plan, some, *rest)
    )
    attribute_to(tmp_path, model, data, method="saliency", shard_size=3)
    assert [one.sequence.name for one in computed] == ["s5"]
    assert [one.name for one in Attributions.load(tmp_path)] == [one.name for one in data]
    assert not any((tmp_path / "_run" / "partial").iterdir())


def test_any_reader_of_parquet_data_sets_takes_the_folder(run):
    import pandas as pd

    assert list(pd.read_parquet(run)["name"]) == [one.name for one in DATA]


def test_a_folder_of_the_earlier_layout_is_loaded_and_not_continued(model, whole, tmp_path):
    for path in whole.glob("shard-*.parquet"):
        shutil.copy(path, tmp_path)
        (tmp_path / path.with_suffix(".sha256").name).write_text("of its sequences")
    (tmp_path / "run.json").write_text("{}")
    assert len(Attributions.load(tmp_path)) == len(DATA)
    with pytest.raises(ValueError, match="an earlier captum_dna, which can be loaded but not resumed"):
        attribute_to(tmp_path, model, DATA, **OPTIONS)
