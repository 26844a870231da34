"""Scores find their own place in the genome, whichever library reads the file that holds them."""

from __future__ import annotations

import inspect
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pybigtools
import pyBigWig
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.sequences import Interval
from captum_dna.experiments.verdicts import test as verdicts
from captum_dna.io.stretches import stretches, write_bed
from captum_dna.io.writing import OutputError
from captum_dna.results import Attributions
from tests import fake_attributions

SIZES = {"chr10": 1000, "chr2": 800}


def placed(chromosome, start, scores, strand="+", **changes):
    """Return a result with these scores on a stretch of the genome."""
    scores = np.asarray(scores, dtype=float)
    base = fake_attributions.make(max(len(scores), 12), box=False)
    return replace(
        base,
        name=changes.pop("name", f"{chromosome}:{start}{strand}"),
        sequence=(base.sequence * 2)[: len(scores)],
        base_scores=scores,
        interval=Interval(chromosome, start, start + len(scores), strand),
        **changes,
    )


def by_hand(results):
    """Return each base's mean score, one base at a time."""
    found = {}
    for item in results:
        place = item.interval
        for index, score in enumerate(item.base_scores):
            at = place.start + index if place.strand == "+" else place.end - 1 - index
            if np.isfinite(score):
                found.setdefault((place.chromosome, at), []).append(score)
    return {key: sum(scores) / len(scores) for key, scores in found.items()}


# --- bigWig and bedGraph ---------------------------------------------------------------------------

RESULTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(SIZES)),
        st.integers(0, 700),
        st.lists(st.one_of(st.floats(-50, 50, width=32), st.just(float("nan"))), min_size=1, max_size=60),
        st.sampled_from("+-"),
    ),
    min_size=1,
    max_size=6,
)


@given(RESULTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_base_has_its_score_at_its_place_in_both_files(tmp_path, drawn):
    results = Attributions(placed(*one) for one in drawn)
    expected = by_hand(results)
    if not expected:
        with pytest.raises(ValueError, match="None of the results has a numeric score"):
            results.to_bedgraph(tmp_path / "x.bedgraph")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of overlaps, which have a test of their own
        results.to_bigwig(tmp_path / "x.bw", SIZES)
        results.to_bedgraph(tmp_path / "x.bedgraph")
    with pybigtools.open(str(tmp_path / "x.bw")) as file:
        assert file.chroms() == SIZES
        for chromosome, size in SIZES.items():
            dense = np.full(size, np.nan)
            for (name, at), score in expected.items():
                if name == chromosome:
                    dense[at] = score
            read = file.values(chromosome, 0, size, fillna=None)
            np.testing.assert_allclose(read, dense, rtol=1e-6)
    rows = [line.split("\t") for line in (tmp_path / "x.bedgraph").read_text().splitlines()[1:]]
    assert [(r[0], int(r[1])) for r in rows] == sorted(expected)
    assert all(int(r[2]) == int(r[1]) + 1 for r in rows)
    np.testing.assert_allclose([float(r[3]) for r in rows], [expected[key] for key in sorted(expected)])


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (1 << 32, r"chr2 has .* bases by the sizes given, but bigWig allows at most 4,294,967,295"),
        (-1, r"size of chr2 must be a whole number of bases, not -1"),
    ],
)
def test_a_size_that_bigwig_cannot_count_to_is_told(tmp_path, size, sentence):
    with pytest.raises(ValueError, match=sentence):
        Attributions([placed("chr10", 10, [1, 2, 3])]).to_bigwig(tmp_path / "x.bw", SIZES | {"chr2": size})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ['a "q"', "red\x1b[31m", "two\nlines"])
def test_a_track_has_a_name_on_one_line_in_quotes(tmp_path, name):
    path = Attributions([placed("chr2", 10, [1, 2, 3])]).to_bedgraph(tmp_path / f"{name}.bedgraph")
    head, *rows = path.read_text().splitlines()
    assert head.count('"') == 2
    assert head.isprintable()
    assert len(rows) == 3


def test_scores_of_the_minus_strand_are_put_in_the_direction_of_the_genome(tmp_path):
    Attributions([placed("chr2", 10, [1, 2, 3], "-")]).to_bigwig(tmp_path / "x.bw", SIZES)
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        assert file.values("chr2", 10, 13) == [3, 2, 1]


def test_overlapping_bases_have_the_mean_and_are_counted(tmp_path):
    results = Attributions([placed("chr2", 12, [4, 4]), placed("chr2", 10, [1, 2, 3])])
    with pytest.warns(UserWarning, match="1 bases are in more than one sequence"):
        results.to_bedgraph(tmp_path / "x.bedgraph")
    assert (tmp_path / "x.bedgraph").read_text().splitlines()[1:] == [
        "chr2\t10\t11\t1",
        "chr2\t11\t12\t2",
        "chr2\t12\t13\t3.5",
        "chr2\t13\t14\t4",
    ]


