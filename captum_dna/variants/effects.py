"""What a variant does: the outputs and the attributions of both alleles, base by base, and their difference."""

from __future__ import annotations

from collections.abc import Sequence as SequenceABC
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from captum_dna.core.difference import GAP, difference
from captum_dna.core.sequences import Interval, Track
from captum_dna.core.slips import names_slips
from captum_dna.core.words import counted
from captum_dna.io.exporters import SEPARATORS
from captum_dna.io.frames import write_frame
from captum_dna.io.writing import check_writable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.variant import Variant
    from captum_dna.render.view import View
    from captum_dna.variants.alleles import Alleles

COLUMNS = {
    "name": "the variant's name, if it has one",
    "chromosome": "chromosome, or the name of the sequence",
    "position": "of the first letter of ref, counted from 1",
    "ref": "letters of the reference",
    "alt": "letters of the alternative",
    "target": "the class explained, the same for both alleles",
    "output": "the scalar explained, and the unit of all scores",
    "f_reference": "the output at the reference",
    "f_alternative": "the output at the alternative",
    "effect": "f_alternative minus f_reference",
    "probability_reference": "probability of the target at the reference; missing without classes",
    "probability_alternative": "probability of the target at the alternative; missing without classes",
    "predicted_reference": "the class predicted for the reference",
    "predicted_alternative": "the class predicted for the alternative",
    "largest_change": "the largest difference of the scores of one base, with its sign",
    "largest_change_at": "where it is: bases from the variant's first, 0 there",
    "delta": "what the difference of the scores misses of the effect, baselines taken into account",
    "converged": "whether the scores of both alleles are within the tolerance",
    "remark": "what is unusual about this variant",
}
"""What each column of :meth:`VariantEffects.to_frame` says."""


@dataclass(frozen=True)
class VariantEffect:
    """One variant: both alleles explained for one class.

    Parameters
    ----------
    alleles
        The variant and its two sequences.
    reference, alternative
        Their attributions.
    """

    alleles: Alleles
    reference: Attribution
    alternative: Attribution

    def __repr__(self) -> str:
        return f"<VariantEffect {self.headline()}>"

    @property
    def variant(self) -> Variant:
        """The variant."""
        return self.alleles.variant

    @property
    def target(self) -> str:
        """Label of the class explained, the same for both alleles."""
        return self.reference.target

    @property
    def effect(self) -> float:
        """f(alternative) minus f(reference), in units of the output."""
        return self.alternative.f_input - self.reference.f_input

    @property
    def delta(self) -> float:
        """Completeness error of the difference: that of the alternative minus that of the reference.

        All token scores of the alternative minus all of the reference are the effect, minus the difference
        of the two baselines' outputs, plus this.
        """
        return self.alternative.delta - self.reference.delta

    @property
    def converged(self) -> bool:
        """Whether the completeness error of both alleles is within the tolerance."""
        return self.reference.converged and self.alternative.converged

    @property
    def remarks(self) -> tuple[str, ...]:
        """What warns of the effect itself, in sentences: that it is smaller than the error of the scores."""
        layers = pair_layers([self])["difference"]
        return tuple(one.text for one in layers[0].caveats if one.code == "uncertain_difference")

    @cached_property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(C,) bases of the reference and of the alternative, -1 at gaps; see :meth:`Alleles.columns`."""
        return self.alleles.columns()

    @property
    def letters(self) -> tuple[str, str]:
        """Both sequences as aligned, C letters each, ``-`` at gaps."""
        ref, alt = self.columns
        return _letters(self.reference.sequence, ref), _letters(self.alternative.sequence, alt)

    @property
    def scores(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(C,) base scores of both as aligned, NaN at gaps."""
        ref, alt = self.columns
        return _scores(self.reference.base_scores, ref), _scores(self.alternative.base_scores, alt)

    @property
    def difference(self) -> NDArray[np.float64]:
        """(C,) scores of the alternative minus those of the reference, NaN where one has no base."""
        ref, alt = self.scores
        return alt - ref

    @property
    def middle(self) -> int:
        """The column of the variant's first base."""
        return self.alleles.offset

    def headline(self) -> str:
        """Return the line of words under which the scores are to be read."""
        return (
            f"{self.variant}: {self.reference.output} of {self.target} {self.reference.f_input:.4g} to "
            f"{self.alternative.f_input:.4g}, effect {self.effect:+.4g}; predicted {self.reference.predicted} "
            f"({self.reference.probability:.3g}) and {self.alternative.predicted} "
            f"({self.alternative.probability:.3g}){'' if self.converged else ' NOT CONVERGED'}"
        )

    def row(self) -> dict[str, object]:
        """Return the row of the table, under the names of :data:`COLUMNS`."""
        change, at = _largest(self.difference)
        variant, output = self.variant, self.reference.output
        return {
            "name": variant.name or None,
            "chromosome": variant.chromosome,
            "position": variant.position,
            "ref": variant.ref,
            "alt": variant.alt,
            "target": self.target,
            "output": output,
            "f_reference": self.reference.f_input,
            "f_alternative": self.alternative.f_input,
            "effect": self.effect,
            "probability_reference": _probability(self.reference),
            "probability_alternative": _probability(self.alternative),
            "predicted_reference": self.reference.predicted,
            "predicted_alternative": self.alternative.predicted,
            "largest_change": change,
            "largest_change_at": None if at is None else at - self.middle,
            "delta": self.delta,
            "converged": self.converged,
            "remark": " ".join(filter(None, (self.alleles.remark, *self.remarks))) or None,
        }

    @names_slips
    def view(
        self,
        *,
        colors: Literal["bases", "sign"] = "bases",
        same_scale: bool = False,
        theme: Literal["light", "dark"] | None = None,
    ) -> View:
        """Return the picture of both alleles and their difference, as :meth:`VariantEffects.view` does."""
        return VariantEffects([self]).view(colors=colors, same_scale=same_scale, theme=theme)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return VariantEffects([self])._repr_mimebundle_(include, exclude)


