"""What travels from the checks of a call to its results: the choices and the model, and sequences that it can read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from captum_dna.core.baselines import BASELINES
from captum_dna.engine.baselines import turned

if TYPE_CHECKING:
    from captum_dna.core.options import Options
    from captum_dna.core.sequences import Sequence
    from captum_dna.engine.protocol import Method, Settings
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Piece, Windowing


@dataclass(frozen=True)
class Plan:
    """The choices of one call, checked against its model; those that it is repeated over have plans of their own."""

    classifier: Classifier
    options: Options
    method: Method
    settings: Settings
    windowing: Windowing | None
    repeats: tuple[Repeat, ...] = ()

    @property
    def both(self) -> bool:
        """Whether the reverse complements are explained as well."""
        return self.options.strands == "both"

    @property
    def has_letters_beside(self) -> bool:
        """Whether sequences are compared with letters that were given, base by base."""
        own = getattr(self.method, "baselines", ())
        known = {
            "baseline": (self.settings.baseline,),
            "own": (own,) if isinstance(own, str) else own,
        }
        return not set(known.get(self.method.compares_with, ())) <= set(BASELINES)

    @property
    def turned(self) -> Plan:
        """The same for reverse complements, with which a baseline that is a sequence turns."""
        own = getattr(self.method, "turned", None)
        return replace(
            self,
            method=self.method if own is None else own(),
            settings=replace(self.settings, baseline=turned(self.settings.baseline)),
        )


@dataclass(frozen=True, slots=True)
class Repeat:
    """One repetition of an explanation, with one choice changed.

    Parameters
    ----------
    cause, value
        What is changed, and to what, as :attr:`captum_dna.core.run.Run.over` keeps it.
    plan
        The choices of the repetition.
    turned
        Whether the reverse complement is explained.
    shift
        Bases by which the window is shifted.
    segmentation
        Number of the sampled segmentation; 0 for the tokenizer's own.
    """

    cause: str
    value: str | int
    plan: Plan
    turned: bool = False
    shift: int = 0
    segmentation: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sequence that the model can read, as it travels on.

    Parameters
    ----------
    sequence
        As it was given.
    truth
        Name of its true class, if it is known.
    pieces
        Its windows with their tokens; itself where it is short enough.
    turned
        Their reverse complements, where both strands are explained.
    repeats
        The sequence as each repetition of the plan reads it.
    """

    sequence: Sequence
    truth: str | None
    pieces: tuple[Piece, ...]
    turned: tuple[Piece, ...]
    repeats: tuple[Prepared, ...] = field(default=())

    @property
    def work(self) -> int:
        """Pieces that are to be explained, repetitions included."""
        return len(self.pieces) + len(self.turned) + sum(one.work for one in self.repeats)
