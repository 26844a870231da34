"""All kinds of files that results can be written as, and which of them a name asks for."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from captum_dna.core.errors import UserError
from captum_dna.core.registry import Registry
from captum_dna.core.slips import refuse_unknown
from captum_dna.io.exporters import OWN, Exporter
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence

GZIP = ".gz"

EXPORTERS: Registry[Exporter] = Registry(
    "exporter",
    "captum_dna.exporters",
    OWN | {"page": "captum_dna.render.pictures:PAGE", "figure": "captum_dna.render.pictures:FIGURE"},
    needs=("name", "title", "words", "suffixes", "write", "options", "kind"),
)
"""Open to other packages by the entry points ``captum_dna.exporters``."""


def exporters(*kinds: str) -> list[Exporter]:
    """Return the exporters of these kinds, of all kinds if none is named."""
    return [one for one in EXPORTERS.values() if not kinds or one.kind in kinds]


def downloads() -> dict[str, Exporter]:
    """Return the exporters whose files the viewer offers, by the name of the file."""
    return {one.download: one for one in EXPORTERS.values() if one.download}


def suffixes(*kinds: str) -> tuple[str, ...]:
    """Return the suffixes of these kinds of files, in order."""
    found = exporters(*kinds)
    packed = [f"{suffix}{GZIP}" for one in found if one.gzips for suffix in one.suffixes]
    return (*(suffix for one in found for suffix in one.suffixes), *packed)


def suffix_of(path: Path) -> str:
    """Return what the kind of a file is known by: its last suffix in lower case, and the one before ``.gz``, too."""
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() + last if last == GZIP else last


def exporter_of(path: Path, *kinds: str) -> Exporter:
    """Return the exporter that a file's suffix asks for.

    Raises
    ------
    UserError
        No exporter has such a suffix; lists those that there are.
    """
    for one in exporters(*kinds):
        suffix = suffix_of(path)
        if suffix in one.suffixes or (one.gzips and suffix.removesuffix(GZIP) in one.suffixes):
            return one
    raise UserError(
        f"{path} cannot be written: its name must end in {', '.join(suffixes(*kinds))}.", option="path"
    )


def check_export(
    items: list[Attribution] | list[Sequence], path: Path, choices: Mapping[str, object]
) -> None:
    """Say why results could not be written to a file, before any model runs for them.

    Parameters
    ----------
    items
        The results, or the sequences that are to be explained.
    path
        The file.
    choices
        Options that some kinds of files take.
    """
    exporter = exporter_of(path)
    if exporter.check is not None:
        exporter.check(items, **exporter.taken(choices))


def export(results: object, path: Path, options: Mapping[str, object]) -> tuple[Path, ...]:
    """Write results to the kind of file that the suffix asks for; return the paths written.

    A name without a suffix is Parquet.

    Raises
    ------
    UserError
        No kind of file has this suffix, or it does not take or lacks an option.
    """
    exporter = exporter_of(path) if path.suffix else EXPORTERS["parquet"]
    refuse_unknown(exporter.title, options, exporter.options)
    missing = exporter.missing(options)
    if missing is not None:
        named = ", ".join(f"`{name}=`" for name in exporter.needs)
        raise UserError(f"{path.name}: {missing}, so give {named}.", option=next(iter(exporter.needs)))
    if suffix_of(path).endswith(GZIP):
        return (_packed(exporter, results, path, options),)
    written = exporter.write(results, path, **options)
    return written if isinstance(written, tuple) else (written,)


def _packed(exporter: Exporter, results: object, path: Path, options: Mapping[str, object]) -> Path:
    """Write a kind of text compressed; the same results give the same bytes."""
    check_writable(path)
    with TemporaryDirectory() as folder, unfinished(path) as part:
        plain = Path(folder) / path.with_suffix("").name
        exporter.write(results, plain, **options)
        with (
            plain.open("rb") as text,
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        ):
            shutil.copyfileobj(text, packed)
    return path
