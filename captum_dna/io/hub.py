"""Hugging Face data sets, by hub name or local folder, as tables."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.io.files import InputError
from captum_dna.io.tables import Table, dataset_table

if TYPE_CHECKING:
    from collections.abc import Iterator


def hub_table(name: str, split: str | None) -> Table:
    """Load one split of a data set and return it as a table.

    Parameters
    ----------
    name
        A hub name, such as ``"owner/data"``, or a folder with data files or a saved data set.
    split
        The split, such as ``"test"`` or ``"train[:100]"``; may be ``None`` where there is only one.

    Raises
    ------
    InputError
        No such data set, no such split, or several splits and none chosen.
    """
    import datasets

    folder = Path(name)
    with _explained(name):
        if any((folder / f).exists() for f in ("state.json", "dataset_dict.json")):
            found = datasets.load_from_disk(name)
            if split is not None and not isinstance(found, dict) and str(found.split) != split:
                raise InputError(
                    f"{name} has no splits, so there is no split {split!r}. Leave `split=` out.",
                    option="split",
                )
        else:
            found = datasets.load_dataset(_address(name), split=_only_split(name, split))
    return dataset_table(one_split(found, split, name), name)


def split_names(name: str) -> tuple[str, ...]:
    """Return the names of a data set's splits, by hub name or folder, before anything is downloaded.

    Raises
    ------
    InputError
        No such data set.
    """
    import datasets

    folder = Path(name)
    with _explained(name):
        if (folder / "dataset_dict.json").exists():
            return tuple(json.loads((folder / "dataset_dict.json").read_text())["splits"])
        if (folder / "state.json").exists():
            return ()
        return tuple(datasets.get_dataset_split_names(_address(name)))


def _address(name: str) -> str:
    """Return a folder's whole path, since the library names data after its last part, which ``.`` lacks; or the name."""
    return str(Path(name).resolve()) if Path(name).is_dir() else name


def one_split(found: object, split: str | None, name: str) -> object:
    """Return the split asked for out of several, or the only one there is."""
    if not isinstance(found, dict):
        return found
    if split is None and len(found) == 1:
        return next(iter(found.values()))
    if split not in found:
        raise InputError(f"{name} has the splits {', '.join(found)}. Choose one with `split=`.")
    return found[split]


def _only_split(name: str, split: str | None) -> str:
    """Return the split asked for; otherwise the only one, found out before anything is downloaded."""
    import datasets

    if split is not None:
        return split
    return str(one_split({s: s for s in datasets.get_dataset_split_names(_address(name))}, None, name))


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what the library says of a data set into a sentence."""
    import datasets

    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise InputError(
            f"The folder {name} cannot be loaded: {reason}. Name one file in it, if it is not a data set."
            if Path(name).is_dir()
            else f"The data set {name} cannot be loaded: {reason}. There is no file of that name either."
        ) from error
