"""Variants from VCF files, with genotypes or without, plain or compressed.

Only the first five columns say what a variant is. What callers write into the header and into the columns after
them is not looked at, so that no mistake there can stand in the way.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from captum_dna.core.paths import at_home
from captum_dna.core.variant import Variant
from captum_dna.io.files import InputError, explained, file_opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT"]
_POSITION = re.compile(r"[0-9]{1,18}")


def read_vcf(path: str | Path) -> Iterator[Variant]:
    """Yield the variants of a VCF file, in its order.

    A line with several alternative alleles gives one variant for each, in their order, with the whole
    reference allele as the line has it; nothing is trimmed or moved. Alleles that are not written in bases
    (``<DEL>``, breakends, ``*``) come as they are, and a line without an alternative has ``"."``:
    :func:`captum_dna.variant_effect` refuses these or skips them.

    Parameters
    ----------
    path
        A .vcf file, which may be compressed with gzip or bgzip.

    Raises
    ------
    FileNotFoundError
        No such file.
    InputError
        Not VCF, or a damaged line; says which.
    """
    path = at_home(path)
    header = False
    # Genotypes of thousands of samples are packed to next to nothing, and a line is read at a time.
    with explained(str(path)), file_opener(path, most=math.inf)() as stream:
        for number, line in enumerate(stream, start=1):
            place = f"Line {number} of {path}"
            if line.startswith(b"#CHROM"):
                header = True
                _check_header(line, place)
            elif not line.strip() or line.startswith(b"#"):
                continue
            elif not header:
                raise InputError(
                    f"{path} is not VCF: its first line that is not a comment is {_words(line)[0][:40]!r}, where VCF has "
                    "the names of its columns, from #CHROM to INFO, separated by tabs."
                )
            else:
                yield from _variants(_words(line), place)
    if not header:
        raise InputError(
            f"{path} is not VCF: it has no line that begins with #CHROM, or it was cut off there."
        )


def _words(line: bytes) -> list[str]:
    """Return the first columns of a line, as text."""
    return [word.decode("utf-8", "replace") for word in line.rstrip(b"\r\n").split(b"\t")[: len(_COLUMNS)]]


def _check_header(line: bytes, place: str) -> None:
    words = _words(line)
    if words != _COLUMNS:
        raise InputError(
            f"{place} names the columns {' '.join(words)[:60]!r}, but VCF begins with "
            f"{' '.join(_COLUMNS)}, separated by tabs. Correct the line."
        )


def _variants(words: list[str], place: str) -> Iterator[Variant]:
    """Yield a variant for each alternative of a line."""
    if len(words) < len(_COLUMNS):
        raise InputError(
            f"{place} has {len(words)} of the five columns CHROM, POS, ID, REF and ALT, separated by tabs. Repair it."
        )
    chromosome, position, name, ref, alternatives = words
    if not _POSITION.fullmatch(position):
        raise InputError(f"{place} has the position {position[:40]!r}, not a whole number. Repair it.")
    if not (chromosome and ref and alternatives):
        raise InputError(f"{place} has an empty column among CHROM, REF and ALT: repair it.")
    for alternative in alternatives.split(","):
        yield Variant(chromosome, int(position), ref, alternative, "" if name == "." else name)
