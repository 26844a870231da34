"""The space in which a path is straight: the outputs of layers, or the bases themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from captum_dna.core.letters import BASES, IUPAC
from captum_dna.engine.baselines import path_ends
from captum_dna.engine.estimate import scores_alone
from captum_dna.model.errors import ModelError
from captum_dna.model.hooks import find_layers, first_of, outputs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from captum_dna.engine.baselines import Start
    from captum_dna.engine.estimate import Views
    from captum_dna.model.classifier import Classifier

    Values = dict[str, Tensor]

REFERENCES = {
    "uniform": "every base is a quarter of each letter",
    "composition": "every base is the sequence's own mixture of letters",
}
"""Per-base references of the nucleotide space, in words."""


class Space(Protocol):
    """Where a path runs.

    ``ends`` gives the start of each path and the step to the input, by name; ``outputs`` turns a batch of points into
    layer outputs; ``shares`` splits dF/d(alpha) into (B, parts, positions) numbers.
    """

    layers: dict[str, nn.Module]

    def ends(self, starts: Sequence[Start]) -> list[tuple[Values, Values]]:
        """Return start and step of each of several sequences of one token length."""
        ...

    def outputs(self, values: Values, input_ids: Tensor) -> Values:
        """Return the (B, T, D) output of each layer at (B, ...) points."""
        ...

    def shares(self, slopes: list[Tensor], steps: list[Tensor]) -> Tensor:
        """Return what each position contributes to the slope along the path."""
        ...

    def views(self, start: Values, step: Values) -> Views:
        """Return what is read from the contributions of one sequence, the scores first."""
        ...


class LayerSpace:
    """Straight lines between the outputs of layers, as in layer integrated gradients."""

    def __init__(self, classifier: Classifier, layers: dict[str, nn.Module]) -> None:
        self.classifier = classifier
        self.layers = layers
        self._known: dict[tuple[int, ...], dict[str, Tensor]] = {}

    def ends(self, starts: Sequence[Start]) -> list[tuple[Values, Values]]:
        """Return the reference's outputs (T, D) and what is missing to the sequence's."""
        return [
            (reference, {name: real[name] - reference[name] for name in self.layers})
            for real, reference in path_ends(self.classifier, self.layers, starts, self._known)
        ]

    def outputs(self, values: Values, input_ids: Tensor) -> Values:  # noqa: ARG002 - the protocol's
        """Return the points themselves."""
        return values

    def shares(self, slopes: list[Tensor], steps: list[Tensor]) -> Tensor:
        """Return (B, layers, T)."""
        return torch.stack([(slope * step).sum(-1) for slope, step in zip(slopes, steps, strict=True)], dim=1)

    def views(self, start: Values, step: Values) -> Views:  # noqa: ARG002 - the protocol's
        """Return the token scores and, of several layers, those of each."""
        if len(self.layers) == 1:
            return scores_alone
        return lambda contributions: (
            *scores_alone(contributions),
            *np.moveaxis(contributions, -2, 0),
        )


class NucleotideSpace:
    """Straight lines between distributions over A, C, G, T at every base.

    The embedding of a k-mer is its expectation over the distributions of its k bases: a contraction of
    the embedding table with one distribution after the other. At one-hot distributions that is the
    table's own row, so the path ends in the model's real input.

    Parameters
    ----------
    classifier
        A model that reads overlapping k-mers, or single bases (k = 1), such as a network over one-hot bases.

    Raises
    ------
    ModelError
        The model reads other tokens, or its vocabulary lacks k-mers.
    """

    def __init__(self, classifier: Classifier) -> None:
        k = classifier.encoder.k or (1 if classifier.encoder.single else None)
        if k is None:
            raise ModelError(
                f"{classifier.name} reads {classifier.encoder.kind} tokens; explaining in nucleotide space needs a "
                "model of overlapping k-mers or of single bases. Use integrated_gradients, ism or base_mask."
            )
        self.classifier = classifier
        self.k = k
        self.layers = find_layers(classifier, "tokens")
        self._rows = torch.tensor(_kmer_ids(classifier, k), device=classifier.device)

    def ends(self, starts: Sequence[Start]) -> list[tuple[Values, Values]]:
        """Return the reference (L, 4) and the step to the sequence; ambiguity codes are mixtures."""
        mixtures = [_MIXTURES[np.frombuffer(start.encoding.bases.encode(), np.uint8)] for start in starts]
        shares = np.full((len(starts), 4), 0.25)
        for row, (start, mixture) in enumerate(zip(starts, mixtures, strict=True)):
            if start.baseline == "composition":
                # One count more of each letter, so that no step vanishes and every letter has a slope.
                shares[row] = (mixture.sum(axis=0) + 1) / (len(mixture) + 4)
        dtype, device = self.classifier.dtype, self.classifier.device
        real = torch.tensor(np.stack(mixtures), dtype=dtype, device=device)
        reference = torch.tensor(shares, dtype=dtype, device=device).unsqueeze(1).expand_as(real)
        step = real - reference
        return [({"bases": reference[row]}, {"bases": step[row]}) for row in range(len(starts))]

    def outputs(self, values: Values, input_ids: Tensor) -> Values:
        """Return the (B, T, D) expected token embeddings; tokens with other letters than A, C, G and T keep their own."""
        with torch.no_grad():
            own = outputs_of(self.classifier, self.layers, input_ids)["tokens"]
            table = first_of(self.layers["tokens"](self._rows))
        windows = values["bases"].unfold(1, self.k, 1)  # (B, T, 4, k)
        weights = windows[..., 0]
        for j in range(1, self.k):
            weights = (weights.unsqueeze(-1) * windows[..., j].unsqueeze(-2)).flatten(-2)
        mixed = weights @ table
        before, after = self.classifier.encoder.frame
        pieces = [own[:, : len(before)], mixed, own[:, own.shape[1] - len(after) :]]
        known = torch.isin(input_ids, self._rows).unsqueeze(-1)
        return {"tokens": torch.where(known, torch.cat(pieces, dim=1), own)}

    def shares(self, slopes: list[Tensor], steps: list[Tensor]) -> Tensor:
        """Return (B, 4, L): one part per letter."""
        return (slopes[0] * steps[0]).transpose(1, 2)

    def views(self, start: Values, step: Values) -> Views:
        """Return the base scores, and what each base would have scored as each other letter."""
        return lambda contributions: (
            *scores_alone(contributions),
            np.nan_to_num(self.hypothetical(contributions, start, step)),
        )

    def hypothetical(
        self, contributions: NDArray[np.float64], start: Values, step: Values
    ) -> NDArray[np.float64]:
        """Return what each base would have scored as each letter, by the mean gradients of the path.

        (..., 4, L) of (..., 4, L) contributions; NaN at bases whose letter is not known.
        """
        reference, moved = (values["bases"].cpu().double().numpy().T for values in (start, step))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(moved == 0, np.nan, contributions / moved)
        every: NDArray[np.float64] = slope - (reference * slope).sum(axis=-2, keepdims=True)
        return every


def _mixtures() -> NDArray[np.float64]:
    """Return (128, 4) shares of A, C, G and T that each letter of ASCII stands for; NaN where it is no base."""
    table = np.full((128, 4), np.nan)
    for letter, bases in IUPAC.items():
        shares = np.array([base in bases for base in BASES]) / len(bases)
        table[[ord(letter), ord(letter.lower())]] = shares
    return table


_MIXTURES = _mixtures()


def _kmer_ids(classifier: Classifier, k: int) -> list[int]:
    """Return the token ids of all k-mers, the last base changing fastest, in the order A, C, G, T."""
    encoder = classifier.encoder
    kmers = [""]
    for _ in range(k):
        kmers = [kmer + base for kmer in kmers for base in BASES]
    ids = [encoder.token_id(kmer) for kmer in kmers]
    missing = [kmer for kmer, token in zip(kmers, ids, strict=True) if token is None]
    if missing:
        raise ModelError(
            f"The vocabulary of {classifier.name} lacks {len(missing)} k-mers, such as {missing[0]}."
        )
    return [token for token in ids if token is not None]
