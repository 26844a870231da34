"""Hugging Face data sets, by hub name or local folder, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from captum_dna.io.files import InputError
from captum_dna.io.tables import Table, dataset_table


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
    try:
        if folder.is_dir() and any((folder / f).exists() for f in ("state.json", "dataset_dict.json")):
            found = datasets.load_from_disk(name)
        else:
            found = datasets.load_dataset(name, split=_only_split(name, split))
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        kind = "folder" if folder.is_dir() else "data set"
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise InputError(
            f"The {kind} {name} cannot be loaded: {reason}. There is no file of that name either."
            if kind == "data set"
            else f"The {kind} {name} cannot be loaded: {reason}. Name one file in it, if it is no data set."
        ) from error
    return dataset_table(one_split(found, split, name), name)


def one_split(found: Any, split: str | None, name: str) -> Any:
    """Return the split asked for out of several, or the only one there is."""
    if not isinstance(found, dict):
        return found
    if split is None and len(found) == 1:
        return next(iter(found.values()))
    if split not in found:
        raise InputError(f"{name} has the splits {', '.join(found)}: choose one with `split=`.")
    return found[split]


def _only_split(name: str, split: str | None) -> str:
    """Return the split asked for; otherwise the only one, found out before anything is downloaded."""
    import datasets

    if split is not None:
        return split
    return str(one_split({s: s for s in datasets.get_dataset_split_names(name)}, None, name))
