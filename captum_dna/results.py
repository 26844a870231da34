"""The results of one call: a plain sequence of attributions that can be saved, tabled and shown."""

from __future__ import annotations

import operator
from collections.abc import Sequence as SequenceABC
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from captum_dna.core.attribution import Attribution
from captum_dna.core.checks import check_name
from captum_dna.core.options import STRETCH_BASES, STRETCH_SHARE
from captum_dna.core.remarks import remarks_of_set
from captum_dna.core.slips import names_slips
from captum_dna.core.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import anndata
    import pandas as pd
    import xarray
    from captum.attr.visualization import VisualizationDataRecord
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from captum_dna.core.remark import Remark
    from captum_dna.io.genome import Genome
    from captum_dna.render.figure.figure import FigureOptions

    Several = list[Any] | tuple[object, ...] | NDArray[np.generic] | pd.Series[Any] | pd.Index[Any]


LEVELS = ("sequence", "base", "token")
"""What a row of :meth:`Attributions.to_frame` may be."""


class Attributions(SequenceABC[Attribution]):
    """Results in the order of the input; a plain sequence that can be saved, tabled and shown.

    ``results[0]`` and ``results["name"]`` are one result; a slice, a list of either and a mask of one truth value per
    result are several.
    """

    def __init__(self, items: Iterable[Attribution] = ()) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int | str) -> Attribution: ...
    @overload
    def __getitem__(self, index: slice | Several) -> Attributions: ...
    def __getitem__(self, index: object) -> Attribution | Attributions:
        """Return one result by position or name, or several as ``Attributions``.

        Raises
        ------
        IndexError
            There is no such position, or a mask has another length; or the positions are no whole numbers.
        KeyError
            No result has this name.
        """
        if isinstance(index, slice):
            return Attributions(self._items[index])
        if isinstance(index, str):
            return self.by_name(index)
        several = np.asarray(index)
        if several.ndim == 0 and not isinstance(index, bool | np.bool_):
            return self._items[self._place(index)]
        return Attributions(self._items[place] for place in self._places(several))

    def _place(self, index: Any) -> int:
        """Return a position that there is."""
        try:
            place = operator.index(index)
        except TypeError:
            raise IndexError(
                f"Select a result by its position, a whole number, or by its name, not by {index!r:.60}."
            ) from None
        if not -len(self) <= place < len(self):
            raise IndexError(f"There is no result {place}: there are {len(self)}, counted from 0.")
        return place

    def _places(self, index: NDArray[np.generic]) -> list[int]:
        """Return the positions that a list of positions or names, or a mask, stands for."""
        if index.ndim == 1 and (index.dtype.kind in "iu" or not len(index)):
            return [self._place(place) for place in index.tolist()]
        if index.ndim == 1 and index.dtype.kind in "OUT" and all(isinstance(name, str) for name in index):
            places = {item.name: place for place, item in reversed(list(enumerate(self._items)))}
            return [places[self.by_name(str(name)).name] for name in index]
        mask = index.tolist() if index.ndim == 1 else []
        if not mask or not all(isinstance(one, bool) for one in mask):
            raise IndexError(
                "Select results by position, by name, by a list of either, or by a mask, not by "
                f"{index!r:.60}."
            )
        if len(mask) != len(self):
            raise IndexError(
                f"The mask has {len(mask)} truth values, but there are {len(self)} results. Give one for "
                "each."
            )
        return [place for place, wanted in enumerate(mask) if wanted]

    def __add__(self, other: Attributions) -> Attributions:
        return Attributions((*self._items, *other))

    def __repr__(self) -> str:
        shown = "\n".join(f"  {item.headline()}" for item in self._items[:10])
        rest = f"\n  ... and {len(self) - 10} more" if len(self) > 10 else ""
        return f"<Attributions of {counted(len(self), 'sequence')}>\n{shown}{rest}"

    @property
    def caveats(self) -> tuple[Remark, ...]:
        """What a reader of the scores has to know of all results together, warnings first."""
        return remarks_of_set(self)

    def by_name(self, name: str) -> Attribution:
        """Return the first result with this name."""
        for item in self._items:
            if item.name == name:
                return item
        close = get_close_matches(name, [item.name for item in self._items], n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise KeyError(
            f"No result is named {name!r}{hint}; the first names are {[i.name for i in self._items[:5]]}."
        )

    def _ipython_key_completions_(self) -> list[str]:
        return [item.name for item in self._items]

    @names_slips
    def to_frame(self, level: str = "sequence") -> pd.DataFrame:
        """Return a pandas table.

        Parameters
        ----------
        level
            What a row is: ``"sequence"`` has the words and numbers of the headline and where the peak is
            (:data:`captum_dna.io.frames.SUMMARY_COLUMNS`); ``"base"`` the score of each base
            (:func:`captum_dna.io.frames.base_frame`); ``"token"`` that of each token
            (:func:`captum_dna.io.frames.token_frame`).
        """
        from captum_dna.io.frames import base_frame, summary_frame, token_frame

        check_name("level", level, LEVELS, option="level")
        return {"sequence": summary_frame, "base": base_frame, "token": token_frame}[level](self)

    @names_slips
    def to_logomaker(self, *, hypothetical: bool = False) -> pd.DataFrame:
        """Return the table that ``logomaker.Logo`` draws, of one result; see :func:`captum_dna.io.frames.logo_frame`."""
        from captum_dna.io.frames import logo_frame

        if len(self) != 1:
            raise ValueError(
                f"A logo shows one sequence, but there are {len(self)} results. Choose one, as in "
                "results[0].to_logomaker()."
            )
        return logo_frame(self._items[0], hypothetical=hypothetical)

    def to_anndata(self) -> anndata.AnnData:
        """Return the scores as AnnData, a row per sequence; see :func:`captum_dna.io.labelled_arrays.to_anndata`."""
        from captum_dna.io.labelled_arrays import to_anndata

        return to_anndata(self)

    def to_xarray(self) -> xarray.Dataset:
        """Return the scores as an xarray data set; see :func:`captum_dna.io.labelled_arrays.to_xarray`."""
        from captum_dna.io.labelled_arrays import to_xarray

        return to_xarray(self)

    def plot(self, **options: Unpack[FigureOptions]) -> Figure:
        """Return the pictures as one matplotlib figure.

        Parameters
        ----------
        **options
            As :func:`captum_dna.render.figure.figure.figure` has them: ``width=`` in inches, ``window=(start, end)``,
            ``tokens=True``, ``rows=``, ``style="profile"``, ``whiskers=True``, ``caption=False``.
        """
        from captum_dna.render.figure.figure import figure

        return figure(self, **options)

    def to_captum_records(self) -> list[VisualizationDataRecord]:
        """Return a list of Captum's ``VisualizationDataRecord``, one word per base, unnormalised."""
        from captum_dna.io.captum_records import to_record

        return [to_record(item) for item in self._items]

    def save(self, path: str | Path, **options: object) -> Path:
        """Write the results to the kind of file that the suffix of its name asks for.

        Parameters
        ----------
        path
            ``.parquet``, or a name without a suffix, keeps everything, and :meth:`load` reads it; others are
            those of :data:`captum_dna.render.exporters.EXPORTERS`: tables, tracks, arrays and pictures.
        **options
            What that kind of file takes, such as ``sizes=`` for bigWig or ``table="summary"`` for TSV.

        Returns
        -------
        The path written; the first one where there are several.

        Raises
        ------
        captum_dna.core.errors.UserError
            No kind of file has this suffix, or it does not take or lacks an option.
        captum_dna.io.writing.OutputError
            The folder is missing or may not be written.
        """
        from captum_dna.render.exporters import export

        return export(self, Path(path), options)[0]

    def causes(self) -> pd.DataFrame:
        """Return what the scores depend on, a row per cause that explanations were repeated ``over``.

        See :data:`captum_dna.io.frames.CAUSE_COLUMNS`.
        """
        from captum_dna.io.frames import cause_frame

        return cause_frame(self)

    def consistency(self) -> float:
        """Return how consistent the scores are over the sequences; see :func:`captum_dna.core.consistency.consistency`."""
        from captum_dna.core.consistency import consistency

        return consistency(self)

    @names_slips
    def to_bedgraph(self, path: str | Path, *, values: str = "score") -> Path:
        """Write base scores on the genome as bedGraph; see :func:`captum_dna.io.bedgraph.write_bedgraph`."""
        from captum_dna.io.bedgraph import write_bedgraph

        return write_bedgraph(self, path, values=values)

    @names_slips
    def to_bigwig(
        self,
        path: str | Path,
        sizes: Genome | Mapping[str, int] | str | Path,
        *,
        values: str = "score",
    ) -> Path:
        """Write base scores on the genome as bigWig; see :func:`captum_dna.io.bigwig.write_bigwig`.

        ``sizes`` are those of the chromosomes: the genome's FASTA file, its index, a table or a mapping. ``values="sd"`` is
        the track of the spread, of explanations that were repeated.
        """
        from captum_dna.io.bigwig import write_bigwig

        return write_bigwig(self, path, sizes, values=values)

    @names_slips
    def to_bed(
        self, path: str | Path, *, share: float = STRETCH_SHARE, shortest: int = STRETCH_BASES
    ) -> Path:
        """Write the strongest stretches as BED; see :func:`captum_dna.io.stretches.write_bed`."""
        from captum_dna.io.stretches import write_bed

        return write_bed(self, path, share=share, shortest=shortest)

    @names_slips
    def to_modisco(
        self, folder: str | Path, *, pad: bool = False, window: int | None = None, hypothetical: bool = True
    ) -> tuple[Path, Path]:
        """Write the two arrays that TF-MoDISco reads; see :func:`captum_dna.io.arrays.write_modisco`."""
        from captum_dna.io.arrays import write_modisco

        return write_modisco(self, folder, pad=pad, window=window, hypothetical=hypothetical)

    @names_slips
    def to_npz(self, path: str | Path) -> Path:
        """Write names, letters, places and scores as arrays; see :func:`captum_dna.io.arrays.write_npz`."""
        from captum_dna.io.arrays import write_npz

        return write_npz(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Attributions:
        """Read what :meth:`save` wrote, or all shards of a folder of :func:`captum_dna.attribute_to`."""
        from captum_dna.io.parquet import load
        from captum_dna.io.shards import iterate

        return cls(iterate(path) if Path(path).is_dir() else load(path))

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from captum_dna.render.view import View

        return View(self)._repr_mimebundle_(include, exclude)
