"""What every experiment gives: a table, a picture, sentences, and what to know before reading them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError
from captum_dna.core.slips import names_slips
from captum_dna.io.frames import FRAME_SUFFIXES, write_frame
from captum_dna.io.writing import check_writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.figure import Figure

    from captum_dna.core.remark import Remark

PICTURES = (".svg", ".png", ".pdf")
SUFFIXES = (*FRAME_SUFFIXES, *PICTURES)
"""Suffixes of the files that an experiment is written to."""


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table with their columns as attributes."""
    yield from table.itertuples(index=False)


def strongest(table: pd.DataFrame, column: str) -> Any:
    """Return the row whose value in a column is the largest by magnitude."""
    (row,) = rows_of(table.iloc[[int(table[column].abs().to_numpy().argmax())]])
    return row


@dataclass(frozen=True, slots=True)
class About:
    """What was asked of which model.

    Parameters
    ----------
    experiment
        Name of the verb.
    model, model_fingerprint
        Name of the model and hash of its weights.
    target, target_index
        The class explained, and its place among the classes, which it is known by.
    output
        The scalar that effects are differences of, and their unit.
    experiments
        Sequences that the model read.
    seed
        Of all that is random.
    choices
        The other choices of the call, by name.
    """

    experiment: str
    model: str
    model_fingerprint: str
    target: str
    target_index: int | None
    output: str
    experiments: int
    seed: int
    choices: dict[str, object] = field(default_factory=dict)

    @property
    def explained(self) -> str:
        """The class explained as a sentence names it."""
        return "the class explained" if self.target_index is None else f"'{self.target}'"


@dataclass(frozen=True, eq=False, repr=False)
class Experiment:
    """The result of an experiment.

    Parameters
    ----------
    table
        A row per question asked; effects in units of the output.
    about
        What was asked of which model.
    caveats
        What a reader has to know, warnings first, each with a code and a severity.
    sentences
        What was found, in words.
    """

    table: pd.DataFrame
    about: About
    caveats: tuple[Remark, ...]
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [*self.sentences[:10], *(f"{one.severity.capitalize()}: {one}" for one in self.caveats)]
        return "\n".join([f"<{type(self).__name__} of {self.about.model}>", *(f"  {line}" for line in lines)])

    @property
    def remarks(self) -> tuple[str, ...]:
        """The sentences of :attr:`caveats`."""
        return tuple(one.text for one in self.caveats)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table, whose ``attrs`` say what was asked."""
        frame: pd.DataFrame = self.table.copy()
        frame.attrs.update(asdict(self.about))
        return frame

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the picture as a matplotlib figure.

        Parameters
        ----------
        width
            In inches.
        """
        raise NotImplementedError

    def save(self, path: str | Path) -> Path:
        """Write the table (.tsv, .csv, .parquet) or the picture (.svg, .png, .pdf), as the suffix says.

        Raises
        ------
        UserError
            Another suffix, or the file cannot be written.
        """
        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in SUFFIXES:
            raise UserError(
                f"{target.name}: an experiment is written as a table ({', '.join(FRAME_SUFFIXES)}) or a picture "
                f"({', '.join(PICTURES)})."
            )
        check_writable(target)
        if suffix in PICTURES:
            self.figure().savefig(target)
        else:
            write_frame(self.to_frame(), target)
        return target
