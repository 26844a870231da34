"""Variants: the same class, both alleles read again, aligned base by base, checked against hand-worked effects."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

import captum_dna
from captum_dna import Variant, variant_effect
from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Interval, Sequence, Track
from captum_dna.io.files import InputError
from captum_dna.io.vcf import read_vcf
from captum_dna.pipeline.attribute import explained
from captum_dna.variants.alleles import alleles_in_genome
from captum_dna.variants.variant_effect import VariantsInterrupted
from tests import toy
from tests.additive import OPTIONS, additive, by_hand

LENGTH = 30
CHROMOSOME = toy.dna(200, 7)
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


class Letters:
    """A genome in memory."""

    def __init__(self, **chromosomes: str) -> None:
        self._letters = chromosomes

    @property
    def chromosomes(self):
        return tuple(self._letters)

    def length(self, chromosome):
        return len(self._letters[chromosome])

    def bases(self, chromosome, start, end):
        assert 0 <= start <= end <= self.length(chromosome)
        return self._letters[chromosome][start:end]


GENOME = Letters(chr1=CHROMOSOME)


def at(position: int, count: int = 1) -> str:
    """Return the letters of the chromosome at a position counted from 1."""
    return CHROMOSOME[position - 1 : position - 1 + count]


def other(letter: str) -> str:
    return "ACGT"["ACGT".index(letter.upper()) - 1]


VARIANTS = {
    "substitution": Variant("chr1", 100, at(100), other(at(100)), "rs1"),
    "several": Variant("chr1", 90, at(90, 3), "".join(map(other, at(90, 3)))),
    "insertion": Variant("chr1", 100, at(100), at(100) + "GATTA"),
    "deletion": Variant("chr1", 100, at(100, 5), at(100)),
}


def changed(variant: Variant) -> str:
    """Return the chromosome with the change in it."""
    start = variant.position - 1
    return CHROMOSOME[:start] + variant.alt + CHROMOSOME[start + len(variant.ref) :]


@pytest.mark.parametrize("kind", VARIANTS)
@pytest.mark.parametrize("k", [3, 6])
def test_a_linear_models_effect_and_scores_are_those_worked_by_hand(kind, k):
    variant, classifier = VARIANTS[kind], additive(k)
    (effect,) = variant_effect(classifier, variant, genome=GENOME, length=LENGTH, **OPTIONS)
    start = variant.position - 1 - LENGTH // 2
    reference, alternative = CHROMOSOME[start : start + LENGTH], changed(variant)[start : start + LENGTH]
    assert (effect.reference.sequence, effect.alternative.sequence) == (reference, alternative)
    known = by_hand(classifier, reference), by_hand(classifier, alternative)
    assert effect.effect == pytest.approx(known[1].sum() - known[0].sum(), abs=1e-12)
    ref, alt = effect.columns
    for scores, own, column in zip(effect.scores, known, (ref, alt), strict=True):
        np.testing.assert_allclose(scores[column >= 0], own, atol=1e-12)
        assert np.isnan(scores[column < 0]).all()
    both = (ref >= 0) & (alt >= 0)
    np.testing.assert_allclose(effect.difference[both], known[1][alt[both]] - known[0][ref[both]], atol=1e-12)
    assert np.isnan(effect.difference[~both]).all()
    assert effect.converged


@pytest.mark.parametrize(
    ("kind", "reference", "alternative"),
    [
        ("substitution", "x", "y"),
        ("several", "xxx", "yyy"),
        ("insertion", "x-----", "yyyyyy"),
        ("deletion", "xxxxx", "y----"),
    ],
)
def test_alleles_are_aligned_from_their_first_letters(kind, reference, alternative):
    variant = VARIANTS[kind]
    alleles = alleles_in_genome(variant, GENOME, LENGTH)
    ref, alt = alleles.columns()
    width = len(reference)
    middle = slice(15, 15 + width)
    assert "".join("-" if i < 0 else "x" for i in ref[middle]) == reference
    assert "".join("-" if i < 0 else "y" for i in alt[middle]) == alternative
    for i, j in zip([*ref[:15], *ref[15 + width :]], [*alt[:15], *alt[15 + width :]], strict=True):
        if i >= 0 and j >= 0:
            assert alleles.reference.bases[i] == alleles.alternative.bases[j]
    assert len(alleles.reference) == len(alleles.alternative) == LENGTH


def test_the_sum_of_the_differences_is_the_effect():
    """A deep model, substitution: all token scores' difference is the effect up to delta."""
    (effect,) = variant_effect(
        toy.kmer_bert(6), VARIANTS["substitution"], genome=GENOME, length=LENGTH, progress=False
    )
    total = effect.alternative.token_scores.sum() - effect.reference.token_scores.sum()
    baselines = effect.alternative.f_baseline - effect.reference.f_baseline
    assert total == pytest.approx(effect.effect - baselines + effect.delta, abs=1e-12)


