"""Mistakes of the user's as sentences, and how each face of the package names an option in them.

A sentence has options in backticks, written as Python takes them: `` `overlap` `` names one, `` `column=` ``
says to give one, and `` `window_length='auto'` `` says what to give. Python shows the sentence as it stands;
the command line and the viewer spell the options in their own way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Speller = Callable[[str, str | None], str | None]

_OPTION = re.compile(r"`(?P<name>[a-z][a-z0-9_]*)(?:=(?P<value>'[^'`]*'|\"[^\"`]*\"|[\w.-]*))?`")


class UserError(ValueError):
    """Something that a user asked for and cannot have: a sentence with the place, and what to do.

    Parameters
    ----------
    sentence
        What is wrong and what to do.
    option
        Name of the option that the mistake is in, if it is in one.

    Examples
    --------
    >>> error = UserError("`overlap` must be a number of bases, not 'half'.", option="overlap")
    >>> error.option
    'overlap'
    >>> error.spelled(lambda name, _: f"--{name}")
    "--overlap must be a number of bases, not 'half'."
    """

    def __init__(self, sentence: str = "", *, option: str | None = None) -> None:
        super().__init__(sentence)
        self.option = option

    def spelled(self, speller: Speller) -> str:
        """Return the sentence with its options as a speller writes them; see :func:`spelled`."""
        return spelled(str(self), speller)


class SequenceError(UserError):
    """A sequence that cannot be explained, with its name, the position, and what to do."""


class TooLongError(SequenceError):
    """A sequence that does not fit the model; whoever can do something about it says what.

    Parameters
    ----------
    fact
        What is too long for what.
    advice
        What to do about it.
    """

    def __init__(self, fact: str, advice: str = "Cut it") -> None:
        super().__init__()
        self.args = (fact, advice)

    def __str__(self) -> str:
        return f"{self.args[0]}. {self.args[1]}."

    def advised(self, advice: str) -> TooLongError:
        """Return the same error with the advice of a call that can follow it."""
        return TooLongError(self.args[0], advice)


def spelled(sentence: str, speller: Speller) -> str:
    """Return a sentence with its options as a speller writes them.

    Parameters
    ----------
    sentence
        A sentence with options in backticks.
    speller
        Takes the name of an option and the value to give (``""`` for one of the user's own, ``None`` where
        the option is only named); returns what to write, or ``None`` to leave it as it is.

    Examples
    --------
    >>> spelled("Take windows: `window_length='auto'`.", lambda name, value: f"{name} {value}")
    'Take windows: window_length auto.'
    """

    def write(found: re.Match[str]) -> str:
        value = found["value"]
        written = speller(found["name"], None if value is None else value.strip("'\""))
        return found[0] if written is None else written

    return _OPTION.sub(write, sentence)


def options_in(sentence: str) -> Iterator[tuple[str, str | None]]:
    """Yield the options that a sentence names, each with the value that it says to give."""
    for found in _OPTION.finditer(sentence):
        yield found["name"], None if found["value"] is None else found["value"].strip("'\"")
