"""A sentence that says what to do is obeyed by the call that said it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

import captum_dna as cd
from captum_dna.core.errors import options_in
from captum_dna.core.sequences import Sequence
from captum_dna.training import from_scratch
from tests import fake_attributions
from tests.toy import dna

PACKAGE = Path(cd.__file__).parent
BOX = "GCGCCTATAAAAGGCGGCACGTTGCA"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with the files that the calls below read."""
    folder = tmp_path_factory.mktemp("advice")
    (folder / "genome.fa").write_text(f">chr1\n{BOX * 4}\n")
    (folder / "peaks.bed").write_text("chr1\t10\t40\tone\n")
    (folder / "x.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t32\trs1\tT\tG\t.\t.\t.\n"
    )
    (folder / "x.narrowPeak").write_text("chr1\t10\t40\tone\t9\t+\t1\t1\t1\t12\n")
    return folder


@pytest.fixture(scope="module")
def demo():
    return cd.load("demo")


class Probabilities(torch.nn.Module):
    """A model that gives probabilities in the place of logits."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, input_ids, attention_mask):
        return self.inner(input_ids=input_ids, attention_mask=attention_mask).logits.softmax(-1)


def quick(demo, **options):
    return cd.attribute(demo, **{"sequences": BOX, "method": "saliency", "progress": False, **options})


def training(place, **options):
    small = from_scratch(k=4, layers=1, width=8, heads=2, max_bases=40, labels=("a", "b"))
    usual = {"data": planted(), "validation": None, "epochs": 1, "progress": False}
    return cd.finetune(small, **{**usual, "output": place / "run", **options})


def planted(labels=("a", "b")):
    return [Sequence(f"s{i}", dna(30, seed=i), label=labels[i % len(labels)]) for i in range(8)]


def frame(**columns):
    return pd.DataFrame({name: [value] * 2 for name, value in columns.items()})


def token_classifier(demo, **options):
    config = BertConfig(
        vocab_size=len(demo.tokenizer), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8,
    )  # fmt: skip
    tagger = BertForTokenClassification(config).eval()
    if options:
        return cd.load(tagger, demo.tokenizer, forward=lambda ids, mask: tagger(ids, mask).logits[:, 1])
    return cd.load(tagger, demo.tokenizer)


def probabilities(demo, **options):
    return cd.load(Probabilities(demo.model), demo.tokenizer, labels=["no", "yes"], **options)


def fakes(lengths, **options):
    made = [fake_attributions.make(length, name=f"s{i}") for i, length in enumerate(lengths)]
    return cd.Attributions(made)


OUT = object()
"""The sentence says to leave the option out."""
CASES = {
    "letters in one of two columns": (
        lambda place, demo, **o: list(cd.read(frame(seq=BOX, dna=BOX), **o)), {}, {"column": "dna"},
    ),
    "letters in a column of another name": (
        lambda place, demo, **o: list(cd.read(frame(promoter=BOX), **o)), {}, {"column": "promoter"},
    ),
    "numbers in the column of letters": (
        lambda place, demo, **o: list(cd.read(frame(seq=7, mine=BOX), **o)), {}, {"column": "mine"},
    ),
    "classes in one of two columns": (
        lambda place, demo, **o: list(cd.read(frame(seq=BOX, label=1, y=1), **o)), {}, {"label_column": "y"},
    ),
    "a bad letter": (
        lambda place, demo, **o: list(cd.read([BOX, BOX, "ACXT", "AC!T"], **o)), {}, {"on_invalid": "skip"},
    ),
    "intervals without a genome": (
        lambda place, demo, **o: list(cd.read(place / "peaks.bed", **o)), {}, {"genome": "genome.fa"},
    ),
    "a genome for letters": (
        lambda place, demo, **o: list(cd.read([BOX], **o)), {"genome": "genome.fa"}, {"genome": OUT},
    ),
    "a length without a genome": (
        lambda place, demo, **o: list(cd.read(place / "peaks.bed", **o)), {"length": 10}, {"genome": "genome.fa"},
    ),
    "a summit without a length": (
        lambda place, demo, **o: list(cd.read(place / "x.narrowPeak", genome=place / "genome.fa", **o)),
        {"centre": "summit"}, {"length": 10},
    ),
    "no summit": (
        lambda place, demo, **o: list(cd.read(place / "peaks.bed", genome=place / "genome.fa", length=9, **o)),
        {"centre": "summit"}, {"centre": "middle"},
    ),
    "a split of a list": (lambda place, demo, **o: list(cd.read([BOX], **o)), {"split": "test"}, {"split": OUT}),
    "a column of a list": (lambda place, demo, **o: list(cd.read([BOX], **o)), {"column": "x"}, {"column": OUT}),
    "overlap without windows": (
        lambda place, demo, **o: quick(demo, **o), {"overlap": 12}, {"window_length": "auto"},
    ),
    "causes of explanations that were not repeated": (
        lambda place, demo, **o: quick(demo, **o).causes(), {}, {"over": {"strand": True}},
    ),
    "windows of variants": (
        lambda place, demo, **o: cd.variant_effect(
            demo, place / "x.vcf", genome=place / "genome.fa", method="saliency", **o
        ),
        {"window_length": 30}, {"window_length": OUT, "length": 30},
    ),
    "variants without a genome": (
        lambda place, demo, **o: cd.variant_effect(demo, place / "x.vcf", length=30, method="saliency", **o),
        {}, {"genome": "genome.fa"},
    ),
    "nothing to draw a replacement from": (
        lambda place, demo, **o: cd.ablate(demo, "TATAAAAG", (0, 8), draws=4, progress=False, **o),
        {}, {"kind": "gc_random"},
    ),
    "a count without a shuffle": (
        lambda place, demo, **o: cd.marginalize(demo, "TATA", [BOX], progress=False, **o),
        {"count": 4}, {"shuffle": "gc_random"},
    ),
    "arrays of several lengths": (
        lambda place, demo, **o: fakes([20, 24]).to_modisco(place / "m", hypothetical=False, **o), {}, {"pad": True},
    ),
    "no hypothetical scores": (
        lambda place, demo, **o: fakes([20]).to_modisco(place / "n", **o), {"hypothetical": True},
        {"hypothetical": False},
    ),
    "a token classifier": (lambda place, demo, **o: token_classifier(demo, **o), {}, {"forward": True}),
    "probabilities": (lambda place, demo, **o: probabilities(demo, **o), {}, {"logits": False}),
    "k-mers that may be codons": (
        lambda place, demo, **o: cd.load(*three_mers(), **o), {}, {"stride": 1},
    ),
    "a base beside no adapter": (
        lambda place, demo, **o: cd.load("demo", **o), {"base": "demo"}, {"base": OUT},
    ),
    "the folder of another run": (
        lambda place, demo, **o: training(place, **o) and training(place, **o), {}, {"resume": True},
    ),
    "measured labels": (
        lambda place, demo, **o: cd.finetune(
            from_scratch(k=4, layers=1, width=8, heads=2, max_bases=40, labels=("y",))
            if o else from_scratch(k=4, layers=1, width=8, heads=2, max_bases=40, labels=("a", "b")),
            planted([0.5, 1.25, 2.5]), validation=None, epochs=1, progress=False, output=place / "measured", **o,
        ),
        {}, {"task": "regression"},
    ),
    "an AUROC without one class": (
        lambda place, demo, **o: training(
            place, output=place / "auroc", validation=[s for s in planted() if s.label == "a"], **o
        ),
        {"metric": "auroc"}, {"metric": "balanced_accuracy"},
    ),
    "a column of labels beside classes": (
        lambda place, demo, **o: training(
            place, output=place / "by_class", data={n: [s.bases for s in planted() if s.label == n] for n in "ab"}, **o
        ),
        {"label_column": "y"}, {"label_column": OUT},
    ),
}  # fmt: skip


def three_mers():
    small = from_scratch(k=3, layers=1, width=8, heads=2, max_bases=40)
    small.model.config.captum_dna = None
    return small.model, small.tokenizer


def called(case, place, demo, options):
    call, _, _ = CASES[case]
    options = {name: value for name, value in options.items() if value is not OUT}
    if "genome" in options:
        options["genome"] = place / options["genome"]
    return call(place, demo, **options)


@pytest.fixture(scope="module")
def said(place, demo):
    """Return what each case is told: an error, or a warning."""
    found = {}
    for case, (_, given, _) in CASES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            try:
                called(case, place, demo, given)
            except (ValueError, UserWarning, TypeError) as error:
                found[case] = str(error)
    return found


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_a_sentence_says_to_do_is_done(case, said, place, demo):
    _, given, advice = CASES[case]
    assert case in said, "nothing was said"
    named = dict(options_in(said[case]))
    assert set(advice) & set(named), said[case]
    for option, value in advice.items():
        if named.get(option) and option != "genome":
            values = [v for name, v in options_in(said[case]) if name == option and v]
            assert str(value) in values, said[case]
    called(case, place, demo, {**given, **advice})
