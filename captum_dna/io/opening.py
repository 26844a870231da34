"""What a source of sequences is: letters or a table in hand, a file, a data set or standard input."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.paths import at_home
from captum_dna.core.words import kind_of
from captum_dna.io.files import InputError, file_opener, handle_opener, stdin_opener
from captum_dna.io.formats import Source, is_file_suffix, open_source
from captum_dna.io.objects import open_object
from captum_dna.io.tables import table_records

if TYPE_CHECKING:
    from captum_dna.io.formats import Records
    from captum_dna.io.reading import Reading

_NAME = re.compile(
    r"(?=.*[0-9_])[\w.+-]{1,255}|[\w+-]{1,100}\.[A-Za-z]\w{0,9}|(?=.*[RYSWKMBDHVryswkmbdhv])[A-Za-z]{1,8}"
)
"""Text that is not a path by its place and yet a file's name: digits, an ending, or a short word of ambiguity codes."""


def open_sequences(source: object, reading: Reading) -> tuple[str, Records]:
    """Return what to call a source in errors, and what yields its records."""
    if isinstance(source, str) and source == "-":
        what = "Standard input"
        reading.refuse_split(what)
        return what, open_source(Source(what, stdin_opener(), None, reading))
    if hasattr(source, "read") and hasattr(source, "readline"):
        what = str(getattr(source, "name", "The open file"))
        reading.refuse_split(what)
        return what, open_source(Source(what, handle_opener(source, what), None, reading))
    if isinstance(source, Path) or (
        isinstance(source, str) and (reading.genome is not None or _is_path(source))
    ):
        return _open_path(Path(source), str(source), reading)
    if reading.genome is not None:
        raise InputError(
            f"`genome=` is for the path of a BED file, and the source is {kind_of(source)}. Leave it out.",
            option="genome",
        )
    return open_object(source, reading)


def _is_path(text: str) -> bool:
    """Whether a string names a file or data set: it exists, or it is written as names are and sequences are not."""
    if "\n" in text or not text.strip():
        return False
    if "/" in text or "\\" in text or text.startswith("~") or is_file_suffix(Path(text).suffix):
        return True
    try:
        if Path(text).exists():
            return True
    except (OSError, ValueError):  # too long for a file name, as sequences are
        return False
    return _NAME.fullmatch(text) is not None


def dataset_path(source: object) -> str | None:
    """Return the folder or the hub name of a data set, ``None`` for anything else."""
    if not isinstance(source, Path) and not (isinstance(source, str) and source != "-" and _is_path(source)):
        return None
    path = at_home(source)
    hub_name = str(path).count("/") == 1 and not is_file_suffix(path.suffix) and not path.is_absolute()
    is_one = path.is_dir() or (hub_name and not path.exists() and not path.parent.is_dir())
    return str(path) if is_one else None


def _open_path(path: Path, text: str, reading: Reading) -> tuple[str, Records]:
    """Return the records of a file, or of a data set where there is no such file."""
    path = at_home(path)
    dataset = dataset_path(path)
    if reading.genome is None and dataset is not None:
        from captum_dna.io.hub import hub_table

        table = hub_table(dataset, reading.split)
        return table.what, table_records(table, reading)
    reading.refuse_split(text)
    return text, open_source(Source(text, file_opener(path), path, reading))