def test_the_mean_of_different_classes_is_refused_and_a_track_of_them_warned_of(tmp_path):
    one, other = placed("chr2", 10, [1, 2]), placed("chr2", 11, [5, 5], target="non-promoter")
    with pytest.raises(ValueError, match=r"different classes \(TATA promoter, non-promoter\).*target="):
        Attributions([one, other]).to_bedgraph(tmp_path / "x.bedgraph")
    apart = replace(other, interval=Interval("chr10", 11, 13))
    with pytest.warns(UserWarning, match="explain different classes"):
        Attributions([one, apart]).to_bedgraph(tmp_path / "x.bedgraph")


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({"2": 800}, "'a'.*no chromosome 'chr2' in the sizes, which calls it '2'"),
        ({"chr2": 11}, r"'a' is at chr2:10-13\(\+\), but chr2 has only 11 bases"),
    ],
)
def test_results_beyond_the_sizes_are_named_and_nothing_is_written(tmp_path, sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        Attributions([placed("chr2", 10, [1, 2, 3], name="a")]).to_bigwig(tmp_path / "x.bw", sizes)
    assert list(tmp_path.iterdir()) == []


def test_results_without_a_place_are_named(tmp_path):
    results = Attributions([placed("chr2", 10, [1.0]), fake_attributions.make(30, name="lost")])
    for write in (results.to_bedgraph, results.to_bed, lambda path: results.to_bigwig(path, SIZES)):
        with pytest.raises(ValueError, match=r"1 of 2 results .* \('lost'\).*genome="):
            write(tmp_path / "x")
    with pytest.raises(ValueError, match="no results to write"):
        Attributions().to_bedgraph(tmp_path / "x")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match="There is no folder"):
        Attributions([placed("chr2", 10, [1.0])]).to_bigwig(tmp_path / "none" / "x.bw", SIZES)


def test_sizes_come_from_an_index_and_a_table_as_from_the_genome(tmp_path):
    from captum_dna.io.genome import Genome, chromosome_sizes

    (tmp_path / "g.fa").write_text(">chr2 long\nACGTA\nCG\n>M\nAC\n")
    with Genome(tmp_path / "g.fa") as genome:
        expected = {"chr2": 7, "M": 2}
        assert chromosome_sizes(genome) == expected
    (tmp_path / "chrom.sizes").write_text("chr2\t7\nM\t2\n")
    for source in (tmp_path / "g.fa", tmp_path / "g.fa.fai", tmp_path / "chrom.sizes", expected):
        assert chromosome_sizes(source) == expected
    (tmp_path / "chrom.sizes").write_text("chr2\t7\nM two\n")
    with pytest.raises(ValueError, match=r"Line 2 of .* is not a chromosome and its size"):
        chromosome_sizes(tmp_path / "chrom.sizes")


# --- stretches --------------------------------------------------------------------------------------


def test_a_stretch_goes_through_a_weak_base_and_ends_where_the_scores_do():
    scores = np.array([0, 0.1, 1, 1, 0, 1, 1, 0, 0, 0, -2, -2, -2, -2, 0.1])
    assert [(s.start, s.end) for s in stretches(scores)] == [(10, 14), (2, 7)]
    assert [s.score for s in stretches(scores)] == [-8, 4]


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=25), st.sampled_from([0.1, 0.3, 0.6]))
def test_the_strongest_stretch_of_each_direction_is_the_best_of_all_segments(values, share):
    scores = np.array(values, dtype=float)
    bar = share * np.abs(scores).max()
    for sign in (1, -1):
        gains = sign * scores - bar
        best = max(gains[a:b].sum() for a in range(len(gains)) for b in range(a + 1, len(gains) + 1))
        found = [
            gains[s.start : s.end].sum()
            for s in stretches(scores, share=share, shortest=1)
            if s.score * sign > 0
        ]
        if best > 1e-9 and bar > 0:
            assert max(found) == pytest.approx(best)
        else:
            assert not found


def test_no_scores_give_no_stretches_and_a_share_lies_between_0_and_1():
    assert stretches(np.zeros(9)) == stretches(np.full(9, np.nan)) == []
    with pytest.raises(ValueError, match="between 0 and 1"):
        stretches(np.ones(3), share=1)


def test_stretches_lie_on_the_genome_with_their_letters_and_signed_score(tmp_path):
    item = placed("chr2", 100, [0, 3, 3, 3, 3, 0, 0, 0, -1, -1, -1, -1], "-", name="my peak")
    item = replace(item, sequence="GTATAGGGACCA")
    Attributions([item]).to_bed(tmp_path / "x.bed")
    rows = [line.split("\t") for line in (tmp_path / "x.bed").read_text().splitlines()]
    assert [row[:6] for row in rows] == [
        ["chr2", "100", "104", "my_peak|ACCA|-4", "333", "-"],
        ["chr2", "107", "111", "my_peak|TATA|+12", "1000", "-"],
    ]
    assert [row[8] for row in rows] == ["191,74,11", "26,102,179"]


@pytest.mark.parametrize(
    "case", json.loads(Path(__file__).parents[1].joinpath("data", "stretches.json").read_text())
)
def test_the_strongest_stretch_is_that_of_the_picture(case):
    """``tests/js/element/strongest.test.js`` reads the same cases."""
    [first, *_] = stretches(np.array(case["scores"], dtype=float))
    assert (first.start, first.end) == (case["start"], case["end"]), case["what"]


def test_files_and_experiments_take_the_same_stretches():
    for takes in (stretches, write_bed, Attributions.to_bed, verdicts):
        defaults = {name: one.default for name, one in inspect.signature(takes).parameters.items()}
        assert (defaults["share"], defaults["shortest"]) == (0.25, 4)
