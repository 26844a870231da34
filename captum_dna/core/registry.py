"""Named things of one kind, such as methods or file formats: our own, and those of other packages.

Another package adds one by an entry point of the registry's group, in its own ``pyproject.toml``::

    [project.entry-points."captum_dna.methods"]
    my_method = "my_package.my_method:MyMethod"

Names are known without importing what they stand for, so that help and menus come at once.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Generic, TypeVar

from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint, EntryPoints

T = TypeVar("T")


class UnknownName(UserError):  # noqa: N818 - it names what is wrong
    """A name that stands for nothing, or for something that cannot be loaded; says what there is."""


class Registry(Generic[T]):
    """Names in order, each with what it stands for, which is loaded when it is asked for.

    Parameters
    ----------
    kind
        What the things are called in sentences, such as ``"method"``.
    group
        The group of entry points by which other packages add theirs.
    own
        Ours by name: the things themselves, or where they are, as ``"module:object"``.
    needs
        Attributes that everything of this kind has; one that comes without is refused by a sentence.

    Examples
    --------
    >>> shapes = Registry("shape", "captum_dna.shapes", {"pi": "math:pi", "e": "math:e"})
    >>> list(shapes), round(shapes["pi"], 2)
    (['pi', 'e'], 3.14)
    >>> shapes["pie"]
    Traceback (most recent call last):
        ...
    captum_dna.core.registry.UnknownName: There is no shape 'pie' (did you mean 'pi'?). Choose one of pi, e.
    """

    def __init__(self, kind: str, group: str, own: Mapping[str, T | str], needs: Iterable[str] = ()) -> None:
        self.kind = kind
        self.group = group
        self._own = dict(own)
        self._needs = tuple(needs)
        self._loaded: dict[str, T] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield all names: ours in their order, then those of other packages by package."""
        return iter((*self._own, *self._theirs))

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._theirs

    def __len__(self) -> int:
        return len(self._own) + len(self._theirs)

    def __getitem__(self, name: str) -> T:
        """Return what a name stands for.

        Raises
        ------
        UnknownName
            There is no such name, or another package's entry of this name cannot be used.
        """
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def items(self) -> Iterator[tuple[str, T]]:
        """Yield names with what they stand for; entries of other packages that cannot be used are told and left out."""
        for name in self:
            try:
                value = self[name]
            except UnknownName as error:
                if name in self._own:
                    raise
                tell(str(error))
            else:
                yield name, value

    def values(self) -> Iterator[T]:
        """Return what the names stand for, as :meth:`items` does."""
        return (value for _, value in self.items())

    def source(self, name: str) -> str:
        """Return the package that a name comes from."""
        return _package(self._theirs[name]) if name in self._theirs else "captum_dna"

    @cached_property
    def _theirs(self) -> dict[str, EntryPoint]:
        """Entries of other packages by name, without names that are taken twice, which are told."""
        found: dict[str, EntryPoint] = {}
        refused: set[str] = set()
        for entry in sorted(
            _entries(*sys.path).select(group=self.group), key=lambda one: (_package(one), one.name)
        ):
            before = "captum_dna" if entry.name in self._own else None
            if entry.name in found:
                before = _package(found[entry.name])
            if before is None:
                found[entry.name] = entry
                continue
            refused.add(entry.name)
            kept = "captum_dna's own is used" if before == "captum_dna" else "neither is used"
            tell(
                f"The packages {before} and {_package(entry)} both provide a {self.kind} {entry.name!r}; "
                f"{kept}. "
                f"Uninstall one of them, or rename its entry point ({self.group}).",
            )
        return {name: entry for name, entry in found.items() if name not in refused}

    def _load(self, name: str) -> T:
        if name in self._own:
            value = self._own[name]
            return self._located(value) if isinstance(value, str) else value
        if name not in self._theirs:
            raise UnknownName(no_such(self.kind, name, self))
        entry = self._theirs[name]
        where = f"The {self.kind} {name!r} of the package {_package(entry)}"
        try:
            value = entry.load()
        except Exception as error:  # whatever another package does when it is imported
            raise UnknownName(
                f"{where} cannot be loaded from {entry.value} ({type(error).__name__}: {error}). "
                f"Update the package, or uninstall it: pip uninstall {_package(entry)}."
            ) from error
        missing = [attribute for attribute in self._needs if not hasattr(value, attribute)]
        if missing:
            raise UnknownName(
                f"{where} has no {', '.join(missing)}, which every {self.kind} has. Update the package."
            )
        own_name = getattr(value, "name", name)
        if "name" in self._needs and own_name != name:
            raise UnknownName(
                f"{where} calls itself {own_name!r}. Its entry point and its attribute name= must have the "
                "same name."
            )
        return value  # type: ignore[no-any-return]  # what a registry holds is checked by its needs

    def _located(self, reference: str) -> T:
        module, _, attribute = reference.partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]  # what a module holds is not known before


def no_such(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known: near ones, and all that there are.

    Examples
    --------
    >>> no_such("colour", "gren", ["green", "blue"])
    "There is no colour 'gren' (did you mean 'green'?). Choose one of green, blue."
    """
    names = list(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.75)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"There is no {kind} {name!r}{hint}. Choose one of {', '.join(names)}."


@cache
def _entries(*_: str) -> EntryPoints:
    """Return the entry points of all packages on a path; to look for them takes a tenth of a second."""
    return entry_points()  # type: ignore[return-value]  # Python 3.10 has another class that selects alike


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.module.partition(".")[0]
