"""What "nothing there" means: the reference that a path starts from.

Special tokens keep their own embedding; only tokens that cover bases are replaced.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from captum_dna.core.baselines import BASELINES
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.letters import clean, reverse_complement
from captum_dna.model.hooks import find_layers, outputs_of, replaced
from captum_dna.model.table import rows_of
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from captum_dna.core.attribution import Span
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding


_KNOWN_REFERENCES = 16
"""References whose outputs are kept; sequences of few lengths need no more."""

_ROWS_AT_ONCE = 4096
"""Tokens whose embeddings are computed at once for their mean."""


class Ends(NamedTuple):
    """Both ends of a path: (T, D) outputs of each layer, in their order, for sequence and reference."""

    real: dict[str, Tensor]
    reference: dict[str, Tensor]


def default_baseline(classifier: Classifier) -> str:
    """Return the safe baseline: mask, unless the model has none or rescales when it sees masks.

    A classifier may have a ``usual_baseline`` of its own.
    """
    own: str | None = getattr(classifier, "usual_baseline", None)
    if own is not None:
        return own
    rescales = getattr(classifier.config, "token_dropout", False)
    return "mask" if classifier.tokenizer.mask_token_id is not None and not rescales else "zero"


def check_baseline(classifier: Classifier, baseline: str | None) -> str:
    """Return the baseline to use: the default for ``None``, own letters cleaned.

    Raises
    ------
    ValueError
        No such baseline, or the tokenizer has no such token.
    """
    if baseline is None:
        return default_baseline(classifier)
    if baseline not in BASELINES:
        try:
            return clean(baseline, "baseline")
        except SequenceError as error:
            raise UserError(
                f"There is no baseline {baseline!r}. Choose one of {', '.join(BASELINES)}, "
                "or give a DNA sequence of the same length.",
                option="baseline",
            ) from error
    if baseline in ("mask", "pad", "unk"):
        _special_id(classifier, baseline)
    return baseline


def turned(baseline: str) -> str:
    """Return what stands for a baseline where sequences are turned round: of letters, their reverse complement."""
    return baseline if baseline in BASELINES else reverse_complement(baseline)


def baseline_ids(
    classifier: Classifier, encoding: Encoding, baseline: str, seed: int = 0
) -> tuple[int, ...] | None:
    """Return the ids of the reference input, or ``None`` where it has no ids (zero, mean).

    Ids are the tokenizer's, never those of the configuration, which can be wrong. What is random depends
    on the seed and on the sequence's letters alone.

    Raises
    ------
    ValueError
        No such baseline, or the tokenizer has no such token.
    SequenceError
        A reference sequence that is not read as the same number of tokens.
    """
    if baseline in ("zero", "mean"):
        return None
    if baseline in ("mask", "pad", "unk"):
        replacement = _special_id(classifier, baseline)
        ids = [replacement] * len(encoding)
        for place in _special_places(encoding.spans):
            ids[place] = encoding.input_ids[place]
        return tuple(ids)
    make = BASELINES[baseline].letters if baseline in BASELINES else None
    letters = baseline if make is None else _drawn(make, encoding, seed)
    if len(letters) != len(encoding.bases):
        raise SequenceError(
            f"The baseline sequence has {len(letters)} bases, but a sequence to be explained has "
            f"{len(encoding.bases)}. Both must have the same length."
        )
    reference = classifier.encoder.encode(letters, "baseline")
    if reference.spans != encoding.spans:
        raise SequenceError(
            f"The baseline sequence is read as {len(reference)} tokens and the sequence as "
            f"{len(encoding)}, so their tokens cannot be paired. Choose 'mask' or 'zero' with this "
            "tokenizer."
        )
    return reference.input_ids


class Start(NamedTuple):
    """What the path of one sequence starts from: a baseline, and the seed of what is random in it."""

    encoding: Encoding
    baseline: str
    seed: int = 0


def path_ends(
    classifier: Classifier,
    layers: dict[str, nn.Module],
    starts: Sequence[Start],
    known: dict[tuple[int, ...], dict[str, Tensor]] | None = None,
) -> list[Ends]:
    """Return both ends of the paths of sequences of one token length, read off the layers together.

    ``known`` keeps the outputs of references by their ids: with masks, say, all sequences of one length
    share theirs, and these are the same objects.
    """
    known = {} if known is None else known
    with torch.no_grad():
        ids = sent([start.encoding.input_ids for start in starts], classifier.device)
        real = outputs_of(classifier, layers, ids)
        references = [baseline_ids(classifier, *start) for start in starts]
        by_ids = _outputs_by_ids(classifier, layers, [one for one in references if one is not None], known)
        ends = []
        for row, (start, reference_ids) in enumerate(zip(starts, references, strict=True)):
            own = {name: value[row] for name, value in real.items()}
            if reference_ids is not None:
                reference = dict(by_ids[reference_ids])
            else:
                reference = _without_ids(classifier, layers, start, ids[row], own)
            for name, x in own.items():
                if name == "positions":
                    reference[name] = x[:1].expand_as(x)
                elif name == "token_types":
                    reference[name] = layers[name](torch.zeros(len(x), dtype=torch.long, device=x.device))
            ends.append(
                Ends({name: own[name] for name in layers}, {name: reference[name] for name in layers})
            )
    return ends


def _outputs_by_ids(
    classifier: Classifier,
    layers: dict[str, nn.Module],
    references: list[tuple[int, ...]],
    known: dict[tuple[int, ...], dict[str, Tensor]],
) -> dict[tuple[int, ...], dict[str, Tensor]]:
    """Return the outputs (T, D) of the layers for each reference; those that are new are read together, and kept."""
    new = [ids for ids in dict.fromkeys(references) if ids not in known]
    found = {ids: known[ids] for ids in references if ids in known}
    if new:
        outputs = outputs_of(classifier, layers, sent(new, classifier.device))
        for row, ids in enumerate(new):
            if len(known) >= _KNOWN_REFERENCES:
                known.clear()
            known[ids] = found[ids] = {name: value[row] for name, value in outputs.items()}
    return found


def _without_ids(
    classifier: Classifier, layers: dict[str, nn.Module], start: Start, ids: Tensor, own: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Return the outputs of the layers at a reference that no token stands for: zero, or the mean embedding."""
    covers = sent([span is not None for span in start.encoding.spans], ids.device).unsqueeze(1)
    if start.baseline == "mean":
        return _with_mean_embedding(classifier, layers, ids.unsqueeze(0), covers)
    return {name: torch.where(covers, torch.zeros_like(x), x) for name, x in own.items()}


