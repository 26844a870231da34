"""What a measure of ``evaluate()`` is: columns of the table, and the experiments that fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.options import Options
from captum_dna.evaluation.removal import Removal
from captum_dna.pipeline.attribute import explained
from captum_dna.pipeline.validate import plan_of, prepared, targets_of, usable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.engine.protocol import Method, Settings
    from captum_dna.evaluation.curves import Curves
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Piece
    from captum_dna.results import Attributions

    Asked = str | type | Method | Mapping[str, object] | Attributions


@dataclass(frozen=True, slots=True)
class Measure:
    """Something to measure.

    Parameters
    ----------
    name, words
        Its name among the measures, and what it tells.
    columns
        The columns that it fills, and in which direction each is better.
    measure
        Does the experiments, and puts a number into :meth:`Work.row` for each method and sequence that it
        applies to.
    citation
        Where it was described; empty for one of our own.
    usual
        Whether it is measured where none is named.
    """

    name: str
    words: str
    columns: Mapping[str, Literal["higher", "lower"]]
    measure: Callable[[Work], None]
    citation: str = ""
    usual: bool = True


@dataclass
class Work:
    """The sequences of one call, what explains them, and the numbers found so far.

    Parameters
    ----------
    classifier, sequences, targets, settings
        The model, its sequences, the class explained of each, and the choices that all methods share.
    piece
        Returns a sequence with its tokens, by its index; they are read once for all methods and measures.
    hide, top, margin, spans
        As ``evaluate()`` takes them; ``spans`` are the known stretches of each sequence.
    asked, explained
        How each method was asked for, and its results, by its label.
    rows
        Numbers by column, for each (label, sequence).
    drawn
        Label, name of the sequence and curves, one by one.
    """

    classifier: Classifier
    sequences: list[Sequence]
    piece: Callable[[int], Piece]
    targets: list[int]
    settings: Settings
    hide: str
    top: tuple[float, ...]
    margin: int
    spans: list[tuple[tuple[int, int], ...]]
    asked: dict[str, Asked]
    report: Callable[[int], None]
    explained: dict[str, Attributions] = field(default_factory=dict)
    rows: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    drawn: list[tuple[str, str, Curves]] = field(default_factory=list)
    done: int = 0

    def step(self, count: int = 1) -> None:
        """Tell that one more thing is done."""
        self.done += count
        self.report(self.done)

    def places(self) -> Iterator[int]:
        """Yield the index of each sequence, with the model at rest, and tell of each that it is done."""
        with self.classifier.at_rest():
            for place in range(len(self.sequences)):
                yield place
                self.step()

    def row(self, label: str, place: int) -> dict[str, float]:
        """Return the numbers of one method and sequence, to be filled."""
        return self.rows.setdefault((label, f"{place + 1}: {self.sequences[place].name}"), {})

    def removal(self, place: int) -> Removal:
        """Return one sequence, to take bases away from; what is random in it is the same every time."""
        return Removal(self.classifier, self.piece(place), self.targets[place], self.settings, self.hide)

    def attribute(
        self,
        how: Mapping[str, object],
        sequences: list[Sequence] | None = None,
        targets: list[int] | None = None,
    ) -> Attributions:
        """Return results of a method for the sequences, or for others, by the settings of all."""
        settings = self.settings
        shared = {
            "target": targets or self.targets,
            "output": settings.output,
            "baseline": settings.baseline,
            "layer": settings.layer,
            "batch_size": settings.batch_size,
            "seed": settings.seed,
        }
        plan = plan_of(self.classifier, Options.of(**{**shared, **how}))
        if sequences is not None or plan.windowing is not None:
            read = usable(plan, sequences or self.sequences)
        else:
            read = [prepared(plan, one, self.piece(place)) for place, one in enumerate(self.sequences)]
        return explained(
            plan, read, targets_of(self.classifier, plan.options.target, len(read)), progress=False
        )


def keywords(how: Asked) -> Mapping[str, Any]:
    """Return what to give to ``attribute`` for a method."""
    return how if isinstance(how, Mapping) else {"method": how}
