"""A genome explained window by window and joined into tracks: no seam, nothing doubled, nothing left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyBigWig
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from captum_dna import Attributions, attribute, attribute_to, load
from captum_dna.core.certificate import Certificate
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.io.run_folder import RunFolder
from captum_dna.pipeline.merging import merge
from captum_dna.pipeline.whole_genome import attribute_genome
from tests import fake_attributions
from tests.toy import dna, kmer_bert

WINDOW, STRIDE = 24, 12
LONG = dna(24 + 12 * 8, 1)
OPTIONS = {"method": "saliency", "target": 1, "progress": False}


@pytest.fixture(scope="module")
def model():
    return load(kmer_bert(4))


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """Two chromosomes in another order than that of their names; one has a gap."""
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr2\n{LONG}\n>chr10\n{dna(30, 2)}{'N' * 40}{dna(50, 3)}\n")
    return path


@pytest.fixture(scope="module")
def run(model, genome, tmp_path_factory):
    """Return a folder whose shards end in the middle of chromosomes."""
    folder = tmp_path_factory.mktemp("run") / "run"
    with pytest.warns(UserWarning, match=r"genome.fa: 1 stretch of N \(40 bases\) skipped"):
        attribute_genome(
            folder,
            model,
            genome,
            window=WINDOW,
            window_stride=STRIDE,
            shard_size=4,
            strands="both",
            **OPTIONS,
        )
    return folder


def values(path, chromosome, start=0, end=None):
    with pyBigWig.open(str(path)) as file:
        return file.values(chromosome, start, file.chroms(chromosome) if end is None else end, numpy=True)


def test_the_tracks_are_what_one_call_with_windows_gives(model, run, tmp_path):
    merged = merge(run, tmp_path / "scores.bw")
    whole = attribute(model, LONG, strands="both", window_length=WINDOW, overlap=WINDOW - STRIDE, **OPTIONS)[
        0
    ]
    assert len(whole.windows) == 9
    for track, expected in (
        ("scores", whole.base_scores),
        ("forward", whole.extras["forward"]),
        ("reverse", whole.extras["reverse"]),
    ):
        assert_allclose(values(merged.paths[track], "chr2"), expected, rtol=1e-5, atol=1e-9)
    assert set(merged.paths) == {"scores", "prediction", "forward", "reverse"}  # saliency has no error
    assert merged.bases == len(LONG) + 80
    gap = np.isnan(values(merged.paths["scores"], "chr10"))
    assert_array_equal(np.flatnonzero(gap), np.arange(30, 70))


def test_each_windows_prediction_holds_to_the_middle_of_what_it_shares(run, tmp_path):
    track = values(merge(run, tmp_path / "scores.bw").paths["prediction"], "chr2")
    results = [one for one in Attributions.load(run) if one.interval.chromosome == "chr2"]
    assert len(results) == 9
    for i, one in enumerate(results):
        left = 0 if i == 0 else one.interval.start + (WINDOW - STRIDE) // 2
        right = len(LONG) if i == 8 else one.interval.end - (WINDOW - STRIDE) // 2
        assert_allclose(track[left:right], one.probabilities[1], rtol=1e-6)


def test_parts_in_any_order_make_the_same_tracks(model, genome, run, tmp_path):
    both = {"window": WINDOW, "window_stride": STRIDE, "shard_size": 4, "strands": "both", **OPTIONS}
    for part in ((1, 2), (0, 2)):
        with pytest.warns(UserWarning, match="skipped"):
            attribute_genome(tmp_path / "parts", model, genome, part=part, **both)
    ours, theirs = merge(tmp_path / "parts", tmp_path / "a.bw"), merge(run, tmp_path / "b.bw")
    for track, path in ours.paths.items():
        assert path.read_bytes() == theirs.paths[track].read_bytes()
    with pytest.raises(ValueError, match="the window was 24 and is 20"), pytest.warns(UserWarning, match="N"):
        attribute_genome(tmp_path / "parts", model, genome, **(both | {"window": 20}))


def made(folder, places, **changes):
    """Return a run of stored results, without a model: constant scores that differ from window to window."""
    run = RunFolder(folder)
    run.begin({"chromosomes": {"chr1": 400, "chr3": 100}}, {})
    items = []
    for i, (chromosome, start, end, *strand) in enumerate(places):
        base = fake_attributions.make(end - start, seed=i)
        items.append(
            replace(
                base,
                name=f"w{i}",
                base_scores=np.arange(end - start, dtype=float) + 100 * i,
                interval=Interval(chromosome, start, end, *strand),
                certificate=replace(base.certificate, delta=9.0, relative_error=0.25 * i),
                **{name: values[i] for name, values in changes.items()},
            )
        )
    about = {"run": "", "input": "", "left_out": (), "by": "me", "seconds": 0.0, "finished": ""}
    for number in range(0, len(items), 2):
        run.finish(number // 2, items[number : number + 2], **about)
    return folder


def test_scores_worked_out_by_hand(tmp_path):
    """Two windows of 30 share 12 bases, of which the outermost 5 of either are cut off from 6-mers; one is apart, turned."""
    made(tmp_path / "run", [("chr1", 10, 40), ("chr1", 28, 58), ("chr1", 100, 120, "-")])
    merged = merge(tmp_path / "run", tmp_path / "s.bw")
    scores = values(merged.paths["scores"], "chr1")
    first, second = np.arange(30.0), np.arange(30.0) + 100
    shared = np.clip((np.arange(12) - 5 + 1) / (12 - 10 + 1), 0, 1)
    expected = first[18:] * shared[::-1] + second[:12] * shared
    assert_allclose(scores[10:28], first[:18])
    assert_allclose(scores[28:40], expected / (shared + shared[::-1]), rtol=1e-6)
    assert_allclose(scores[40:58], second[12:])
    assert_allclose(scores[100:120], (np.arange(20) + 200)[::-1])
    assert np.isnan(np.delete(scores, [*range(10, 58), *range(100, 120)])).all()
    assert merged.bases == 68
    quality = values(merged.paths["error"], "chr1")
    assert_allclose(quality[[10, 33, 34, 57, 110]], [0, 0, 0.25, 0.25, 0.5])
    assert merged.target == "TATA promoter"


def test_bases_that_no_window_sees_whole_words_of_are_those_of_the_nearer_one(tmp_path):
    made(tmp_path / "run", [("chr1", 0, 30), ("chr1", 26, 56)])
    scores = values(merge(tmp_path / "run", tmp_path / "s.bw").paths["scores"], "chr1")
    assert_array_equal(scores[:56], [*range(28), *range(102, 130)])


def test_a_track_much_longer_than_what_is_held_is_written_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("captum_dna.pipeline.merging._AT_ONCE", 37)
    places = [("chr1", start, start + 20) for start in range(0, 150, 9)] + [("chr3", 3, 90)]
    made(tmp_path / "run", places)
    small = merge(tmp_path / "run", tmp_path / "a.bw").paths
    monkeypatch.undo()
    for track, path in merge(tmp_path / "run", tmp_path / "b.bw").paths.items():
        for chromosome in ("chr1", "chr3"):
            assert_array_equal(values(small[track], chromosome), values(path, chromosome))


def test_bases_without_a_score_are_left_out_and_windows_without_a_number_too(tmp_path):
    made(tmp_path / "run", [("chr1", 0, 20), ("chr1", 30, 50)])
    run = RunFolder(tmp_path / "run")
    items = list(Attributions.load(run.shard(0)))
    items[0].base_scores[3:5] = np.nan
    items[1] = replace(items[1], certificate=Certificate(converged=True))
    run.finish(0, items, run="", input="", left_out=(), by="", seconds=0.0, finished="")
    merged = merge(run.path, tmp_path / "s.bw")
    assert np.flatnonzero(np.isnan(values(merged.paths["scores"], "chr1", 0, 20))).tolist() == [3, 4]
    assert np.isnan(values(merged.paths["error"], "chr1", 30, 50)).all()


@pytest.mark.parametrize(
    ("places", "changes", "told"),
    [
        ([("chr1", 0, 20), ("chr1", 10, 30)], {"target": ["a", "b"]}, r"explain different classes \(a, b\)"),
        (
            [("chr1", 50, 70), ("chr1", 0, 20), ("chr1", 10, 30), ("chr1", 90, 110)],
            {},
            "are not in the order of the genome",
        ),
        ([("chrX", 0, 20)], {}, "There is no chromosome 'chrX' in the sizes"),
        ([("chr3", 90, 110)], {}, "past the end of chr3 with its 100 bases"),
    ],
)
def test_what_makes_no_track_is_refused_and_nothing_is_written(tmp_path, places, changes, told):
    made(tmp_path / "run", places, **changes)
    with pytest.raises(ValueError, match=told):
        merge(tmp_path / "run", tmp_path / "s.bw")
    assert list(tmp_path.iterdir()) == [tmp_path / "run"]


def test_a_damaged_shard_is_named(tmp_path):
    made(tmp_path / "run", [("chr1", 0, 20)])
    path = RunFolder(tmp_path / "run").shard(0)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"shard-000000.parquet is damaged"):
        merge(tmp_path / "run", tmp_path / "s.bw")


def test_intervals_of_a_bed_file_merge_with_sizes_and_sequences_without_a_place_do_not(model, tmp_path):
    placed = [Sequence("a", dna(20, 1), interval=Interval("chr1", 5, 25))]
    attribute_to(tmp_path / "a", model, placed, **OPTIONS)
    with pytest.raises(ValueError, match="Give their `sizes`"):
        merge(tmp_path / "a", tmp_path / "s.bw")
    assert merge(tmp_path / "a", tmp_path / "s.bw", {"chr1": 40}).bases == 20
    attribute_to(tmp_path / "b", model, dna(20, 1), **OPTIONS)
    with pytest.raises(ValueError, match="do not know where they lie in a genome"):
        merge(tmp_path / "b", tmp_path / "s.bw", {"chr1": 40})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"target": None}, "explain one class, so that their scores make one track. Give its `target`"),
        ({"target": "all"}, "explain one class"),
        ({"window": 600}, "too long for the model, which takes at most"),
        ({"window": 5}, "too short for tokens of 4"),
        (
            {"window_stride": 20},
            "`window_stride` is 20 bases, but 4-mers need windows that share at least 6 bases.*at most 18",
        ),
        ({"overlap": 3}, "Give `window` and `window_stride`, not `overlap`"),
    ],
)
def test_what_a_genome_cannot_be_explained_with_is_told_before_anything_is_written(
    model, genome, tmp_path, options, told
):
    given = {"window": WINDOW} | OPTIONS | options
    with pytest.raises(ValueError, match=told):
        attribute_genome(tmp_path / "run", model, genome, **given)
    assert not (tmp_path / "run").exists()
