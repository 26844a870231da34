"""Files that a genome browser shows beside scores: what kind each is, and whether it belongs to the genome.

A browser shows an empty track where names of chromosomes differ, and says nothing. Here that is a sentence.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captum_dna.core.notices import tell
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home
from captum_dna.io.files import InputError, explained, file_opener
from captum_dna.io.genome import no_chromosome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["scores", "values", "annotation", "variants"]

FORMATS: dict[str, tuple[Kind, str]] = {
    ".bw": ("values", "bigwig"),
    ".bigwig": ("values", "bigwig"),
    ".bb": ("annotation", "bigbed"),
    ".bigbed": ("annotation", "bigbed"),
    ".bed": ("annotation", "bed"),
    ".narrowpeak": ("annotation", "narrowPeak"),
    ".broadpeak": ("annotation", "broadPeak"),
    ".gff3": ("annotation", "gff3"),
    ".gff": ("annotation", "gff3"),
    ".gtf": ("annotation", "gtf"),
    ".vcf": ("variants", "vcf"),
}
"""By suffix: what a track shows, and the name of its format among browsers."""
BINARY = ("bigwig", "bigbed")
_PACKED = (".gz", ".bgz")
_READ = 200_000
"""Lines whose chromosomes are looked at before the model is loaded."""
_HEADERS = ("#", "track", "browser")
_LARGE = 30 << 20
"""Bytes from which on a browser should not have to read a file as a whole."""


@dataclass(frozen=True, slots=True)
class BrowserTrack:
    """A file to show.

    Parameters
    ----------
    name
        What the track is called.
    path
        The file.
    kind
        What it shows: scores of a model, other values, annotation or variants.
    format
        Its format, by the name that browsers have for it.
    index
        The index beside it (``.tbi``), if there is one.
    """

    name: str
    path: Path
    kind: Kind
    format: str
    index: Path | None = None


def browser_track(given: str | Path, sizes: Mapping[str, int]) -> BrowserTrack:
    """Return a user's file as a track, once it is known to be one of this genome.

    Parameters
    ----------
    given
        A bigWig, bigBed, BED, narrowPeak, broadPeak, GFF3, GTF or VCF file; text may be compressed with bgzip.
    sizes
        Bases of the genome's chromosomes.

    Raises
    ------
    FileNotFoundError
        No such file.
    InputError
        Another kind of file, a damaged one, or one that has none of the genome's chromosomes.
    """
    path = at_home(given)
    packed = path.suffix.lower() in _PACKED
    bare = path.with_suffix("") if packed else path
    known = FORMATS.get(bare.suffix.lower())
    if known is None or (packed and known[1] in BINARY):
        raise InputError(
            f"{path} is not a track that a genome browser shows here. Give {', '.join(sorted(FORMATS))}; text may end in "
            ".gz."
        )
    kind, form = known
    file_opener(path)  # says so where there is no such file
    if form in BINARY:
        _check_binary(path, form, sizes)
    else:
        _check_names(path, _names(path), sizes)
    index = next((one for one in (Path(f"{path}.tbi"),) if packed and one.is_file()), None)
    if index is None and path.stat().st_size > _LARGE:
        tell(
            f"{path} has {path.stat().st_size >> 20} MiB and no index, so a browser reads all of it. Sort it, compress it "
            f"with bgzip and index it with tabix, or give a part of it."
        )
    return BrowserTrack(bare.stem, path, kind, form, index)


def first_columns(path: Path) -> Iterator[list[str]]:
    """Yield the columns of each line of a text file that is not a comment or a header; at most nine."""
    with (
        explained(str(path)),
        io.TextIOWrapper(file_opener(path)(), encoding="utf-8", errors="replace") as text,
    ):
        for line in text:
            if line.strip() and not line.startswith(_HEADERS):
                yield line.rstrip("\r\n").split("\t", 9)


def _names(path: Path) -> list[str]:
    """Return the chromosomes of a text file, in the order in which they come."""
    names = dict.fromkeys(columns[0] for columns in islice(first_columns(path), _READ))
    if not names:
        raise InputError(f"{path} has no line that a browser could show.")
    return list(names)


def _check_names(path: Path, names: list[str], sizes: Mapping[str, int]) -> None:
    """Refuse a file of another genome; say so where a part of it is."""
    other = [name for name in names if name not in sizes]
    if len(other) == len(names):
        raise InputError(f"{path}: {no_chromosome(names[0], sizes, 'the genome')}")
    if other:
        listed = ", ".join(other[:3]) + (", ..." if len(other) > 3 else "")
        tell(f"{path} has chromosomes that the genome lacks ({listed}); they are not shown.")


def _check_binary(path: Path, form: str, sizes: Mapping[str, int]) -> None:
    """Read what a browser reads first of a bigWig or bigBed file, and its last values."""
    library = needs("pyBigWig", "genome", "Reading bigWig")
    called = {"bigwig": "bigWig", "bigbed": "bigBed"}[form]
    damaged = InputError(
        f"{path} is not a {called} file, or is damaged or cut off, and a browser would refuse it. Copy it again."
    )
    try:
        file = library.open(str(path))
    except RuntimeError as error:
        raise damaged from error
    try:
        chromosomes: dict[str, int] = file.chroms()
        if file.isBigWig() != (form == "bigwig"):
            raise InputError(f"{path} is not a {called} file, as its name says. Rename it.")
        if not chromosomes:
            raise damaged
        _check_names(path, list(chromosomes), sizes)
        for name, size in chromosomes.items():
            if name in sizes and size != sizes[name]:
                raise InputError(
                    f"{path} says that {name} has {size:,} bases, and the genome's has {sizes[name]:,}: it belongs to "
                    "another assembly."
                )
        if form == "bigwig":
            _check_values(file, chromosomes, damaged)
    finally:
        file.close()


def _check_values(file: object, chromosomes: Mapping[str, int], damaged: InputError) -> None:
    """Read the overview, and the values at the very end."""
    try:
        for name in (min(chromosomes), max(chromosomes)):
            file.stats(name, nBins=4)  # type: ignore[attr-defined]  # pyBigWig has no types
            file.intervals(name, max(0, chromosomes[name] - 1000), chromosomes[name])  # type: ignore[attr-defined]  # as above
    except RuntimeError as error:
        raise damaged from error
