"""A shard that is read by its place is the one that reading everything gives."""

from __future__ import annotations

import gzip
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from captum_dna.io.files import InputError
from captum_dna.io.input_shards import InputShards
from captum_dna.io.reading import Reading
from captum_dna.io.run_folder import Total
from captum_dna.io.sequence_source import SequenceSource

NAMES = st.sampled_from(["a", "b", "", "peak 1", "Gen-Ä", "x.y", "sequence 2"])
LETTERS = st.text("ACGTNacgt", min_size=1, max_size=12) | st.just("ACGX")
RECORDS = st.lists(st.tuples(NAMES, LETTERS), min_size=1, max_size=9)
UNIQUE = st.lists(LETTERS, min_size=1, max_size=9).map(
    lambda some: [(f"s{i}", b) for i, b in enumerate(some)]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("places")


def fasta(folder, records, end="\n", mark=b"", width=5):
    path = folder / "x.fa"
    lines = []
    for name, bases in records:
        lines += [f">{name}", *(bases[i : i + width] for i in range(0, len(bases), width))]
    path.write_bytes(mark + (end.join(lines) + end).encode())
    return path


def lines(folder, records):
    path = folder / "x.txt"
    path.write_text("".join(f"{bases.replace('X', 'N')}\n\n" for _, bases in records))
    return path


def table(folder, records):
    path = folder / "x.parquet"
    names, bases = zip(*records, strict=True)
    parquet.write_table(pa.table({"name": names, "sequence": bases}), path, row_group_size=2)
    return path


def unnamed(folder, records):
    path = folder / "y.parquet"
    parquet.write_table(pa.table({"sequence": [bases for _, bases in records]}), path, row_group_size=3)
    return path


def packed(folder, records):
    path = folder / "x.fa.gz"
    path.write_bytes(gzip.compress(fasta(folder, records).read_bytes()))
    return path


def bed(folder, records, places=3):
    path = folder / "x.bed"
    rows = ["track name=x", "# peaks"]
    for i, (name, bases) in enumerate(records):
        start = 7 * (i % places)
        end = start + len(bases) if "X" not in bases else start
        rows += [
            f"chr1\t{start}\t{end}\t{name or '.'}\t0\t{'+-'[i % 2]}" if i % 3 else f"chr1\t{start}\t{end}"
        ]
    path.write_text("\n".join(rows))
    return path


@pytest.fixture(scope="module")
def genome(folder):
    chance = random.Random(0)  # noqa: S311 - letters
    path = folder / "genome.fa"
    path.write_text(">chr1\n" + "".join(chance.choices("ACGT", k=200)) + "\n")
    return path


def same(path, size, order, **reading):
    """Return whether an index was used, once shards in any order are known to be those of the whole."""
    source = SequenceSource.of(path, Reading(**reading))
    whole = [one if not isinstance(one, Exception) else str(one) for one in source.records()]
    groups = [whole[i : i + size] for i in range(0, len(whole), size)]
    shards = InputShards(source, size, by_index=True)
    for number in order:
        found = [one if not isinstance(one, Exception) else str(one) for one in shards.read(number)]
        assert found == (groups[number] if number < len(groups) else [])
    assert shards.total() == Total(len(groups), len(whole))
    assert list(shards.numbers(1, 2)) == list(range(1, len(groups), 2))
    return source.index(size) is not None


ORDER = st.lists(st.integers(0, 10), max_size=6)


@given(
    RECORDS,
    st.integers(1, 4),
    ORDER,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_fasta(folder, records, size, order, end, mark):
    names = [name or f"sequence {i}" for i, (name, _) in enumerate(records, start=1)]
    by_index = same(fasta(folder, records, end, mark), size, order)
    assert by_index == (len(set(names)) == len(names))


@pytest.mark.parametrize("written", [lines, table, unnamed, packed])
@given(records=RECORDS, size=st.integers(1, 4), order=ORDER)
def test_other_files(folder, written, records, size, order):
    same(written(folder, records), size, order)


@given(RECORDS, st.integers(1, 4), ORDER, st.sampled_from([None, 4]))
def test_bed(folder, genome, records, size, order, length):
    same(bed(folder, records), size, order, genome=genome, length=length)


@pytest.mark.parametrize("written", [fasta, lines, table, unnamed])
@given(records=UNIQUE)
def test_names_that_are_unique_are_read_by_index(folder, written, records):
    assert same(written(folder, records), 2, [3, 1])


def test_bed_is_read_by_index(folder, genome):
    assert same(bed(folder, [(f"s{i}", "ACGT") for i in range(9)], 9), 2, [3, 1], genome=genome)


def test_an_input_without_records_is_refused(folder):
    (folder / "empty.csv").write_text("name,sequence\n")
    with pytest.raises(InputError, match="has no sequences"):
        InputShards(SequenceSource.of(folder / "empty.csv", Reading()), 2, by_index=True)


def test_nothing_else_of_a_large_file_is_read(folder, monkeypatch):
    """What the index needs are headers; letters of other shards are not looked at."""
    from captum_dna.io import sequence_source

    looked = []
    whole = sequence_source._checked
    monkeypatch.setattr(
        sequence_source, "_checked", lambda record, number: (looked.append(number), whole(record, number))[1]
    )
    shards = InputShards(
        SequenceSource.of(fasta(folder, [(f"s{i}", "ACGT") for i in range(40)]), Reading()), 4, by_index=True
    )
    looked.clear()
    assert [one.name for one in shards.read(7)] == ["s28", "s29", "s30", "s31"]
    assert looked == [29, 30, 31, 32]
