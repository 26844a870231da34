"""Sequences longer than the model sees: cut into overlapping windows, explained one by one, joined.

The windows of a sequence all have one length and lie evenly, so that neighbours share at least ``overlap`` bases.
Where words begin every so many bases, as codons do, windows begin with a word of the whole sequence and end with one.
How their results become one is :mod:`captum_dna.pipeline.joining`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from captum_dna.core.axis import window_name
from captum_dna.core.checks import whole_number
from captum_dna.core.errors import TooLongError, UserError
from captum_dna.core.options import AUTO
from captum_dna.pipeline.joining import join, weights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.options import Options
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding
    from captum_dna.model.tokenization import Encoder

_LEAST_LOG = 1e-300


@dataclass(frozen=True, slots=True)
class Windowing:
    """How long sequences are cut: see ``window_length`` and ``overlap`` of :func:`captum_dna.attribute`."""

    length: int | Literal["auto"]
    overlap: int | None


class Piece(NamedTuple):
    """What the model reads at once: a sequence or a window of one, with its tokens."""

    sequence: Sequence
    encoding: Encoding


def windowing_of(classifier: Classifier, options: Options) -> Windowing | None:
    """Return how long sequences are cut for a model; ``None`` where they are to be explained whole.

    Raises
    ------
    UserError
        Windows not longer than the overlap that they need, or an overlap too short for k-mers.
    """
    length = options.window_length
    if length is None:
        return None
    windowing = Windowing(length, options.overlap)
    most = classifier.max_bases
    if isinstance(length, int) and most is not None and length > most:
        raise UserError(
            f"Windows of {length} bases are too long for the model, which takes at most {most}. "
            f"Give a shorter `window_length`, or `window_length='{AUTO}'`.",
            option="window_length",
        )
    size = length if isinstance(length, int) else most
    if size is not None:
        _overlap(classifier, windowing, size)
    return windowing


def tiling_of(
    classifier: Classifier, window: int | Literal["auto"] = "auto", stride: int | None = None
) -> tuple[int, int]:
    """Return the bases of the windows that a genome is read in, and those from one window to the next.

    Parameters
    ----------
    classifier
        The model.
    window
        Bases of a window; ``"auto"`` for as many as fit the model. Cut to whole words where words do not overlap.
    stride
        Bases from one window to the next; by default three quarters of a window.

    Raises
    ------
    UserError
        No number of bases fits every sequence, too many bases, or windows that share fewer bases than k-mers need.
    """
    most, encoder = classifier.max_bases, classifier.encoder
    if window == AUTO and most is None:
        raise UserError(
            f"How many bases fit {classifier.name} depends on their letters. Give `window` as a number of bases.",
            option="window",
        )
    size = int(most or 0) if window == AUTO else whole_number("window", window, 1)
    if most is not None and size > most:
        raise UserError(
            f"Windows of {size} bases are too long for the model, which takes at most {most}. Give a shorter `window`, or "
            f"`window='{AUTO}'`.",
            option="window",
        )
    size, shared = _whole_words(encoder, size), 2 * _margin(encoder)
    least = max(encoder.longest, shared + encoder.stride)
    if size < least:
        raise UserError(
            f"Windows of {size} bases are too short for tokens of {encoder.longest}. Give a `window` of at least {least}.",
            option="window",
        )
    if stride is None:
        step = size - max(size // 4, shared)
        return size, max(encoder.stride, step - step % encoder.stride)
    step = whole_number("window_stride", stride, 1)
    if step > size - shared:
        why = (
            f"windows of {size} bases would leave bases out between them"
            if not shared
            else f"{encoder.word}-mers need windows that share at least {shared} bases, since with fewer some bases would "
            "only be scored where k-mers that cover them are cut off"
        )
        raise UserError(
            f"`window_stride` is {step} bases, but {why}. Give at most {size - shared}.",
            option="window_stride",
        )
    return size, step


def cut(classifier: Classifier, sequence: Sequence, windowing: Windowing | None) -> tuple[Piece, ...]:
    """Return the windows of a sequence, read by the tokenizer; the sequence alone where it is short enough.

    Raises
    ------
    SequenceError
        The tokenizer cannot read the sequence, or the model does not take a window.
    UserError
        The windows that fit the model are not longer than the overlap.
    """
    if windowing is not None and windowing.length == AUTO and classifier.max_bases is None:
        return _fitting(classifier, sequence, windowing)
    windows: tuple[Sequence, ...] = (sequence,)
    if windowing is not None:
        size = classifier.max_bases if windowing.length == AUTO else windowing.length
        windows = _evenly(classifier, sequence, windowing, int(size or 0))
    return tuple(piece_of(classifier, window, windowing) for window in windows)


def piece_of(classifier: Classifier, sequence: Sequence, windowing: Windowing | None) -> Piece:
    """Return a sequence, or a window of one, with its tokens.

    Raises
    ------
    SequenceError
        The model does not take it; the advice is one for sequences that are cut so, or not at all.
    """
    try:
        return Piece(sequence, classifier.encode(sequence))
    except TooLongError as error:
        if windowing is None:
            raise error.advised(f"Explain it in overlapping windows with `window_length='{AUTO}'`") from None
        raise error.advised("Give a shorter `window_length`") from None


def pooled(head: str, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (C,) probabilities that speak for all windows: the mean of their log-probabilities.

    Parameters
    ----------
    head
        What the model's outputs are; see :attr:`captum_dna.Classifier.head`. Those of a regression are
        averaged as they are.
    probabilities
        (n, C) of each window.
    """
    if head == "regression":
        return np.asarray(probabilities.mean(axis=0))
    means: NDArray[np.float64] = np.exp(np.log(np.maximum(probabilities, _LEAST_LOG)).mean(axis=0))
    return means / means.sum() if head == "single_label" else means


