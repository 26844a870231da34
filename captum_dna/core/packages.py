"""Packages: those that are not always installed, named with the line that installs them, and the versions of others."""

from __future__ import annotations

import platform
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def needs(package: str, extra: str | None, what: str) -> ModuleType:
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


@cache
def versions() -> dict[str, str]:
    """Return the versions of what computes scores; other ones may change their last digits."""
    packages = ("captum_dna", "captum", "torch", "transformers")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}
