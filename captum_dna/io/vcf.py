"""Variants from VCF files, with genotypes or without, plain or compressed; vcfpy does the parsing."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.variant import Variant
from captum_dna.io.files import InputError, explained, file_opener

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        Not VCF, or a damaged line; says which record.
    """
    import vcfpy

    path = Path(path).expanduser()
    what = str(path)
    place = what
    with explained(what), io.TextIOWrapper(file_opener(path)(), encoding="utf-8") as text:
        try:
            with _quiet():
                reader = vcfpy.Reader.from_stream(text)
            for number in count(1):
                place = f"Record {number} of {what}"
                with _quiet():
                    record = next(reader, None)
                if record is None:
                    return
                name = ";".join(record.ID)
                alternatives = [alt.serialize() for alt in record.ALT] or ["."]
                for alternative in alternatives:
                    yield Variant(record.CHROM, record.POS, record.REF, alternative, name)
        except (vcfpy.VCFPyException, ValueError, IndexError, KeyError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            reason = str(error).splitlines()[0][:160].rstrip(".") if str(error) else type(error).__name__
            raise InputError(
                f"{place} cannot be read as VCF ({reason}): it needs a header that begins with ##fileformat=VCF and "
                "tab-separated columns from CHROM to INFO."
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what vcfpy says of INFO fields, for as long as it reads: only the first five columns are used."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="vcfpy")
        yield