@pytest.mark.filterwarnings("ignore:For (all|[0-9]+)")
@pytest.mark.parametrize("output", ["log_odds", "probability"])
@pytest.mark.parametrize("baseline", ["mask", "dinucleotide_shuffle"])
def test_an_effect_below_the_error_of_the_scores_is_said_to_be_so(baseline, output):
    variants = [Variant("chr1", p, at(p), other(at(p))) for p in range(50, 150, 2)]
    effects = variant_effect(
        toy.kmer_bert(6), variants, genome=GENOME, length=LENGTH, n_steps=2, rule="riemann_left",
        baseline=baseline, output=output, progress=False,
    )  # fmt: skip
    moved = [one.alternative.f_baseline - one.reference.f_baseline for one in effects]
    below = [
        min(abs(one.effect), abs(one.effect - by)) < abs(one.delta)
        for one, by in zip(effects, moved, strict=True)
    ]
    assert any(below)
    assert not all(below)
    assert [bool(one.remarks) for one in effects] == below


def test_both_alleles_are_explained_for_the_class_of_the_reference():
    classifier = toy.kmer_bert(6, 3)
    variants = [Variant("chr1", p, at(p), other(at(p))) for p in range(40, 160, 6)]
    effects = variant_effect(
        classifier, variants, genome=GENOME, length=LENGTH, tolerance="preview", progress=False
    )
    assert all(e.reference.target == e.alternative.target == e.reference.predicted for e in effects)
    asked = variant_effect(
        classifier, variants[:1], genome=GENOME, length=LENGTH, target=2, tolerance="preview", progress=False
    )
    assert {asked[0].reference.target, asked[0].alternative.target} == {classifier.labels[2]}


def test_both_strands_are_averaged():
    arguments = {"genome": GENOME, "length": LENGTH, "target": 0, "progress": False}
    (both,) = variant_effect(toy.kmer_bert(6), VARIANTS["deletion"], strands="both", **arguments)
    (forward,) = variant_effect(toy.kmer_bert(6), VARIANTS["deletion"], **arguments)
    turned = captum_dna.attribute(
        toy.kmer_bert(6),
        [captum_dna.core.letters.reverse_complement(forward.alternative.sequence)],
        target=0,
        progress=False,
    )[0]
    assert both.alternative.f_input == pytest.approx(
        (forward.alternative.f_input + turned.f_input) / 2, rel=1e-9
    )


def test_company_changes_nothing():
    variants = list(VARIANTS.values())
    arguments = {"genome": GENOME, "length": LENGTH, "target": 0, "progress": False}
    together = variant_effect(toy.kmer_bert(6), variants, **arguments)
    for variant, one in zip(variants, together, strict=True):
        (alone,) = variant_effect(toy.kmer_bert(6), [variant], **arguments)
        assert one.effect == pytest.approx(alone.effect, rel=1e-9, abs=1e-12)
        np.testing.assert_allclose(one.difference, alone.difference, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("position", "side"), [(4, "begins"), (197, "ends")])
def test_near_the_end_of_a_chromosome_the_window_is_moved_and_says_so(position, side):
    variant = Variant("chr1", position, at(position), other(at(position)))
    (effect,) = variant_effect(additive(3), variant, genome=GENOME, length=LENGTH, **OPTIONS)
    interval = effect.reference.interval
    assert (interval.start, interval.end) == ((0, 30) if position == 4 else (170, 200))
    assert effect.reference.sequence == CHROMOSOME[interval.start : interval.end]
    assert f"not in the middle, because chr1 {side} there" in effect.row()["remark"]


def test_a_deletion_at_the_very_end_leaves_the_alternative_shorter():
    variant = Variant("chr1", 190, at(190, 4), at(190))
    alleles = alleles_in_genome(variant, GENOME, LENGTH)
    assert len(alleles.alternative) == LENGTH - 3
    assert "3 bases shorter, because no letters follow" in alleles.remark
    ref, alt = alleles.columns()
    assert len(ref) == len(alt) == LENGTH


