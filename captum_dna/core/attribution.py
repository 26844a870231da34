"""One result: what was explained, the scores, and what is needed to judge and redraw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.errors import UserError
from captum_dna.core.labels import BETWEEN
from captum_dna.core.numbers import fine_percent
from captum_dna.core.options import UNITS
from captum_dna.core.remarks import remarks_of
from captum_dna.core.run import Run
from captum_dna.core.several import several
from captum_dna.core.slips import names_slips
from captum_dna.core.spread import REPEATS, spread_of
from captum_dna.core.spread_words import depends_on
from captum_dna.core.words import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.certificate import Certificate
    from captum_dna.core.remark import Remark
    from captum_dna.core.sequences import Interval, Track
    from captum_dna.core.several import Several
    from captum_dna.core.spread import Spread

__all__ = ["Attribution", "Run", "Span"]

Span = tuple[int, int]

_YES = 0.5
"""The probability from which on a label is said to be there."""
LETTER, BASE, TOKEN, DRAW, REPEAT = "letter", "base", "token", "draw", "repeat"
"""What an axis of an extra array runs over: A, C, G, T; bases; tokens; baselines drawn; repetitions of the explanation."""

EXTRAS = {
    "forward": (BASE,),
    "reverse": (BASE,),
    "hypothetical": (LETTER, BASE),
    "substitutions": (LETTER, BASE),
    "spread": (TOKEN,),
    "scores_by_baseline": (DRAW, TOKEN),
    "f_baselines": (DRAW,),
    REPEATS: (REPEAT, BASE),
}
"""Axes of the arrays among the extras of results, by name; others are facts about the result as a whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """One explained sequence of L bases and T tokens.

    Parameters
    ----------
    name, sequence
        The user's name and the L letters as given.
    tokens
        T token texts, special tokens included.
    spans
        T half-open base intervals ``(start, end)``, ``None`` for a special token.
    token_scores
        (T,) signed scores in units of the output; NaN where the method scores bases only.
    base_scores
        (L,) signed scores in units of the output; NaN where the method says nothing about a base.
    target
        Label of the class explained.
    predicted, probability, probabilities
        Label of the predicted class, its probability, and those of all C classes. A model with a
        single output and no classes has the output's own value there.
    true_label
        The true class, or ``None`` where it is unknown.
    certificate
        How far to trust the scores; its numbers are properties of the result too.
    parts
        (T,) scores per embedding, where several were followed along one path.
    extras
        What else the method found, by name: the (4, L) matrix of in-silico mutagenesis, say.
    interval, origin, tracks
        As on the sequence: genome interval, base numbered 0, annotations.
    run
        How the scores were made.
    windows
        The results of the overlapping windows that this one was joined from, for a sequence longer than
        the model sees; see :func:`captum_dna.pipeline.joining.join` for what its fields then mean.
    target_index
        Place of the class explained among the model's classes, which it is known by where names repeat; ``None``
        where that is not known.
    """

    name: str
    sequence: str
    tokens: tuple[str, ...]
    spans: tuple[Span | None, ...]
    token_scores: NDArray[np.float64]
    base_scores: NDArray[np.float64]
    target: str
    predicted: str
    probability: float
    probabilities: NDArray[np.float64]
    true_label: str | None
    certificate: Certificate
    run: Run
    parts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    extras: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    interval: Interval | None = None
    origin: int = 0
    tracks: tuple[Track, ...] = ()
    windows: tuple[Attribution, ...] = ()
    target_index: int | None = None

    def __len__(self) -> int:
        return len(self.sequence)

    def __repr__(self) -> str:
        return f"<Attribution {self.headline()}>"

    @property
    def method(self) -> str:
        """Name of the method that made the scores."""
        return self.run.method

    @property
    def output(self) -> str:
        """Name of the scalar explained."""
        return self.run.output

    @property
    def f_input(self) -> float:
        """The explained output at the sequence."""
        return self.certificate.f_input

    @property
    def f_baseline(self) -> float:
        """The explained output at the baseline; NaN for methods without one."""
        return self.certificate.f_baseline

    @property
    def delta(self) -> float:
        """Sum of all token scores minus (``f_input`` - ``f_baseline``); NaN where that means nothing."""
        return self.certificate.delta

    @property
    def error(self) -> float:
        """What the true L1 error of the scores will hardly exceed, in units of the output; NaN where unknown."""
        return self.certificate.error

    @property
    def relative_error(self) -> float:
        """The same in the L2 norm, as a share of that of the scores; NaN where unknown."""
        return self.certificate.relative_error

    @property
    def off_by(self) -> float:
        """What the scores may be off by, as a share, as a badge says it; see :class:`Certificate`.

        Of a sequence read in windows, whose error nobody estimated, that of the worst window.
        """
        if self.windows and np.isnan(self.relative_error):
            return max(
                (window.off_by for window in self.windows), key=lambda share: np.nan_to_num(share, nan=-1)
            )
        return self.certificate.off_by

    @property
    def converged(self) -> bool:
        """Whether the scores are within the tolerance asked for."""
        return self.certificate.converged

    @property
    def evaluations(self) -> int:
        """Forward passes of this sequence, with or without a backward pass."""
        return self.certificate.evaluations

    @property
    def precision(self) -> str:
        """The arithmetic that the scores were computed in: ``"float64"`` of a model in that format, say."""
        return self.certificate.precision or self.run.precision

    @property
    def same_target(self) -> str | int:
        """What to give as ``target`` to explain the same class: its name, or its index where names repeat."""
        if self.target_index is None or self.run.labels.count(self.target) <= 1:
            return self.target
        return self.target_index

    @property
    def special_score(self) -> float:
        """Sum of the scores of special tokens, which belong to no base."""
        return float(sum(s for s, span in zip(self.token_scores, self.spans, strict=True) if span is None))

    @property
    def special_share(self) -> float:
        """Share of special tokens in the sum of absolute token scores; NaN without token scores."""
        total = float(np.abs(self.token_scores).sum())
        special = sum(abs(s) for s, span in zip(self.token_scores, self.spans, strict=True) if span is None)
        return float(special) / total if total > 0 else float("nan")

    @property
    def hypothetical(self) -> NDArray[np.float64] | None:
        """What each base would have scored as each letter, (4, L); ``None`` where the method does not tell.

        That of ``nucleotide_gradients``; or the output with each letter less the mean output of all four, of in-silico
        mutagenesis, which any model has.
        """
        made = self.extras.get("hypothetical")
        changes = self.extras.get("substitutions")
        if made is not None or changes is None:
            return made
        centred: NDArray[np.float64] = changes - changes.mean(axis=0)
        return centred

    @property
    def spread(self) -> Spread | None:
        """How far the scores would have been otherwise; ``None`` where the explanation was not repeated."""
        return spread_of(self)

    @property
    def regression(self) -> bool:
        """Whether the model predicts a number, so that there is no right and no wrong."""
        return self.run.head == "regression"

    @property
    def correct(self) -> bool | None:
        """Whether the prediction is right; ``None`` where the truth is unknown, or the model predicts a number.

        Where the model says yes or no to each label: whether it is right about the one that it calls most probable.
        """
        if self.true_label is None or self.regression:
            return None
        if self.run.head == "multi_label":
            return (self.predicted in self.true_label.split(BETWEEN)) == (self.probability >= _YES)
        return self.true_label == self.predicted

    @property
    def measured(self) -> float | None:
        """The measured value that a regression's prediction stands beside; ``None`` where there is none."""
        return float(self.true_label) if self.regression and self.true_label is not None else None

    @property
    def caveats(self) -> tuple[Remark, ...]:
        """What a reader of the scores has to know, each with its code and severity, warnings first."""
        return remarks_of(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The sentences of :attr:`caveats`; none if all is well."""
        return tuple(remark.text for remark in self.caveats)

    @property
    def explained(self) -> str:
        """What was explained, in words: the class, or the output of a model that has just one."""
        return "the output" if self.regression and len(self.run.labels) <= 1 else self.target

    def headline(self) -> str:
        """Return the line of words under which the scores are to be read."""
        pooled = f"mean of {len(self.windows)} windows" if self.windows else ""
        if self.regression:
            truth = "" if self.measured is None else f"measured {self.measured:.4g}, "
            predicted = f"{self.probability:.4g}{f' ({pooled})' if pooled else ''}"
        else:
            truth = "" if self.true_label is None else f"true {self.true_label}, "
            predicted = f"{self.predicted} ({self.probability:.3g}{f', {pooled}' if pooled else ''})"
        if self.windows:
            inputs = [window.f_input for window in self.windows]
            ends = (
                f"f(x) = {min(inputs):.4g} to {max(inputs):.4g} by window, largest delta = {self.delta:.2g}"
            )
        elif np.isnan(self.f_baseline):
            ends = f"f(x) = {self.f_input:.4g}"
        else:
            ends = f"f(x) = {self.f_input:.4g}, f(baseline) = {self.f_baseline:.4g}, delta = {self.delta:.2g}"
        if np.isfinite(self.relative_error):
            ends += f", estimated error {fine_percent(self.relative_error)}"
        verdict = " NOT CONVERGED" if any(one.code == "not_converged" for one in self.caveats) else ""
        spread = self.spread
        most = "" if spread is None else f" {depends_on(spread.shares)}".rstrip()
        unit = UNITS.get(self.run.output, self.run.output)
        return (
            f"{self.name}: {truth}predicted {predicted}, explained {self.explained} [{unit}], "
            f"{ends}{verdict}{f'.{most}' if most else ''}"
        )

    def save(self, path: str | Path, **options: object) -> Path:
        """Write the result to the kind of file that the suffix asks for; see :meth:`captum_dna.Attributions.save`."""
        return self._alone().save(path, **options)

    def plot(self, **options: object) -> Figure:
        """Return the picture as a matplotlib figure; see :meth:`captum_dna.Attributions.plot`."""
        return self._alone().plot(**options)

    @names_slips
    def to_frame(self, level: str = "base") -> pd.DataFrame:
        """Return a table, a row per base or as ``level`` says; see :meth:`captum_dna.Attributions.to_frame`."""
        return self._alone().to_frame(level)

    @names_slips
    def to_logomaker(self, *, hypothetical: bool = False) -> pd.DataFrame:
        """Return the table that ``logomaker.Logo`` draws; see :func:`captum_dna.io.frames.logo_frame`."""
        return self._alone().to_logomaker(hypothetical=hypothetical)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return self._alone()._repr_mimebundle_(include, exclude)

    def _alone(self) -> Several:
        """Return the result as results of one: they have the pictures and the files."""
        return several([self])


def results_given(name: str, given: object) -> list[Attribution]:
    """Return one result or several as a list.

    Raises
    ------
    UserError
        Something else was given as the argument of this name, such as a model or sequences.
    """
    items = list(given) if isinstance(given, Iterable) and not isinstance(given, Attribution) else [given]
    found: list[Attribution] = []
    for item in items:
        if not isinstance(item, Attribution):
            raise UserError(
                f"`{name}` must be results, as attribute() returns them, not {kind_of(item)}. Explain some sequences first.",
                option=name,
            )
        found.append(item)
    return found