@dataclass(frozen=True)
class Pieces:
    """What is given to the model for some sequences, and how to put the results together again.

    Parameters
    ----------
    classifier
        The model.
    sequences
        The sequences as given.
    cuts
        The windows of each, read by the tokenizer; one that is the sequence itself where it is short enough.
    """

    classifier: Classifier
    sequences: list[Sequence]
    cuts: list[tuple[Piece, ...]]

    @property
    def in_order(self) -> list[Piece]:
        """All windows, one sequence after the other."""
        return [piece for cut in self.cuts for piece in cut]

    def targets(self, targets: SequenceABC[int | None], batch_size: int | None) -> list[int | None]:
        """Return the class explained of each window, the same for all windows of a sequence.

        Where none was asked for it is the class with the largest mean log-probability over the windows.
        """
        found: list[int | None] = []
        for windows, asked in zip(self.cuts, targets, strict=True):
            target = asked
            if target is None and len(windows) > 1:
                logits = self.classifier.predict_logits([one.encoding for one in windows], batch_size)
                target = int(pooled(self.classifier.head, self.classifier.probabilities(logits)).argmax())
            found += [target] * len(windows)
        return found

    def joined(self, results: Mapping[int, Attribution]) -> list[Attribution]:
        """Return the results of the sequences whose windows are all there, by their place in the order."""
        found, first = [], 0
        for sequence, windows in zip(self.sequences, self.cuts, strict=True):
            own = [results[i] for i in range(first, first + len(windows)) if i in results]
            first += len(windows)
            if len(own) == len(windows):
                found.append(own[0] if len(own) == 1 else self._join(sequence, own))
        return found

    def _join(self, sequence: Sequence, windows: list[Attribution]) -> Attribution:
        encoder, labels = self.classifier.encoder, self.classifier.labels
        starts = window_starts(len(sequence), [len(window) for window in windows], encoder.stride)
        probabilities = pooled(self.classifier.head, np.array([w.probabilities for w in windows]))
        predicted = int(probabilities.argmax())
        joined = join(windows, starts, weights(starts, len(windows[0]), _margin(encoder)), len(sequence))
        return replace(
            joined,
            name=sequence.name,
            sequence=sequence.bases,
            predicted=labels[predicted],
            probability=float(probabilities[predicted]),
            probabilities=probabilities,
            interval=sequence.interval,
            origin=sequence.origin,
            tracks=sequence.tracks,
        )