def test_a_lower_case_genome_is_read_as_upper_case_and_kept_as_it_is():
    variant = VARIANTS["substitution"]
    lower = Letters(chr1=CHROMOSOME.lower())
    (soft,) = variant_effect(additive(3), variant, genome=lower, length=LENGTH, **OPTIONS)
    (hard,) = variant_effect(additive(3), variant, genome=GENOME, length=LENGTH, **OPTIONS)
    assert soft.effect == pytest.approx(hard.effect, abs=1e-12)
    assert soft.reference.sequence.islower()
    assert soft.alternative.sequence.islower()


@pytest.mark.parametrize("alt", ["A", "AC", "ACGTA"])
def test_an_allele_is_written_in_the_case_of_the_letters_that_it_replaces(alt):
    letters = CHROMOSOME[:99] + "gt" + CHROMOSOME[101:]
    genome = Letters(chr1=letters)
    found = alleles_in_genome(Variant("chr1", 100, "GT", alt), genome, LENGTH).alternative.bases
    assert found == (letters[84:99] + alt.lower() + letters[101:])[:LENGTH]


def test_an_n_near_the_variant_is_read_as_the_model_reads_it():
    spoilt = CHROMOSOME[:104] + "N" + CHROMOSOME[105:]
    (effect,) = variant_effect(
        additive(3), VARIANTS["substitution"], genome=Letters(chr1=spoilt), length=LENGTH, **OPTIONS
    )
    assert effect.reference.sequence[15 + 5] == "N"
    assert np.isfinite(effect.difference).all()


def test_changes_of_a_sequence_of_ones_own():
    sequence = Sequence("mine", CHROMOSOME[:45], None, None, 10, (Track("known", ((5, 12, "box"),)),))
    classifier = additive(3)
    effects = variant_effect(
        classifier,
        [(sequence, 20, at(21), other(at(21))), (CHROMOSOME[:30], 0, at(1), at(1) + "AC")],
        **OPTIONS,
    )
    one, two = effects
    assert (one.variant.chromosome, one.variant.position) == ("mine", 21)
    assert one.reference.sequence == CHROMOSOME[:40]  # what the model takes of the bases around the variant
    assert two.alternative.sequence == at(1) + "AC" + CHROMOSOME[1:28]
    assert (one.reference.tracks, one.reference.origin) == (sequence.tracks, 10)


def test_a_table_a_parquet_file_and_pictures(tmp_path):
    effects = variant_effect(additive(3), list(VARIANTS.values()), genome=GENOME, length=LENGTH, **OPTIONS)
    table = effects.to_frame()
    assert table["effect"].tolist() == [effect.effect for effect in effects]
    assert table["name"].tolist()[0] == "rs1"
    back = pd.read_csv(effects.save(tmp_path / "effects.tsv"), sep="\t")
    np.testing.assert_allclose(back["effect"], table["effect"])
    full = pd.read_parquet(effects.save(tmp_path / "effects.parquet"))
    np.testing.assert_array_equal(full["scores_alternative"][2], effects[2].scores[1])
    assert full["letters_reference"][2] == effects[2].letters[0]
    page = effects.save(tmp_path / "effects.html").read_text()
    assert "rs1 (chr1:100" in page
    assert captum_dna.visualize(effects, theme="dark").html(script=False).count("<dna-view>") == 4
    with pytest.raises(
        TypeError, match="sequences: these go with a classifier, but VariantEffects was given"
    ):
        captum_dna.visualize(effects, "ACGT")
    assert effects.save(tmp_path / "effects.svg").stat().st_size > 10_000
    assert effects._repr_mimebundle_()["text/plain"].startswith("<VariantEffects of 4 variants>")


def test_the_picture_has_both_alleles_and_a_checked_difference():
    from captum_dna.variants.effects import pair_layers

    effects = variant_effect(additive(3), VARIANTS["insertion"], genome=GENOME, length=LENGTH, **OPTIONS)
    layers = pair_layers(effects)
    reference, alternative, difference = (layers[name][0] for name in layers)
    assert list(layers) == ["reference", "alternative", "difference"]
    assert reference.sequence[15:21] == at(100) + "-----"
    assert len(reference) == len(alternative) == len(difference) == LENGTH + 5
    assert difference.f_input - difference.f_baseline == pytest.approx(effects[0].effect)
    assert reference.interval is None  # positions right of an insertion are not columns
    assert reference.origin == 15
    for layer in (reference, alternative):
        for token, span in zip(layer.tokens, layer.spans, strict=True):
            if span is not None:
                assert layer.sequence[slice(*span)].replace("-", "") == token