def chance_of(encoding: Encoding, seed: int) -> np.random.Generator:
    """Return the random generator of a sequence with its tokens.

    Its reverse complement has the same, and a mutant that of what it is compared with.
    """
    letters, _ = _strand_of_draws(encoding)
    return generator(seed, letters)


def _drawn(make: Callable[[str, np.random.Generator], str], encoding: Encoding, seed: int) -> str:
    """Return random letters; those of the reverse complement are the reverse complement of those of the sequence.

    Bases beside the letters that they are drawn from, as a shifted window has them, stay as they are.
    """
    source, is_turned = _strand_of_draws(encoding)
    letters = make(source, generator(seed, source))
    if is_turned:
        letters = reverse_complement(letters)
    return "".join(
        letters[place] if 0 <= place < len(letters) else base
        for place, base in enumerate(encoding.bases, start=encoding.drawn_at)
    )


def _strand_of_draws(encoding: Encoding) -> tuple[str, bool]:
    """Return the letters that both strands of a sequence draw from, and whether they are of the other strand."""
    own = encoding.drawn_from or encoding.bases
    other = reverse_complement(own)
    is_turned = _written_alike(other) < _written_alike(own)
    return (other if is_turned else own), is_turned


def _written_alike(bases: str) -> str:
    """Return letters without what is a matter of writing: their case, and U for T."""
    return bases.upper().replace("U", "T")


def generator(seed: int, bases: str) -> np.random.Generator:
    """Return the random generator of one sequence, whatever its company, its case and its way to write T."""
    digest = hashlib.sha256(_written_alike(bases).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])


@lru_cache(maxsize=256)
def _special_places(spans: tuple[Span | None, ...]) -> tuple[int, ...]:
    """Return where the special tokens are; with words of one length, sequences of one length have them alike."""
    return tuple(place for place, span in enumerate(spans) if span is None)


def _special_id(classifier: Classifier, name: str) -> int:
    token = getattr(classifier.tokenizer, f"{name}_token_id")
    if token is None:
        raise UserError(
            f"The tokenizer of {classifier.name} has no {name} token, so there is no {name!r} baseline. "
            f"Choose another, such as 'zero'.",
            option="baseline",
        )
    return int(token)


def _with_mean_embedding(
    classifier: Classifier, layers: dict[str, nn.Module], ids: Tensor, covers: Tensor
) -> dict[str, Tensor]:
    tokens = find_layers(classifier, "tokens")
    own = outputs_of(classifier, tokens, ids)["tokens"][0]
    value = torch.where(covers, _mean_row(classifier, tokens["tokens"]).to(own.dtype), own)
    if any(module is tokens["tokens"] for module in layers.values()):
        return dict.fromkeys(layers, value)
    with replaced(tokens, {"tokens": value.unsqueeze(0)}, stopped=True):
        found = outputs_of(classifier, layers, ids)
    return {name: output[0] for name, output in found.items()}


def _mean_row(classifier: Classifier, table: nn.Module) -> Tensor:
    """Return the (D,) mean of what an embedding gives for its tokens, which may be more than its weights."""
    rows = rows_of(table) or max(classifier.encoder.vocabulary.values()) + 1
    ids = torch.arange(rows, device=classifier.device)
    parts = [table(some.unsqueeze(0))[0] for some in torch.split(ids, _ROWS_AT_ONCE)]
    return torch.cat(parts).mean(0)
