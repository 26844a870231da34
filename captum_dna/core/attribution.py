"""One result: what was explained, the scores, and what is needed to judge and redraw them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.core.certificate import Certificate
    from captum_dna.core.sequences import Interval, Track

Span = tuple[int, int]

DIFFERENCE = "difference of "
"""How the method of a result begins that is one result minus another."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all results of one run share: how the scores were made, and by what.

    Parameters
    ----------
    method, method_options
        Name of the method and the options that it was given.
    complete
        Whether the method's token scores sum to f(x) - f(baseline) by construction.
    signed
        Whether the sign of a score means something; saliency, for one, has none.
    output
        The scalar that is explained: ``"log_odds"``, ``"logit"`` or ``"probability"``.
    baseline, layer, projection, conserving, precision
        Names of the choices made; ``conserving`` tells whether base scores keep the tokens' sum.
    tolerance
        Completeness error asked for, as a share of ``|f(x) - f(baseline)|``; ``None`` for a preview.
    strands
        ``"both"`` where the scores are the mean over the sequence and its reverse complement.
    labels
        The model's class names, in order.
    model, model_fingerprint, tokenizer_fingerprint, versions, seed
        Provenance: name and content hash of what was explained, package versions, random seed.
    """

    method: str = "integrated_gradients"
    method_options: dict[str, Any] = field(default_factory=dict)
    complete: bool = True
    signed: bool = True
    output: str = "log_odds"
    baseline: str = "mask"
    layer: str = "embeddings"
    projection: str = "split"
    conserving: bool = True
    precision: str = "float32"
    tolerance: float | None = None
    strands: str = "forward"
    labels: tuple[str, ...] = ()
    model: str = ""
    model_fingerprint: str = ""
    tokenizer_fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None


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
        the model sees; see :func:`captum_dna.pipeline.windows.join` for what its fields then mean.
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
        """Estimated integration error of the scores, in units of the output; NaN where unknown."""
        return self.certificate.error

    @property
    def converged(self) -> bool:
        """Whether the scores are within the tolerance asked for."""
        return self.certificate.converged

    @property
    def evaluations(self) -> int:
        """Forward passes of this sequence, with or without a backward pass."""
        return self.certificate.evaluations

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
    def correct(self) -> bool | None:
        """Whether the prediction is right; ``None`` where the truth is unknown."""
        return None if self.true_label is None else self.true_label == self.predicted

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the scores has to know, in sentences; none if all is well."""
        if self.windows:
            return self._remarks_of_windows()
        difference = abs(self.f_input - self.f_baseline)
        told = []
        if not np.isfinite(self.f_input):
            return ("The model's output is not a number for this sequence, so there are no scores.",)
        if self.run.method == "integrated_gradients" and self.run.tolerance is None:
            told.append("A preview: the pattern is near, the magnitudes are off by some 10 %.")
        elif self.run.complete and not self.converged:
            told.append(f"Not complete: the scores' sum is off by {self.delta:.2g} of {difference:.3g}.")
        if difference == 0 and not self.run.method.startswith(DIFFERENCE):
            told.append("f(x) equals f(baseline): there is nothing to explain.")
        elif (
            difference < 1 and self.run.output != "probability" and not self.run.method.startswith(DIFFERENCE)
        ):
            told.append(
                f"f(x) and f(baseline) differ by only {difference:.2g}: there is little to explain, and other "
                "baselines or methods may tell another story."
            )
        if not self.run.signed:
            told.append("The scores have no sign: they tell how much, not in which direction.")
        if self.special_share > 0.5:
            told.append(f"{self.special_share:.0%} of the score lies on special tokens, not on bases.")
        return (*told, *self._remark_of_strands())

    def _remark_of_strands(self) -> tuple[str, ...]:
        if "strand_agreement" in self.extras and float(self.extras["strand_agreement"]) < 0.5:
            return (f"The strands hardly agree (r = {float(self.extras['strand_agreement']):.2f}).",)
        return ()

    def _remarks_of_windows(self) -> tuple[str, ...]:
        """Say which windows cannot be trusted; what is said of all of them is said once."""
        told = [f"Joined from {len(self.windows)} windows, each with an f(x) of its own."]
        broken = sum(not np.isfinite(window.f_input) for window in self.windows)
        if broken:
            told.append(f"In {broken} of the windows the model's output is not a number.")
        unfinished = [w for w in self.windows if w.run.complete and w.run.tolerance and not w.converged]
        if unfinished:
            told.append(
                f"Not complete in {len(unfinished)} of the windows: off by up to {abs(self.delta):.2g}."
            )
        if self.run.method == "integrated_gradients" and self.run.tolerance is None:
            told.append("A preview: the pattern is near, the magnitudes are off by some 10 %.")
        if not self.run.signed:
            told.append("The scores have no sign: they tell how much, not in which direction.")
        return (*told, *self._remark_of_strands())

    def headline(self) -> str:
        """Return the line of words under which the scores are to be read."""
        if self.windows:
            inputs = [window.f_input for window in self.windows]
            return (
                f"{self.name}: true {self.true_label or 'unknown'}, predicted {self.predicted} "
                f"({self.probability:.3g}, mean of {len(self.windows)} windows), explained {self.target} "
                f"[{self.run.output}], f(x) = {min(inputs):.4g} to {max(inputs):.4g} by window, "
                f"largest delta = {self.delta:.2g}{'' if self.converged else ' NOT CONVERGED'}"
            )
        return (
            f"{self.name}: true {self.true_label or 'unknown'}, predicted {self.predicted} "
            f"({self.probability:.3g}), explained {self.target} [{self.run.output}], "
            f"f(x) = {self.f_input:.4g}, f(baseline) = {self.f_baseline:.4g}, "
            f"delta = {self.delta:.2g}{'' if self.converged else ' NOT CONVERGED'}"
        )