def window_starts(length: int, lengths: SequenceABC[int], stride: int = 1) -> list[int]:
    """Return where evenly lying windows of one length begin; the last ends with the sequence, or its last whole word.

    Examples
    --------
    >>> window_starts(10, [4, 4, 4]), window_starts(20, [6, 6, 6, 6], stride=3)
    ([0, 3, 6], [0, 3, 9, 12])
    """
    places = np.linspace(0, (length - lengths[0]) // stride, len(lengths))
    return [round(place) * stride for place in places.tolist()]


def _evenly(
    classifier: Classifier, sequence: Sequence, windowing: Windowing, size: int
) -> tuple[Sequence, ...]:
    """Return as few windows of one size as cover the sequence with the overlap that is wanted."""
    length, encoder = len(sequence), classifier.encoder
    whole = _whole_words(encoder, size)
    if length <= size or length - whole < encoder.stride:
        return (sequence,)
    overlap, size = _overlap(classifier, windowing, size), whole
    apart = (size - overlap) // encoder.stride
    if apart < 1:
        raise UserError(
            f"Windows of {size} bases cannot overlap by {overlap} and begin with a word of the sequence, where words begin "
            f"every {encoder.stride} bases. Give a longer `window_length` or a shorter `overlap`.",
            option="overlap" if windowing.overlap is not None else "window_length",
        )
    count = 1 + -(-((length - size) // encoder.stride) // apart)
    return tuple(
        replace(sequence.part(start, start + size), name=window_name(sequence, start, size))
        for start in window_starts(length, [size] * count, encoder.stride)
    )


def _whole_words(encoder: Encoder, size: int) -> int:
    """Return the bases that the whole words in so many bases cover."""
    return size - (size - encoder.word) % encoder.stride if encoder.word and size >= encoder.word else size


def _fitting(classifier: Classifier, sequence: Sequence, windowing: Windowing) -> tuple[Piece, ...]:
    """Return windows whose tokens fit the model, where the length of tokens differs: tried, not guessed."""
    limit, encoder = classifier.max_tokens, classifier.encoder
    encoding = encoder.encode(sequence.bases, sequence.name)
    if limit is None or len(encoding) <= limit:
        return (Piece(sequence, encoding),)
    special = sum(span is None for span in encoding.spans)
    size = len(sequence) * (limit - special) // (len(encoding) - special)
    while True:
        windows = _evenly(classifier, sequence, windowing, size)
        pieces = tuple(Piece(one, encoder.encode(one.bases, one.name)) for one in windows)
        if all(len(piece.encoding) <= limit for piece in pieces):
            return pieces
        size -= max(1, size // 50)


def _overlap(classifier: Classifier, windowing: Windowing, size: int) -> int:
    """Return the overlap of windows of a size, by default a quarter of it."""
    encoder = classifier.encoder
    least = 2 * _margin(encoder)
    overlap = max(size // 4, least) if windowing.overlap is None else windowing.overlap
    if overlap < least:
        raise UserError(
            f"`overlap` is {overlap} bases, but {encoder.word}-mers need at least {least}: with fewer, some bases would "
            "only be scored where k-mers that cover them are cut off.",
            option="overlap",
        )
    if size <= overlap:
        raise UserError(
            f"Windows of {size} bases are not longer than their overlap of {overlap} bases. "
            "Give a longer `window_length` or a shorter `overlap`.",
            option="overlap" if windowing.overlap is not None else "window_length",
        )
    return overlap


def _margin(encoder: Encoder) -> int:
    """Return the bases at the end of a window some of whose words are cut off there."""
    return encoder.word - 1 if encoder.word and encoder.stride < encoder.word else 0
