"""Packages that are not always installed: imported where they are used, and named with the line that installs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needs(package: str, extra: str | None, what: str) -> Any:
    """Return a module of a package that may not be installed.

    Parameters
    ----------
    package
        The module to import, such as ``"sklearn.metrics"``.
    extra
        The extra of captum_dna that installs it; ``None`` for a package of its own name.
    what
        What cannot be done without it, as the beginning of a sentence: "Motifs", "The widget".

    Raises
    ------
    ImportError
        It is not installed; the sentence says how to install it.

    Examples
    --------
    >>> needs("math", None, "Numbers").gcd(12, 18)
    6
    >>> needs("no_such_package", "motifs", "Motifs")
    Traceback (most recent call last):
        ...
    ImportError: Motifs need the package no_such_package: pip install 'captum_dna[motifs]'
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        missing = error.name or package
        verb = "need" if what.endswith("s") else "needs"
        line = f"'captum_dna[{extra}]'" if extra else missing
        raise ImportError(f"{what} {verb} the package {missing}: pip install {line}", name=missing) from error
