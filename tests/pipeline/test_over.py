"""Letters with error bars: an explanation repeated over what could have been otherwise."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import captum_dna
from captum_dna.cli import main
from captum_dna.core.errors import UserError
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.core.spread import spread_of
from captum_dna.io.frames import base_frame
from captum_dna.model.classifier import Classifier
from captum_dna.model.segmentation import sampled
from captum_dna.pipeline.attribute import Interrupted
from tests import additive, toy
from tests.grammar import grammar

LETTERS = toy.dna(24, seed=3)
WITHOUT_BASELINE = additive.OPTIONS | {"method": "input_x_gradient", "baseline": None}
SEVERAL = {"baseline": ["mask", "gc_random*2"], "strand": True, "phase": "1-2", "method": "deeplift"}


@pytest.fixture(scope="module")
def kmers():
    return additive.additive(3)


@pytest.fixture(scope="module")
def repeated():
    model = toy.kmer_bert(3)
    places = [Interval("chr1", 100, 124, "-"), Interval("chr1", 200, 224)]
    sequences = [Sequence(f"s{i}", toy.dna(24, seed=i), interval=place) for i, place in enumerate(places)]
    choices = {"target": 0, "baseline": "zero", "progress": False}
    return (
        captum_dna.attribute(model, sequences, **choices, over=SEVERAL),
        captum_dna.attribute(model, sequences, **choices),
    )


def _replica(model: Classifier, change) -> Classifier:
    """Return a model of the same kind whose weights differ."""
    other = additive.Additive(len(model.encoder.vocabulary))
    other.embeddings.weight.data = change(model.model.embeddings.weight.detach().clone())
    return Classifier(other, model.tokenizer, labels=list(model.labels), forward=other, name="replica")


# --- what is known by hand -----------------------------------------------------------------------


def test_the_spread_of_replicas_is_that_of_their_weights(kmers):
    random = torch.Generator().manual_seed(1)
    sd = 0.3

    def noisy(weights):
        weights[:, 0] += sd * torch.randn(len(weights), generator=random, dtype=weights.dtype)
        return weights

    model, letters = additive.additive(3, limit=420), toy.dna(400, seed=2)
    replicas = [_replica(model, noisy) for _ in range(40)]
    (result,) = captum_dna.attribute(model, letters, **WITHOUT_BASELINE, over={"model": replicas})
    inside = result.spread.sd[2:-2]  # a base has a third of each of three words, which are three numbers
    assert np.sqrt((inside**2).mean()) == pytest.approx(sd / np.sqrt(3), rel=0.05)
    assert result.spread.shares == {"model": 1}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"baseline": "gc_random"},
        {"baseline": "dinucleotide_shuffle"},
        {"method": "expected_gradients", "samples": 2},
        {"method": "gradient_shap", "baseline": "gc_random"},
    ],
)
def test_a_model_that_reads_both_strands_alike_has_no_strand_spread(how):
    class Palindromic(torch.nn.Module):
        """Counts A and T alike, and C and G."""

        def __init__(self):
            super().__init__()
            self.weights = torch.nn.Parameter(torch.tensor([1.0, -0.5, -0.5, 1.0], dtype=torch.float64))

        def forward(self, one_hot):
            total = (one_hot * self.weights[:, None]).sum((1, 2))
            return torch.stack([total, torch.zeros_like(total)], dim=1)

    model = Classifier(Palindromic(), captum_dna.OneHot(), labels=["a", "b"], head="single_label")
    (result,) = captum_dna.attribute(model, LETTERS, target=0, over={"strand": True}, progress=False, **how)
    assert result.spread.sd == pytest.approx(np.zeros(24), abs=1e-9)
    assert result.spread.same_sign.tolist() == [1] * 24
    assert result.spread.agreement == pytest.approx(1)


def test_a_shift_moves_the_scores_of_an_additive_model_only_where_words_are_lost(kmers):
    (result,) = captum_dna.attribute(kmers, LETTERS, **additive.OPTIONS, over={"phase": [1, 2]})
    one, two = result.extras["repeats"]
    assert np.isnan(one[:1]).all()
    assert np.isnan(two[:2]).all()
    assert one[3:] == pytest.approx(result.base_scores[3:])
    assert two[4:] == pytest.approx(result.base_scores[4:])
    assert result.spread.sd[4:] == pytest.approx(np.zeros(20), abs=1e-9)
    assert np.isnan(result.spread.sd[0])


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_shifted_window_takes_what_follows_in_the_genome_as_far_as_there_is_any(kmers, tmp_path, strand):
    genome, bed = tmp_path / "genome.fa", tmp_path / "some.bed"
    letters = toy.dna(60, seed=9)
    genome.write_text(f">chr1\n{letters}\n")
    first, at_the_end = (20, 44), ((35, 59) if strand == "+" else (1, 25))
    bed.write_text("".join(f"chr1\t{a}\t{b}\tx{a}\t0\t{strand}\n" for a, b in (first, at_the_end)))
    results = captum_dna.attribute(kmers, bed, genome=genome, **WITHOUT_BASELINE, over={"phase": [1, 2]})
    turned = captum_dna.Sequence("x", letters).reverse_complement().bases
    along = letters if strand == "+" else turned
    for result, given in zip(results, (20 if strand == "+" else 16, 35), strict=True):
        for shift in (1, 2):
            window = along[given + shift : given + shift + 24]  # only one more base at the end
            own = additive.by_hand(kmers, window)[: 24 - shift]
            assert result.extras["repeats"][shift - 1][shift : shift + len(own)] == pytest.approx(
                own, abs=1e-6
            )
            assert np.isnan(result.extras["repeats"][shift - 1][:shift]).all()
        assert result.extras["repeats"].shape == (2, 24)


def test_causes_are_told_apart(kmers):
    """A replica with three times the weights changes every score by twice itself; the strand, by what it reads there."""
    thrice = _replica(kmers, lambda weights: 3 * weights)
    (result,) = captum_dna.attribute(
        kmers, LETTERS, **additive.OPTIONS, over={"model": [thrice], "strand": True}
    )
    other = captum_dna.Sequence("x", LETTERS).reverse_complement().bases
    own, turned = (additive.by_hand(kmers, letters) for letters in (LETTERS, other))
    models, strands = (2 * own) ** 2 / 2, (own - turned[::-1]) ** 2 / 2
    assert result.spread.variances == pytest.approx(np.array([strands, models]), abs=1e-6)
    assert result.spread.shares["model"] == pytest.approx(models.sum() / (models + strands).sum())
    assert result.spread.pearson[1] == pytest.approx(1)
    assert result.spread.mean == pytest.approx(own + own + (turned[::-1] - own) / 2, abs=1e-6)


# --- what holds for every model ------------------------------------------------------------------


def test_repetitions_change_nothing_of_the_explanation(repeated):
    for one, plain in zip(*repeated, strict=True):
        assert one.base_scores.tolist() == plain.base_scores.tolist()
        assert one.certificate == plain.certificate
        assert one.tokens == plain.tokens


def test_a_row_per_repetition_is_what_was_asked_for(repeated):
    result = repeated[0][0]
    assert result.run.over == {
        "baseline": ("mask", "gc_random", "gc_random"),
        "strand": ("reverse",),
        "phase": (1, 2),
        "method": ("deeplift",),
    }
    assert result.extras["repeats"].shape == (7, 24)
    assert sum(result.spread.shares.values()) == pytest.approx(1)
    first, second = result.extras["repeats"][1:3]
    assert not np.allclose(first, second), "draws differ"


def test_files_hold_the_error_bars(repeated, tmp_path):
    results = repeated[0]
    back = captum_dna.Attributions.load(results.save(tmp_path / "run.parquet"))
    assert back[1].spread.sd.tolist() == results[1].spread.sd.tolist()
    assert back[1].run.over == results[1].run.over
    table = base_frame(back)
    sd = np.concatenate([one.spread.sd for one in results])
    np.testing.assert_array_equal(table["sd"], sd)
    arrays = np.load(results.to_npz(tmp_path / "run.npz"))
    np.testing.assert_array_equal(arrays["sd"], sd)
    text = results.to_bedgraph(tmp_path / "sd.bedgraph", values="sd").read_text().splitlines()
    rows = {int(row.split()[1]): float(row.split()[3]) for row in text[1:]}
    assert rows[123] == pytest.approx(results[0].spread.sd[0], rel=1e-6), "the - strand is turned"
    assert rows[205] == pytest.approx(results[1].spread.sd[5], rel=1e-6)
    results.save(tmp_path / "sd.bw", sizes={"chr1": 500}, values="sd")
    summary = results.to_frame()
    assert summary["repetitions"].tolist() == [7, 7]
    assert set(summary["depends_on"]) <= set(SEVERAL)
    assert results.causes()["share"].sum() == pytest.approx(1)


def test_pictures_show_what_is_not_stable(repeated, tmp_path):
    results = repeated[0]
    plain, bars = (
        results.save(tmp_path / f"{whiskers}.svg", whiskers=whiskers).read_text()
        for whiskers in (False, True)
    )
    assert "opacity: 0.35" in plain
    assert len(bars) > len(plain)
    assert "opacity: 0.35" not in repeated[1].save(tmp_path / "sure.svg").read_text()


def test_words_say_what_the_letters_depend_on(repeated):
    result = repeated[0][0]
    most = max(result.spread.shares, key=result.spread.shares.get)
    (said,) = [one.text for one in result.caveats if one.code == "spread"]
    share = re.search(rf"([0-9.]+) % of the spread comes from the {most}", said)
    assert float(share[1]) == pytest.approx(100 * result.spread.shares[most], rel=0.01)
    assert "2 sequences were explained in other ways" in " ".join(one.text for one in repeated[0].caveats)


def test_shards_have_error_bars_and_know_their_replicas(kmers, tmp_path):
    thrice = _replica(kmers, lambda weights: 3 * weights)
    choices = {**additive.OPTIONS, "shard_size": 1}
    both = {"a": LETTERS, "b": LETTERS[::-1]}
    folder = captum_dna.attribute_to(tmp_path / "run", kmers, both, **choices, over={"model": [thrice]})
    for result in captum_dna.Attributions.load(folder):
        assert result.extras["repeats"][0] == pytest.approx(3 * result.base_scores)
    twice = _replica(kmers, lambda weights: 2 * weights)
    for other in ({"over": {"model": [twice]}}, {}):
        with pytest.raises(UserError, match="the over"):
            captum_dna.attribute_to(tmp_path / "run", kmers, both, **choices, **other)


def test_what_is_not_repeated_to_the_end_is_not_taken_for_finished(kmers):
    def stop(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        captum_dna.attribute(kmers, LETTERS, **{**additive.OPTIONS, "progress": stop}, over={"strand": True})
    assert len(caught.value.finished) == 0


def test_windows_are_repeated_as_a_whole(kmers):
    (result,) = captum_dna.attribute(
        kmers, LETTERS, **additive.OPTIONS, window_length=12, over={"baseline": ["mask"], "strand": True}
    )
    assert result.extras["repeats"].shape == (2, 24)
    assert len(result.windows) > 1
    assert spread_of(result) is not None


def test_other_segmentations_of_byte_pairs_spell_the_same_letters():
    model = toy.family("ModernBert")
    sequence = Sequence("x", toy.dna(60, seed=5))
    own = model.encode(sequence)
    drawn = [sampled(model.encoder, own, "x", np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].spans != drawn[2].spans
    for one in drawn:
        inside = [(token, span) for token, span in zip(one.tokens, one.spans, strict=True) if span]
        assert "".join(token for token, _ in inside) == sequence.bases
        assert all(sequence.bases[slice(*span)] == token for token, span in inside)
    (result,) = captum_dna.attribute(
        model, [sequence], target=0, method="input_x_gradient", over={"phase": [1, 2]}, progress=False
    )
    assert np.isfinite(result.extras["repeats"]).all()
    assert (result.spread.sd > 0).any()


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"colour": 1}, "no cause to repeat over 'colour'"),
        ({}, "`over` names what to repeat"),
        ({"phase": 3}, "takes phases of 1 to 2, not 3"),
        ({"phase": 0}, "1 to k - 1, not 0"),
        ({"phase": "a"}, "1 to k - 1, not 'a'"),
        ({"strand": False}, "takes one value for 'strand', 'reverse' .*, not False"),
        ({"baseline": "zero"}, "gives only the value for 'baseline'"),
        ({"baseline": "mask*2"}, "all its draws are the same"),
        ({"baseline": "gc_random*0"}, "1 to 1000 draws"),
        ({"baseline": "zeor"}, "no baseline 'zeor'"),
        ({"method": "saliency"}, "have no sign"),
        ({"method": "integrated_gradients"}, "gives only the value for 'method'"),
        ({"method": [3]}, "takes names for 'method'"),
    ],
)
def test_what_cannot_be_repeated_is_said(kmers, over, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        captum_dna.attribute(kmers, LETTERS, **additive.OPTIONS, over=over)
    assert caught.value.option in ("over", "baseline")


def test_a_phase_needs_letters_and_words(kmers):
    with pytest.raises(UserError, match=r"'sequence 1' has 4 bases: without its first 2 .* no phase 2"):
        captum_dna.attribute(kmers, "ACGT", **additive.OPTIONS, over={"phase": 2})
    with pytest.raises(UserError, match="reads single bases, which have no phase"):
        captum_dna.attribute(grammar(), LETTERS, target=0, over={"phase": 1})


def test_replicas_have_the_same_labels_and_tokenizer(kmers):
    other = replace_labels(kmers)
    with pytest.raises(UserError, match="its classes are c, d, not a, b"):
        captum_dna.attribute(kmers, LETTERS, **additive.OPTIONS, over={"model": [other]})
    with pytest.raises(UserError, match="it has another tokenizer"):
        captum_dna.attribute(kmers, LETTERS, **additive.OPTIONS, over={"model": [additive.additive(2)]})
    with pytest.raises(UserError, match="gives only the value for 'model'"):
        captum_dna.attribute(kmers, LETTERS, **additive.OPTIONS, over={"model": kmers})


def replace_labels(model: Classifier) -> Classifier:
    return Classifier(model.model, model.tokenizer, labels=["c", "d"], forward=model.model)


def test_what_has_no_baseline_or_averages_strands_says_so(kmers):
    with pytest.raises(UserError, match="'ism' does not use `baseline`"):
        captum_dna.attribute(kmers, LETTERS, target=0, method="ism", over={"baseline": "mask"})
    with pytest.raises(UserError, match="already averages the strands"):
        captum_dna.attribute(kmers, LETTERS, target=0, strands="both", over="strand")
    with pytest.raises(UserError, match="not of variants"):
        captum_dna.variant_effect(
            kmers, [(LETTERS, 3, LETTERS[3], "A" if LETTERS[3] != "A" else "C")], over="strand"
        )


def test_a_result_that_was_not_repeated_has_no_error_bars(repeated, tmp_path):
    plain = repeated[1]
    assert plain[0].spread is None
    assert "sd" not in base_frame(plain)
    with pytest.raises(ValueError, match="No explanation was repeated"):
        plain.causes()
    with pytest.raises(ValueError, match="no track of 'sd'"):
        plain.to_bedgraph(tmp_path / "x.bedgraph", values="sd")
    assert replace(plain[0], extras={}).spread is None


def test_the_command_line_repeats_and_exports(tmp_path):
    run, track, chart = tmp_path / "run.parquet", tmp_path / "sd.bedgraph", tmp_path / "bars.svg"
    bed, genome = tmp_path / "x.bed", tmp_path / "genome.fa"
    genome.write_text(f">chr1\n{toy.dna(60, seed=4)}\n")
    bed.write_text("chr1\t10\t40\n")
    over = ["--over", "baseline=zero,gc_random*2", "--over", "strand", "--over", "phase=1-2"]
    how = ["--target", "TATA promoter", "--method", "deeplift", "--genome", str(genome)]
    for command in (
        ["attribute", "demo", str(bed), *how, *over, "--out", str(run)],
        ["export", str(run), "--values", "sd", "--out", str(track)],
        ["visualize", str(run), "--whiskers", "--out", str(chart)],
    ):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
    (result,) = captum_dna.Attributions.load(run)
    assert result.run.over["baseline"] == ("zero", "gc_random", "gc_random")
    assert float(track.read_text().splitlines()[1].split()[3]) == pytest.approx(result.spread.sd[0], rel=1e-6)
    wrong = CliRunner().invoke(main, ["attribute", "demo", str(bed), *how, "--over", "phase=9", "--out", "-"])
    assert wrong.exit_code != 0
    assert "--over takes phases of 1 to 5, not 9" in wrong.output


@pytest.mark.parametrize(
    "how", [{"baseline": LETTERS[::-1]}, {"method": "expected_gradients", "baselines": LETTERS[::-1]}]
)
def test_a_baseline_of_letters_has_no_phases(kmers, how):
    """It would lie beside other bases than those that it was given for."""
    with pytest.raises(UserError, match=r"letters.*Leave 'phase' out"):
        captum_dna.attribute(
            kmers, captum_dna.Sequence("x", LETTERS, after="ACGTAC"), target=0, over={"phase": [1]}, **how
        )


@pytest.mark.parametrize("baseline", ["gc_random", "dinucleotide_shuffle"])
@pytest.mark.parametrize("strands", ["forward", "both"])
@pytest.mark.parametrize("after", ["", "GATTACA"])
def test_a_shifted_window_has_the_random_baseline_of_the_sequence(baseline, strands, after):
    """The words of a model that adds up are the same in both windows, but for those at the ends."""
    model, one = additive.additive(3), captum_dna.Sequence("x", LETTERS, after=after)
    options = {"output": "logit", "target": 0, "baseline": baseline, "strands": strands, "progress": False}
    (result,) = captum_dna.attribute(model, one, over={"phase": [1, 2]}, tolerance=1e-6, **options)
    for by, repeated in enumerate(result.extras["repeats"], start=1):
        inside = slice(by + 2, len(LETTERS) - 2)
        np.testing.assert_allclose(repeated[inside], result.base_scores[inside], atol=1e-6)