def test_a_deletion_keeps_the_genomes_axis():
    from captum_dna.variants.effects import pair_layers

    effects = variant_effect(additive(3), VARIANTS["deletion"], genome=GENOME, length=LENGTH, **OPTIONS)
    assert pair_layers(effects)["reference"][0].interval == Interval("chr1", 84, 84 + LENGTH + 4)


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        (Variant("1", 100, "A", "C"), r"no chromosome '1' in the genome, which calls it 'chr1'"),
        (Variant("chrX", 100, "A", "C"), r"no chromosome 'chrX' in the genome: it has chr1"),
        (
            Variant("chr1", 100, other(at(100)), at(100)),
            r"chr1:100 .* says .*, but chr1 has . at base 100: .* assembly",
        ),
        (Variant("chr1", 200, at(200) + "A", "C"), "reaches from base 200 to 201, but chr1 has 200 bases"),
        (Variant("chr1", 0, "A", "C"), "reaches from base 0 to 0, but chr1 has 200 bases"),
        (Variant("chr1", 100, at(100), "<DEL>"), "alternative allele '<DEL>', which is not written in bases"),
        (Variant("chr1", 100, at(100), "G]chr2:5]"), "not written in bases: symbolic alleles, breakends"),
        (Variant("chr1", 100, at(100), "*"), r"alternative allele '\*'"),
        (Variant("chr1", 100, at(100), "."), "has no alternative allele"),
        (Variant("chr1", 100, at(100), at(100).lower()), "changes nothing"),
        (
            Variant("chr1", 100, at(100), at(100) * 16),
            "an allele of 16 bases does not fit into sequences of 30",
        ),
    ],
)
def test_bad_variants_have_a_sentence(variant, sentence):
    with pytest.raises(SequenceError, match=sentence):
        variant_effect(additive(3), variant, genome=GENOME, length=LENGTH)


def test_bad_variants_are_left_out_with_a_warning_that_names_them():
    variants = [VARIANTS["substitution"], Variant("chr1", 100, at(100), "<DUP>", "rs9")]
    with pytest.warns(UserWarning, match=r"1 of 2 variants are left out:\n  rs9 \(chr1:100"):
        effects = variant_effect(
            additive(3), variants, genome=GENOME, length=LENGTH, on_invalid="skip", **OPTIONS
        )
    assert [effect.variant.name for effect in effects] == ["rs1"]


def test_choices_that_cannot_be_have_a_sentence():
    variant = VARIANTS["substitution"]
    with pytest.raises(ValueError, match=r"need their genome\. Give `genome=`"):
        variant_effect(additive(3), variant)
    with pytest.raises(ValueError, match="`length` is 90 bases, but the model takes at most 40"):
        variant_effect(additive(3, 40), variant, genome=GENOME, length=90)
    with pytest.raises(ValueError, match="Give `length=` instead of `window_length=`"):
        variant_effect(additive(3), variant, genome=GENOME, window_length="auto")
    with pytest.raises(ValueError, match="Choose one with `length=`"):
        variant_effect(toy.family("ModernBert"), variant, genome=GENOME)
    with pytest.raises(ValueError, match="There are no variants"):
        variant_effect(additive(3), [], genome=GENOME)


@pytest.mark.parametrize("call", [1, 2])
def test_what_was_finished_before_ctrl_c_is_kept(monkeypatch, call):
    calls = []

    def stops(plan, sequences, *rest, **options):
        calls.append(len(sequences))
        results = explained(plan, sequences, *rest, **options)
        if len(calls) == call:
            raise captum_dna.Interrupted(results[:2], len(sequences))
        return results

    monkeypatch.setattr("captum_dna.variants.variant_effect.explained", stops)
    with pytest.raises(VariantsInterrupted) as stopped:
        variant_effect(additive(3), list(VARIANTS.values()), genome=GENOME, length=LENGTH, **OPTIONS)
    kept = [effect.variant for effect in stopped.value.finished]
    assert kept == (list(VARIANTS.values())[:2] if call == 2 else [])


def test_a_repeated_variant_is_explained_twice_without_a_mix_up():
    variants = [VARIANTS["substitution"]] * 2
    one, two = variant_effect(additive(3), variants, genome=GENOME, length=LENGTH, **OPTIONS)
    assert one.effect == two.effect


