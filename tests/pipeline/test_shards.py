from __future__ import annotations

import itertools
import tracemalloc

import pytest
from numpy.testing import assert_allclose

from captum_dna import Attributions, attribute, attribute_to
from captum_dna.core.errors import SequenceError
from captum_dna.io.shards import iterate, shards
from tests.toy import dna, kmer_bert

DATA = {f"s{i}": dna(30 + i % 3, i) for i in range(7)}


def test_shards_hold_what_one_run_gives(tmp_path):
    whole = attribute(kmer_bert(4), DATA)
    folder = attribute_to(tmp_path / "run", kmer_bert(4), DATA, shard_size=3)
    assert [path.name for path in shards(folder)] == [f"shard-{i:06d}.parquet" for i in range(3)]
    again = Attributions.load(folder)
    assert [r.name for r in again] == list(DATA)
    for ours, theirs in zip(again, whole, strict=True):
        assert_allclose(ours.base_scores, theirs.base_scores, rtol=1e-7, atol=1e-10)


def test_a_finished_shard_is_never_computed_again(tmp_path):
    def stop(done, total):
        assert total == 7
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt,
        match="Interrupted: 1 of 3 shards of 3 sequences are finished, and 2 sequences of the next one",
    ):
        attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=3, progress=stop)
    first = shards(tmp_path)[0].stat().st_mtime_ns
    told = []
    attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=3, progress=lambda *now: told.append(now))
    assert shards(tmp_path)[0].stat().st_mtime_ns == first
    assert told[0] == (3, 7)
    assert [r.name for r in iterate(tmp_path)] == list(DATA)


def test_a_shard_without_its_mark_is_done_again(tmp_path):
    attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=4)
    (tmp_path / "_run" / "done" / "000001.json").unlink()
    assert len(shards(tmp_path)) == 1
    with pytest.warns(
        UserWarning, match=r"shard-000001\.parquet is damaged or has no sound mark: it is computed again"
    ):
        attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=4)
    assert len(Attributions.load(tmp_path)) == 7


def test_another_run_is_not_mixed_in(tmp_path):
    attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=4)
    with pytest.raises(ValueError, match="results of another run: the target was null and is 1"):
        attribute_to(tmp_path, kmer_bert(4), DATA, shard_size=4, target=1)
    with pytest.raises(ValueError, match=r"the model was .*, the tokenizer was"):
        attribute_to(tmp_path, kmer_bert(5), DATA, shard_size=4)
    with pytest.raises(ValueError, match="the input has changed since the run began"):
        attribute_to(tmp_path, kmer_bert(4), DATA | {"s2": dna(50)}, shard_size=4)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ValueError, match="is not empty and holds no run"):
        attribute_to(tmp_path, kmer_bert(4), DATA)
    with pytest.raises(ValueError, match="holds no results"):
        Attributions.load(tmp_path)


def test_bad_sequences_are_told_before_the_first_shard(tmp_path):
    with pytest.raises(SequenceError, match="'long' has 200 bases"):
        attribute_to(tmp_path / "run", kmer_bert(4), DATA | {"long": dna(200)}, shard_size=3)
    assert not (tmp_path / "run").exists()


def test_an_iterator_is_taken(tmp_path):
    attribute_to(tmp_path, kmer_bert(4), itertools.islice((dna(30, i) for i in range(9)), 4), shard_size=3)
    assert len(Attributions.load(tmp_path)) == 4


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_sequences(tmp_path):
    def peak(count):
        fasta = tmp_path / f"{count}.fa"
        fasta.write_text("".join(f">s{i}\n{dna(30, i)}\n" for i in range(count)))
        tracemalloc.start()
        attribute_to(tmp_path / str(count), kmer_bert(3), fasta, shard_size=10, tolerance="preview")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(20)
    assert peak(160) < 1.5 * peak(40)