class VariantEffects(SequenceABC[VariantEffect]):
    """Effects in the order of the variants; a plain sequence that can be tabled, saved and shown."""

    def __init__(self, items: Iterable[VariantEffect] = ()) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> VariantEffect: ...
    @overload
    def __getitem__(self, index: slice) -> VariantEffects: ...
    def __getitem__(self, index: int | slice) -> VariantEffect | VariantEffects:
        """Return one effect by position, or several as ``VariantEffects``."""
        return VariantEffects(self._items[index]) if isinstance(index, slice) else self._items[index]

    def __repr__(self) -> str:
        shown = "\n".join(f"  {item.headline()}" for item in self._items[:10])
        rest = f"\n  ... and {len(self) - 10} more" if len(self) > 10 else ""
        return f"<VariantEffects of {counted(len(self), 'variant')}>\n{shown}{rest}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per variant, with the columns of :data:`COLUMNS`."""
        import pandas as pd

        frame: pd.DataFrame = pd.DataFrame([item.row() for item in self], columns=list(COLUMNS))
        frame["largest_change_at"] = frame["largest_change_at"].astype("Int64")
        return frame

    @names_slips
    def view(
        self,
        *,
        colors: Literal["bases", "sign"] = "bases",
        same_scale: bool = False,
        theme: Literal["light", "dark"] | None = None,
    ) -> View:
        """Return the pictures: the two alleles, aligned, and the difference of their scores.

        Parameters
        ----------
        colors, same_scale, theme
            As in :func:`captum_dna.visualize`.
        """
        from captum_dna.render.view import View

        return View(pair_layers(self), colors=colors, same_scale=same_scale, theme=theme, aligned=True)

    @names_slips
    def figure(
        self,
        *,
        width: float = 7.2,
        rows: int | None = None,
        window: tuple[int, int] | None = None,
        style: Literal["logo", "profile"] = "logo",
        tokens: bool = False,
        whiskers: bool = False,
    ) -> Figure:
        """Return all pictures as one matplotlib figure.

        Parameters
        ----------
        width, rows, window, style, tokens, whiskers
            As in :func:`captum_dna.render.figure.figure.figure`; the window counts aligned columns.
        """
        from captum_dna.render.figure.figure import figure

        return figure(
            pair_layers(self), width=width, rows=rows, window=window, style=style, tokens=tokens, whiskers=whiskers,
            aligned=True,
        )  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write the table (.tsv, .csv), the table with the aligned scores (.parquet), or the pictures.

        Pictures are .html, which is interactive, and .svg, .png and .pdf. A Parquet file has four columns
        more: ``letters_reference``, ``letters_alternative``, ``scores_reference``, ``scores_alternative``.

        Raises
        ------
        ValueError
            Another suffix, or the file cannot be written.
        """
        target = Path(path)
        suffix = target.suffix.lower()
        check_writable(target)
        if suffix in SEPARATORS:
            write_frame(self.to_frame(), target)
        elif suffix == ".parquet":
            aligned: dict[str, list[Any]] = {}
            for i, allele in enumerate(("reference", "alternative")):
                aligned[f"letters_{allele}"] = [item.letters[i] for item in self]
                aligned[f"scores_{allele}"] = [item.scores[i] for item in self]
            write_frame(self.to_frame().assign(**aligned), target)
        else:
            self.view().save(target)
        return target

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return self.view()._repr_mimebundle_(include, exclude) | {"text/plain": repr(self)}


# --- pictures: the reference, the alternative and their difference, on one axis of columns ---


def pair_layers(effects: Iterable[VariantEffect]) -> dict[str, list[Attribution]]:
    """Return what is drawn of variants: layers of one length each, with a ``-`` where an allele has no base.

    The difference is drawn in the letters of the alternative. Its f(x) is the effect, and its f(baseline) the
    difference of the two baselines' outputs, so that its completeness is told as that of any result.
    """
    layers: dict[str, list[Attribution]] = {"reference": [], "alternative": [], "difference": []}
    for effect in effects:
        reference, alternative = _aligned(effect)
        layers["reference"].append(reference)
        layers["alternative"].append(alternative)
        layers["difference"].append(difference(reference, alternative))
    return layers


def _aligned(effect: VariantEffect) -> tuple[Attribution, Attribution]:
    """Return both results on the columns of the alignment."""
    variant, results = effect.variant, (effect.reference, effect.alternative)
    width = max(len(variant.ref), len(variant.alt))
    changed = Track("variant", ((effect.middle, effect.middle + width, str(variant)),))
    places = [np.flatnonzero(column >= 0) for column in effect.columns]
    known = tuple(_moved(track, places[0]) for track in effect.reference.tracks)
    one, other = (
        replace(
            result,
            name=str(variant),
            sequence=letters,
            spans=tuple(None if s is None else (int(at[s[0]]), int(at[s[1] - 1]) + 1) for s in result.spans),
            base_scores=scores,
            interval=_interval(effect, len(letters)),
            origin=_origin(effect),
            tracks=(changed, *known),
            extras={},
        )
        for result, letters, scores, at in zip(results, effect.letters, effect.scores, places, strict=True)
    )
    return one, other


def _moved(track: Track, places: NDArray[np.int64]) -> Track:
    """Return a track of the reference on the columns."""
    return Track(
        track.name, tuple((int(places[a]), int(places[b - 1]) + 1, text) for a, b, text in track.spans)
    )


def _interval(effect: VariantEffect, columns: int) -> Interval | None:
    """Return the place of the columns in the genome; none where an insertion lies between them."""
    place = effect.reference.interval
    if place is None or len(effect.variant.alt) > len(effect.variant.ref):
        return None
    if place.strand == "-":
        return replace(place, start=place.end - columns)
    return replace(place, end=place.start + columns)


def _origin(effect: VariantEffect) -> int:
    """Return the column numbered 0: the variant's first, where an insertion moves all that follows."""
    inserted = len(effect.variant.alt) > len(effect.variant.ref)
    return effect.middle if inserted else effect.reference.origin


# --- letters and scores ---


def _letters(sequence: str, places: NDArray[np.int64]) -> str:
    return "".join(GAP if place < 0 else sequence[place] for place in places.tolist())


def _scores(scores: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(places < 0, np.nan, scores[places])


def _probability(item: Attribution) -> float:
    """Return the probability of the class explained; NaN where the model has no classes."""
    if len(item.probabilities) > 1 and item.target_index is not None:
        return float(item.probabilities[item.target_index])
    if item.target not in item.run.labels or len(item.probabilities) < 2:
        return float("nan")
    return float(item.probabilities[item.run.labels.index(item.target)])


def _largest(difference: NDArray[np.float64]) -> tuple[float, int | None]:
    """Return the value and the place of the largest magnitude; NaN and ``None`` where nothing is known."""
    if not np.isfinite(difference).any():
        return float("nan"), None
    at = int(np.nanargmax(np.abs(difference)))
    return float(difference[at]), at
