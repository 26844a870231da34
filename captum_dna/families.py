"""What is known about model families, and how a given model is read.

The table is for people: attribution finds everything it needs from the model and its tokenizer, so a
model that is not listed works the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.baselines import BASELINES, default_baseline
from captum_dna.layers import find_layers

if TYPE_CHECKING:
    from captum_dna.classifier import Classifier

_EXAMPLE = "ACGTTGCATATAAAAGGCATGCCA"


@dataclass(frozen=True, slots=True)
class Family:
    """Models that read DNA in the same way.

    Parameters
    ----------
    name, tokens
        What people call them, and what one token is.
    examples
        Hub ids of checkpoints, or what to look for.
    remark
        What to mind.
    proved
        Whether the laws are tested on a stand-in of this family.
    """

    name: str
    tokens: str
    examples: tuple[str, ...]
    remark: str
    proved: bool


FAMILIES = (
    Family(
        "DNABERT",
        "overlapping k-mers, k = 3 to 6",
        ("armheb/DNA_bert_6", "zhihan1996/DNA_bert_6"),
        "the vocabulary is upper case whatever do_lower_case says; one N spoils k tokens",
        proved=True,
    ),
    Family(
        "BERT relatives on k-mers",
        "overlapping k-mers",
        ("RoBERTa, ELECTRA and DistilBERT classes",),
        "read by the same rule as DNABERT",
        proved=True,
    ),
    Family(
        "ModernBERT on DNA",
        "byte pairs",
        ("any ModernBert checkpoint with a fast tokenizer",),
        "spans are the tokenizer's offsets",
        proved=True,
    ),
    Family(
        "Nucleotide Transformer",
        "6-mers, single bases at the tail",
        ("InstaDeepAI/nucleotide-transformer-500m-human-ref",),
        "token dropout rescales what sees a mask, so the default baseline is zero where it is on",
        proved=True,
    ),
)
"""Families that were tried; others are read by the same rules and say so when they cannot be."""


def describe(classifier: Classifier) -> dict[str, str]:
    """Return how a model will be read, topic by topic, in words.

    Examples
    --------
    >>> import captum_dna
    >>> describe(captum_dna.load("demo"))["tokens"]
    'overlapping k-mers, k = 6'
    """
    encoder = classifier.encoder
    example = classifier.encode(_EXAMPLE)
    shown = " ".join(example.tokens[:5]) + " ..."
    limit = classifier.max_tokens
    most = f"{limit} tokens" if limit else "no limit found"
    if classifier.max_bases:
        most += f" = {classifier.max_bases} bases"
    baseline = default_baseline(classifier)
    block = find_layers(classifier, "embeddings")["embeddings"]
    path = next(name for name, module in classifier.model.named_modules() if module is block)
    return {
        "model": f"{classifier.name} ({type(classifier.model).__name__})",
        "classes": ", ".join(classifier.labels),
        "head": classifier.head.replace("_", " "),
        "tokens": f"{encoder.kind}, k = {encoder.k}" if encoder.k else encoder.kind,
        "example": f"{_EXAMPLE} is read as {shown}",
        "longest sequence": most,
        "baseline": f"{baseline}: {BASELINES[baseline]}",
        "layer": f"{path} ({type(block).__name__})",
        "fingerprint": f"model {classifier.fingerprint}, tokenizer {encoder.fingerprint}",
    }
