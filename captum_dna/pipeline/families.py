"""What is known about model families, and how a given model is read.

The table is for people: attribution finds everything it needs from the model and its tokenizer, so a
model that is not listed works the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import BASES
from captum_dna.core.registry import Registry

if TYPE_CHECKING:
    from captum_dna.model.classifier import Classifier

_EXAMPLE = "ACGTTGCATATAAAAGGCATGCCA"
_MANY = 240
"""Random bases that tell how many a token covers (a multiple of 6, which leaves no tail)."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that read DNA in the same way.

    Parameters
    ----------
    name, tokens
        What people call them, and what one token is.
    examples
        Hub ids of checkpoints, or what to look for.
    proved
        Stand-ins on which every law is tested; their names are those of the tests' own table.
    remark
        What to note.
    """

    name: str
    tokens: str
    examples: tuple[str, ...]
    proved: tuple[str, ...]
    remark: str


_OWN = (
    Family(
        "DNABERT",
        "overlapping k-mers, k = 3 to 6",
        ("armheb/DNA_bert_6", "zhihan1996/DNA_bert_6"),
        ("3-mer BERT", "4-mer BERT", "5-mer BERT", "6-mer BERT"),
        "the vocabulary is upper case whatever do_lower_case says; one N spoils k tokens",
    ),
    Family(
        "Other encoders on k-mers",
        "overlapping k-mers",
        ("DeBERTa, RoBERTa, ELECTRA and DistilBERT on DNABERT's vocabulary",),
        ("DebertaV2", "Roberta", "Electra", "DistilBert"),
        "read by the same rule as DNABERT",
    ),
    Family(
        "Nucleotide Transformer v1, AgroNT",
        "6-mers, single bases at the tail and around N",
        ("InstaDeepAI/nucleotide-transformer-500m-human-ref", "InstaDeepAI/agro-nucleotide-transformer-1b"),
        ("Esm absolute, token dropout", "Esm absolute"),
        "token dropout rescales what sees a mask, so the default baseline is zero where it is on",
    ),
    Family(
        "Nucleotide Transformer v2",
        "6-mers, single bases at the tail and around N",
        ("InstaDeepAI/nucleotide-transformer-v2-50m-multi-species",),
        ("Esm rotary", "Esm rotary, token dropout"),
        "the published models bring code of their own; tested on the class of Transformers",
    ),
    Family(
        "DNABERT-2, DNABERT-S",
        "byte pairs",
        ("zhihan1996/DNABERT-2-117M", "zhihan1996/DNABERT-S"),
        ("Bert, byte pairs",),
        "the published models bring code of their own; the configuration's padding id is the unknown token's, so the "
        "tokenizer's is used",
    ),
    Family(
        "GENA-LM",
        "byte pairs, N among them",
        ("AIRI-Institute/gena-lm-bigbird-base-t2t",),
        ("BigBird",),
        "a sparse BigBird switches to full attention for good at the first short input; here it switches "
        "back",
    ),
    Family(
        "Word pieces and unigrams",
        "word pieces, sentence pieces",
        ("BERT with a vocabulary of its own",),
        ("Bert, word pieces", "Bert, unigrams"),
        "one N turns a whole sequence into one unknown word piece; it is refused, with its position",
    ),
    Family(
        "ModernBERT-DNA, EuroBERT",
        "byte pairs",
        ("RaphaelMourad/ModernBERT-DNA-v1-37M-hg38",),
        ("ModernBert", "EuroBert"),
        "parts are computed in single precision, whatever the weights are",
    ),
    Family(
        "Decoders",
        "byte pairs",
        ("RaphaelMourad/Mistral-DNA-v1-138M-bacteria", "Llama, Gemma and GPT2 classifiers"),
        ("Llama", "Mistral", "Gemma", "GPT2"),
        "read their output from the last token that is not padding, so they need a padding token even for one sequence",
    ),
    Family(
        "Mixtures of experts",
        "byte pairs",
        ("RaphaelMourad/Mistral-DNA-v1-17M-hg38", "Jamba classifiers"),
        ("Mixtral", "Jamba"),
        "the output jumps where another expert is chosen: DeepLIFT refuses them or says how far off it is, and an "
        "integral says that it has not converged",
    ),
    Family(
        "Mamba",
        "byte pairs",
        ("plant-dnamamba models",),
        ("Mamba",),
        "Transformers has no classifier: tested on its body under a linear head; its loop over the tokens takes time with "
        "the square of the length, unless it is loaded with use_mambapy=True",
    ),
    Family(
        "HyenaDNA",
        "single bases",
        ("LongSafari/hyenadna-small-32k-seqlen-hf",),
        ("HyenaDNA",),
        "takes no mask; the published models bring code of their own, which ran here with rough weights; tested on a "
        "stand-in of gated long convolutions",
    ),
    Family(
        "Caduceus",
        "single bases",
        ("kuleshov-group/caduceus-ps_seqlen-131k_d_model-256_n_layer-16",),
        ("Caduceus",),
        "looks its table up twice, once for each strand, so the path runs at the block around it; the published code needs "
        "a GPU and was not run; tested on a stand-in with a recurrence, which DeepLIFT has no rule for and says so",
    ),
    Family(
        "RNA models",
        "single bases, U for T",
        ("RNA language models of the ESM kind",),
        ("RNA",),
        "DNA is given to them as RNA, base for base",
    ),
    Family(
        "One-hot networks",
        "single bases",
        ("any torch module over (B, 4, L) with captum_dna.OneHot()",),
        ("One-hot network",),
        "not a language model: the table of letters is its embedding, and the default baseline is zero",
    ),
)

FAMILIES: Registry[Family] = Registry(
    "family",
    "captum_dna.families",
    {one.name: one for one in _OWN},
    needs=("name", "tokens", "examples", "proved", "remark"),
)
"""Families that were tried, open to other packages by the entry points ``captum_dna.families``; others are read
by the same rules and say so when they cannot be."""


def table() -> str:
    """Return the families as a table in Markdown, as the documentation shows it."""
    head = ["| family | tokens | every law tested on | note |", "|---|---|---|---|"]
    rows = [
        f"| {one.name} | {one.tokens} | {'; '.join(one.proved)} | {one.remark} |" for one in FAMILIES.values()
    ]
    return "\n".join(head + rows)


def describe(classifier: Classifier) -> dict[str, str]:
    """Return how a model will be read, topic by topic, in words.

    Examples
    --------
    >>> import captum_dna
    >>> words = describe(captum_dna.load("demo"))
    >>> words["tokens"]
    'overlapping k-mers, k = 6'
    >>> words["an N"]
    'makes 6 tokens unknown'
    """
    from captum_dna.core.baselines import BASELINES
    from captum_dna.engine.baselines import default_baseline
    from captum_dna.model.hooks import find_layers

    encoder = classifier.encoder
    example = encoder.encode(_EXAMPLE, "example")
    limit = classifier.max_tokens
    most = f"{limit} tokens" if limit else "no limit found"
    if classifier.max_bases:
        most += f" = {classifier.max_bases} bases"
    baseline = default_baseline(classifier)
    block = find_layers(classifier, "embeddings")["embeddings"]
    path = next(name for name, module in classifier.model.named_modules() if module is block)
    untrained = f"; untrained: {', '.join(classifier.untrained)}" if classifier.untrained else ""
    return {
        "model": f"{classifier.name} ({type(classifier.model).__name__})",
        "classes": ", ".join(classifier.labels),
        "head": classifier.head.replace("_", " ") + untrained,
        "outputs": classifier.network.ending.words,
        "tokens": f"{encoder.kind}, k = {encoder.k}" if encoder.k else encoder.kind,
        "from word to word": _from_word_to_word(classifier),
        "bases per token": _bases_per_token(classifier),
        "an N": _an_n(classifier),
        "example": f"{_EXAMPLE} is read as {' '.join(example.tokens[:5])} ...",
        "longest sequence": most,
        "baseline": f"{baseline}: {BASELINES[baseline].words}",
        "layer": f"{path} ({type(block).__name__})",
        "note": "; ".join(quirks(classifier)) or "nothing",
        "fingerprint": f"model {classifier.fingerprint}, tokenizer {encoder.fingerprint}",
    }


EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
"""What configurations call the number of experts of which a layer chooses some."""


def quirks(classifier: Classifier) -> list[str]:
    """Return what is unusual about a model, in words; found by trying it where it can be."""
    import torch

    from captum_dna.model.hooks import find_layers, reads_ids_elsewhere

    config, tokenizer = classifier.config, classifier.tokenizer
    found = []
    if getattr(config, "token_dropout", False):
        found.append("token dropout: it rescales its embeddings when it sees mask tokens")
    with classifier.at_rest():
        ids = torch.tensor(classifier.probe.input_ids, device=classifier.device)
        if reads_ids_elsewhere(classifier, find_layers(classifier, "embeddings"), ids):
            found.append(
                "it reads token ids beside its embedding (for positions, masks or padding), so a path keeps the real ones"
            )
    found += [
        f"its tokenizer has no {word} token, so there is no {word!r} baseline"
        for word in ("mask", "pad")
        if getattr(tokenizer, f"{word}_token_id") is None
    ]
    theirs, ours = getattr(config, "pad_token_id", None), tokenizer.pad_token_id
    if None not in (theirs, ours) and theirs != ours:
        found.append(f"its configuration says that padding is token {theirs}, its tokenizer says {ours}")
    if not classifier.takes_mask:
        found.append("it takes no attention mask; nothing is ever padded here")
    if any(getattr(module, "attention_type", "") == "block_sparse" for module in classifier.model.modules()):
        found.append("it reads short sequences with full attention and long ones with sparse attention")
    if any(getattr(config, word, 0) for word in EXPERTS):
        found.append(
            "it chooses experts by the data: DeepLIFT refuses it or says how far off it is, and an integral may not "
            "converge"
        )
    return found


def _from_word_to_word(classifier: Classifier) -> str:
    """Return the stride and the separator, and what tells them."""
    from captum_dna.model.words import may_be_codons

    encoder = classifier.encoder
    stride, separator = encoder.reading.get("stride"), encoder.reading.get("separator")
    if stride is None:
        return "as the tokenizer cuts"
    how = f"{stride} base{'s' if stride > 1 else ''}"
    if encoder.word != 1:
        how += f", because {encoder.stride_by}"
    if may_be_codons(encoder):
        how += "; 3-mers may be codons, which stride=3 (--stride 3) says"
    return how if separator is None else f"{how}, separated by {separator!r} in the tokenizer's text"


def _bases_per_token(classifier: Classifier) -> str:
    encoder = classifier.encoder
    if encoder.k:
        return f"{encoder.k}, one token from every base to the next"
    if encoder.single:
        return "1"
    bases = "".join(np.random.default_rng(0).choice(list(BASES), size=_MANY))
    spans = [span for span in encoder.encode(bases, "example").spans if span is not None]
    sizes = [end - start for start, end in spans]
    least, most = min(sizes), max(sizes)
    return f"{least} to {most}, {np.mean(sizes):.1f} on average" if least < most else str(most)


def _an_n(classifier: Classifier) -> str:
    half = _EXAMPLE[: len(_EXAMPLE) // 2]
    try:
        unknown = len(classifier.encoder.encode(f"{_EXAMPLE}{half}N{half}{_EXAMPLE}", "example").unknown)
    except SequenceError:
        return "makes the whole sequence unknown, and is refused"
    return f"makes {unknown} token{'s' if unknown > 1 else ''} unknown" if unknown else "is known"
