"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path


def at_home(path: str | Path) -> Path:
    """Return a path with ``~`` written out.

    Raises
    ------
    FileNotFoundError
        It names the home of a user that there is not.

    Examples
    --------
    >>> at_home("data/x.fa").as_posix()
    'data/x.fa'
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        user = Path(path).parts[0]
        raise FileNotFoundError(f"{path} begins with {user}, but there is no such home folder.") from None
