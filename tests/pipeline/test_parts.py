"""Any number of processes on one folder: each shard is computed once, and together they are one run."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

from captum_dna import Attributions, attribute_to, load
from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Sequence
from captum_dna.io.run_folder import RunFolder
from captum_dna.io.run_status import run_status
from captum_dna.pipeline.one_shard import Computed
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(24, i)) for i in range(9)]
OPTIONS = {"method": "saliency", "shard_size": 2, "progress": False}


@pytest.fixture(scope="module")
def model():
    return load(kmer_bert(4))


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    return Attributions.load(attribute_to(tmp_path_factory.mktemp("whole") / "run", model, DATA, **OPTIONS))


@pytest.fixture
def stored(whole, monkeypatch):
    """Let shards cost nothing: their results are looked up; return the names that were computed, shard by shard."""
    known = {one.name: one for one in whole}
    computed = []

    def compute(_, records, **__):
        bad = [str(one) for one in records if isinstance(one, SequenceError)]
        if bad:
            raise SequenceError(bad[0])
        computed.append([one.name for one in records])
        return Computed([known[one.name] for one in records], ())

    monkeypatch.setattr("captum_dna.pipeline.settling.compute", compute)
    return computed


def test_parts_together_are_the_whole_to_the_last_bit(model, whole, tmp_path):
    for part in [(2, 3), (0, 3), (1, 3)]:
        attribute_to(tmp_path / "run", model, DATA, part=part, **OPTIONS)
    ours = Attributions.load(tmp_path / "run")
    assert [one.name for one in ours] == [one.name for one in whole]
    for one, other in zip(ours, whole, strict=True):
        np.testing.assert_array_equal(one.base_scores, other.base_scores)
        np.testing.assert_array_equal(one.token_scores, other.token_scores)
    assert run_status(tmp_path / "run").complete


def test_the_number_of_parts_may_change(model, whole, stored, tmp_path):
    attribute_to(tmp_path, model, DATA, part=(0, 3), **OPTIONS)
    with pytest.warns(UserWarning, match="is not finished: it holds 2 of 5 shards"):
        assert [one.name for one in Attributions.load(tmp_path)] == ["s0", "s1", "s6", "s7"]
    attribute_to(tmp_path, model, DATA, part=(0, 2), **OPTIONS)
    attribute_to(tmp_path, model, DATA, **OPTIONS)
    assert sorted(itertools.chain(*stored)) == [one.name for one in DATA]
    assert len(Attributions.load(tmp_path)) == len(whole)


def test_more_parts_than_shards_have_nothing_to_do(model, stored, tmp_path):
    attribute_to(tmp_path, model, DATA, part=(7, 8), **OPTIONS)
    assert stored == []
    assert RunFolder(tmp_path).total.shards == 5


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ((3, 3), "There is no part 3 of 3: parts are counted from 0, so the last one is 2 of 3"),
        ((-1, 3), "`part` must be a whole number"),
        ((0, 0), "`part` must be a whole number, at least 1"),
        (3, r"`part` must be \(i, n\), such as \(3, 64\)"),
    ],
)
def test_a_part_outside_is_refused(model, tmp_path, part, told):
    with pytest.raises(ValueError, match=told):
        attribute_to(tmp_path / "run", model, DATA, part=part, **OPTIONS)
    assert not (tmp_path / "run").exists()


def test_a_bad_sequence_sets_its_shard_aside_and_the_rest_goes_on(model, whole, stored, tmp_path):
    bad = {one.name: one.bases for one in DATA} | {"s3": "ACGTX"}
    with pytest.raises(
        SequenceError, match=r"1 shard is set aside, .*\n  shard 1: Sequence 4 \('s3'\) has 'X'"
    ):
        attribute_to(tmp_path, model, bad, part=(0, 1), **OPTIONS)
    found = run_status(tmp_path)
    assert (found.sound, list(found.aside)) == ([0, 2, 3, 4], [1])
    assert not found.complete
    computed = len(stored)
    attribute_to(tmp_path, model, DATA, part=(0, 1), **OPTIONS)
    assert stored[computed:] == [["s2", "s3"]]
    assert len(Attributions.load(tmp_path)) == len(whole)
    assert run_status(tmp_path).complete


def test_what_is_left_out_of_a_part_is_known_afterwards(model, tmp_path):
    data = {"a": "ACGTACGTACGT", "b": "ACGTX", "c": "TTGACATTGACA"}
    attribute_to(tmp_path, model, data, part=(0, 1), on_invalid="skip", **OPTIONS)
    assert [one.name for one in Attributions.load(tmp_path)] == ["a", "c"]
    assert "'b'" in run_status(tmp_path).left_out[0][0]


def test_a_part_takes_one_target(model, tmp_path):
    with pytest.raises(ValueError, match="A part takes one `target`"):
        attribute_to(tmp_path / "run", model, DATA, part=(0, 2), target=[0] * 9, **OPTIONS)


def test_each_sequence_keeps_its_own_target_when_a_run_goes_on(model, tmp_path):
    targets = [i % 2 for i in range(9)]
    attribute_to(tmp_path, model, DATA, target=targets, **OPTIONS)
    (tmp_path / "shard-000001.parquet").unlink()
    with pytest.warns(UserWarning, match="is damaged or has no sound mark: it is computed again"):
        attribute_to(tmp_path, model, DATA, target=targets, **OPTIONS)
    assert [one.target_index for one in Attributions.load(tmp_path)] == targets


@pytest.mark.filterwarnings("ignore:.* being computed by (other processes|another process)")
def test_processes_on_one_folder_share_its_shards(model, whole, stored, tmp_path):
    failed = []

    def work():
        try:
            attribute_to(tmp_path / "run", model, DATA, **OPTIONS)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(stored) == [["s0", "s1"], ["s2", "s3"], ["s4", "s5"], ["s6", "s7"], ["s8"]]
    assert [one.name for one in Attributions.load(tmp_path / "run")] == [one.name for one in whole]


def test_who_did_how_much_is_known(model, stored, tmp_path):
    attribute_to(tmp_path, model, DATA, **OPTIONS)
    (share,) = run_status(tmp_path).by.values()
    assert (share.shards, share.results) == (5, 9)
    assert share.speed > 0
    assert "process " in next(iter(run_status(tmp_path).by))
