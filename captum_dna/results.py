"""The results of one call: a plain sequence of attributions that can be saved, tabled and shown."""

from __future__ import annotations

from collections.abc import Sequence as SequenceABC
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from captum_dna.core.attribution import Attribution
from captum_dna.core.remarks import remarks_of_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from captum.attr.visualization import VisualizationDataRecord

    from captum_dna.core.remarks import Remark
    from captum_dna.io.genome import Genome


class Attributions(SequenceABC[Attribution]):
    """Results in the order of the input; a plain sequence that can be saved, tabled and shown."""

    def __init__(self, items: Iterable[Attribution] = ()) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Attribution: ...
    @overload
    def __getitem__(self, index: slice) -> Attributions: ...
    def __getitem__(self, index: int | slice) -> Attribution | Attributions:
        """Return one result by position, or several as ``Attributions``."""
        return Attributions(self._items[index]) if isinstance(index, slice) else self._items[index]

    def __add__(self, other: Attributions) -> Attributions:
        return Attributions((*self._items, *other))

    def __repr__(self) -> str:
        shown = "\n".join(f"  {item.headline()}" for item in self._items[:10])
        rest = f"\n  ... and {len(self) - 10} more" if len(self) > 10 else ""
        return f"<Attributions of {len(self)} sequences>\n{shown}{rest}"

    @property
    def caveats(self) -> tuple[Remark, ...]:
        """What a reader of the scores has to know of all results together, warnings first."""
        return remarks_of_set(self)

    def by_name(self, name: str) -> Attribution:
        """Return the first result with this name."""
        for item in self._items:
            if item.name == name:
                return item
        raise KeyError(
            f"No result is named {name!r}; the first names are {[i.name for i in self._items[:5]]}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sequence: the words and numbers of the headline and where the peak is."""
        from captum_dna.io.frames import summary_frame

        return summary_frame(self)

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

    def to_bedgraph(self, path: str | Path, *, values: str = "score") -> Path:
        """Write base scores on the genome as bedGraph; see :func:`captum_dna.io.bedgraph.write_bedgraph`."""
        from captum_dna.io.bedgraph import write_bedgraph

        return write_bedgraph(self, path, values=values)

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

    def to_bed(self, path: str | Path, *, share: float = 0.2, shortest: int = 4) -> Path:
        """Write the strongest stretches as BED; see :func:`captum_dna.io.stretches.write_bed`."""
        from captum_dna.io.stretches import write_bed

        return write_bed(self, path, share=share, shortest=shortest)

    def to_modisco(self, prefix: str | Path, *, pad: bool = False) -> tuple[Path, Path]:
        """Write the two arrays that TF-MoDISco reads; see :func:`captum_dna.io.arrays.write_modisco`."""
        from captum_dna.io.arrays import write_modisco

        return write_modisco(self, prefix, pad=pad)

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

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from captum_dna.render.view import View

        return View(self)._repr_mimebundle_(include, exclude)