@pytest.mark.parametrize("suffix", [".vcf", ".vcf.gz"])
def test_a_line_with_several_alternatives_gives_a_variant_for_each(tmp_path, suffix):
    text = HEADER + (
        "chr1\t5\trs1;rs2\tA\tG,TTT\t.\t.\t.\r\n"
        "chr1\t9\t.\tac\tA\t.\tPASS\tSVTYPE=DEL\n"
        "chr1\t12\t.\tA\t<DEL>\t.\t.\tEND=20\n"
        "chr1\t14\t.\tA\t.\t.\t.\t.\n"
    )
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    assert list(read_vcf(path)) == [
        Variant("chr1", 5, "A", "G", "rs1;rs2"),
        Variant("chr1", 5, "A", "TTT", "rs1;rs2"),
        Variant("chr1", 9, "ac", "A"),
        Variant("chr1", 12, "A", "<DEL>"),
        Variant("chr1", 14, "A", "."),
    ]


def test_genotypes_are_no_hindrance(tmp_path):
    path = tmp_path / "v.vcf"
    path.write_text(
        '##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone\nchr1\t5\t.\tA\tG\t9\tPASS\t.\tGT\t0/1\n"
    )
    assert list(read_vcf(path)) == [Variant("chr1", 5, "A", "G")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("chr1\t5\t.\tA\tG\t.\t.\t.\n", "is not VCF: its first line that is not a comment is 'chr1'"),
        (
            HEADER + "chr1\t5\t.\tA\tG\t.\t.\t.\nchr1\tx\t.\tA\tG\t.\t.\t.\n",
            "Line 4 of .* has the position 'x', not a whole number",
        ),
        (HEADER + "chr1\t5\n", "Line 3 of .* has 2 of the five columns"),
        ("", "no line that begins with #CHROM"),
    ],
)
def test_what_is_no_vcf_is_told(tmp_path, text, sentence):
    path = tmp_path / "v.vcf"
    path.write_text(text)
    with pytest.raises(InputError, match=sentence):
        list(read_vcf(path))


def test_a_vcf_that_was_cut_off_is_told(tmp_path):
    path = tmp_path / "v.vcf.gz"
    path.write_bytes(gzip.compress((HEADER + "chr1\t5\t.\tA\tG\t.\t.\t.\n" * 500).encode())[:-20])
    with pytest.raises(InputError, match="cut off"):
        list(read_vcf(path))


def test_a_change_is_taken_alone_in_a_list_and_as_the_row_of_a_data_frame():
    import pandas as pd

    box = "GCGCCTATAAAAGGCGGCACGTTGCA" * 2
    change = (box, 7, box[7], "G" if box[7] != "G" else "C")
    frame = pd.DataFrame([change], columns=["sequence", "offset", "ref", "alt"])
    effects = [variant_effect("demo", one)[0].effect for one in ([change], change, frame)]
    assert effects[0] == effects[1] == effects[2] != 0
    with pytest.raises(ValueError, match=r"Variant 1 is .*. Give a captum_dna\.Variant or a tuple"):
        variant_effect("demo", [(box, 7, "A")])


@pytest.mark.parametrize(
    "how",
    [
        {"baseline": "dinucleotide_shuffle", "tolerance": 1e-6},
        {"baseline": "gc_random", "method": "deeplift", "strands": "both"},
        {"method": "expected_gradients", "samples": 2, "tolerance": 1e-6},
        {"method": "gradient_shap", "noise": 0.2},
        {"method": "smoothgrad"},
    ],
)
def test_both_alleles_share_what_is_random(how):
    """Of a model that adds up, a base far from the variant has the same score in both alleles.

    Noise is in proportion to what the layer gives, which the variant moves a little.
    """
    model = additive(3)
    for kind in ("substitution", "several", "insertion"):
        options = {"output": "logit", "target": 0, "progress": False, **how}
        (effect,) = variant_effect(model, VARIANTS[kind], genome=GENOME, length=LENGTH, **options)
        before = effect.difference[: effect.middle - 2]
        assert np.nanmax(np.abs(before)) < (
            0.01 if how.get("method") in ("gradient_shap", "smoothgrad") else 1e-5
        )
        assert effect.alternative.f_baseline == pytest.approx(effect.reference.f_baseline, nan_ok=True)
