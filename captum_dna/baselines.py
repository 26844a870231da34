"""What "nothing there" means: the reference that a path starts from.

Special tokens keep their own embedding; only tokens that cover bases are replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captum_dna.classifier import Classifier
    from captum_dna.encoding import Encoding

BASELINES = {
    "mask": "every token that covers bases becomes the mask token",
    "pad": "every token that covers bases becomes the padding token",
    "unk": "every token that covers bases becomes the unknown token",
    "zero": "the embedding of every token that covers bases becomes the zero vector",
}
"""What each baseline does, in words."""


def default_baseline(classifier: Classifier) -> str:
    """Return the safe baseline: mask, unless the model has none or rescales when it sees masks."""
    rescales = getattr(classifier.config, "token_dropout", False)
    return "mask" if classifier.tokenizer.mask_token_id is not None and not rescales else "zero"


def baseline_ids(classifier: Classifier, encoding: Encoding, baseline: str) -> tuple[int, ...] | None:
    """Return the ids of the reference input, or ``None`` for the zero vector.

    Ids are the tokenizer's, never those of the configuration, which can be wrong.

    Raises
    ------
    ValueError
        No such baseline, or the tokenizer has no such token.
    """
    if baseline not in BASELINES:
        raise ValueError(f"There is no baseline {baseline!r}; choose one of {', '.join(BASELINES)}.")
    if baseline == "zero":
        return None
    replacement = getattr(classifier.tokenizer, f"{baseline}_token_id")
    if replacement is None:
        raise ValueError(
            f"The tokenizer of {classifier.name} has no {baseline} token, so there is no {baseline!r} baseline; "
            f"choose another, such as 'zero'."
        )
    return tuple(
        token if span is None else replacement
        for token, span in zip(encoding.input_ids, encoding.spans, strict=True)
    )
