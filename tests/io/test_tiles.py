"""Windows over a genome: what is covered, what is skipped and said, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import captum_dna
from captum_dna.core.errors import SequenceError
from captum_dna.io.files import InputError
from captum_dna.io.tiles import GAP, Tiles, _together
from tests.toy import dna

LETTERS = dna(60, 1) + "N" * 12 + dna(9, 2) + "N" * 11 + dna(30, 3) + "NNN" + dna(20, 4)


@pytest.fixture
def genome(tmp_path):
    """Return a chromosome with two gaps, the stretch between them short, and one that is short as a whole."""
    path = tmp_path / "genome.fa"
    path.write_text(f">chr2\n{LETTERS}\n>chr1\n{dna(17, 5)}\n>tiny\nACG\n")
    return path


def places(tiles) -> list[str]:
    return [str(one.interval).removesuffix("(+)") for one in tiles]


def test_windows_lie_side_by_side_and_the_last_ends_with_its_stretch(genome):
    tiles = Tiles(genome, window=20, stride=15)
    assert places(tiles) == [
        *("chr2:0-20", "chr2:15-35", "chr2:30-50", "chr2:40-60"),
        *("chr2:92-112", "chr2:107-127", "chr2:122-142", "chr2:125-145"),
        "chr1:0-17",
    ]
    assert [tiles[i] for i in range(len(tiles))] == list(tiles) == tiles[:]
    for one in tiles:
        if one.interval.chromosome == "chr2":
            assert one.bases == LETTERS[one.interval.start : one.interval.end]
    assert tiles[0].after == LETTERS[20:36]
    assert (
        str(tiles.skipped)
        == "2 stretches of N (23 bases) and 2 stretches shorter than half a window (12 bases)"
    )


def test_regions_are_covered_and_what_is_shorter_than_a_window_gets_one_around_its_middle(genome, tmp_path):
    bed = tmp_path / "regions.bed"
    bed.write_text(
        "chr1\t3\t5\nchr2\t100\t110\tb\t0\t-\nchr2\t0\t4\nchr2\t30\t55\nchr2\t50\t58\nchr2\t75\t78\n"
    )
    tiles = Tiles(genome, window=20, stride=15, regions=bed)
    assert places(tiles) == ["chr2:0-20", "chr2:30-50", "chr2:38-58", "chr2:95-115", "chr1:0-17"]
    assert str(tiles.skipped) == "1 stretch shorter than half a window (3 bases)"


def test_regions_at_an_end_of_a_stretch_ask_for_one_window(genome, tmp_path):
    bed = tmp_path / "regions.bed"
    bed.write_text("chr2\t0\t2\nchr2\t4\t6\nchr2\t54\t55\nchr2\t57\t60\n")
    assert places(Tiles(genome, window=20, stride=15, regions=bed)) == ["chr2:0-20", "chr2:40-60"]


@given(
    letters=st.lists(
        st.tuples(st.sampled_from(["N", "ACGTTGACCA", "n", "RYAC"]), st.integers(1, 12)),
        min_size=1,
        max_size=12,
    ),
    window=st.integers(2, 30),
    share=st.floats(0.05, 1),
    read=st.integers(3, 50),
)
def test_every_base_outside_gaps_and_short_stretches_is_in_a_window(
    tmp_path_factory, letters, window, share, read
):
    text = "".join(part * count for part, count in letters)
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">c\n{text}\n")
    stride = max(1, int(share * window))
    covered = np.zeros(len(text), dtype=int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("captum_dna.io.tiles._READ", read)  # gaps go over the ends of what is read at a time
        try:
            tiles = Tiles(path, window=window, stride=stride)
        except InputError:  # no stretch is long enough, as what follows shows
            tiles = ()
    starts = []
    for one in tiles:
        assert one.bases == text[one.interval.start : one.interval.end]
        assert "N" * GAP not in one.bases.upper()
        covered[one.interval.start : one.interval.end] += 1
        starts.append(one.interval.start)
    assert starts == sorted(set(starts))
    place = 0
    for stretch in gaps_and_stretches(text):
        wanted = set(stretch.upper()) != {"N"} or len(stretch) < GAP
        wanted = wanted and len(stretch) >= max(1, round(0.5 * window))
        assert (covered[place : place + len(stretch)] > 0).all() == wanted
        place += len(stretch)


def gaps_and_stretches(text: str) -> list[str]:
    """Return the text in pieces, each a gap or free of gaps; worked out letter by letter."""
    pieces, run = [""], 0
    for letter in text:
        run = run + 1 if letter in "Nn" else 0
        if run == GAP:  # it began as part of a stretch
            pieces[-1] = pieces[-1][: -(GAP - 1)] if GAP > 1 else pieces[-1]
            pieces.append("N" * GAP)
        elif run > GAP:
            pieces[-1] += letter
        elif run == 0 and len(pieces) > 1 and pieces[-1].startswith("N" * GAP):
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return [piece for piece in pieces if piece]


def test_spans_that_overlap_or_touch_are_one():
    spans = np.array([[0, 5], [1, 2], [5, 7], [9, 12], [10, 11], [20, 21]])
    assert _together(spans).tolist() == [[0, 7], [9, 12], [20, 21]]


def test_windows_are_read_like_any_source_and_travel_to_another_process(genome):
    tiles = Tiles(genome, window=20, stride=15)
    assert [one.name for one in captum_dna.read(tiles)] == [f"{place}(+)" for place in places(tiles)]
    assert list(pickle.loads(pickle.dumps(tiles))) == list(tiles)  # noqa: S301 - our own
    with pytest.raises(ValueError, match="`column=` is not for windows of a genome"):
        captum_dna.read(tiles, column="x")


@pytest.mark.parametrize(
    ("bed", "told"),
    [
        (
            "2\t0\t9\n",
            "regions cannot be used:\n  There is no chromosome '2' in the genome genome.fa, which calls it 'chr2'",
        ),
        ("chr2\t0\t999\n", "chr2:0-999 does not lie on chr2, which has 145 bases"),
        ("chr2\tx\t9\n", "regions.bed: line 1: start and end are 'x' and '9'"),
        ("# nothing\n", "regions.bed has no regions"),
        ("chr2\t61\t70\n", "has no stretch of at least 10 bases without a gap"),
    ],
)
def test_regions_that_cannot_be_used_are_named(genome, tmp_path, bed, told):
    path = tmp_path / "regions.bed"
    path.write_text(bed)
    with pytest.raises(ValueError, match="regions") as caught:
        Tiles(genome, window=20, stride=15, regions=path)
    assert told in str(caught.value)
    assert isinstance(caught.value, SequenceError) or "has no" in told


def test_a_letter_that_no_sequence_has_is_named_before_any_window_is_read(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{dna(40, 1)}\n>chr2\n{dna(30, 1)}XA\n")
    with pytest.raises(ValueError, match=r"chr2 has 'X' at position 31 of genome.fa"):
        Tiles(path, window=20, stride=15)
