"""What is raised for a model or a tokenizer that cannot be explained as it stands."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 300
"""Letters of another library's message that a sentence repeats."""
_SPEAKING = (ValueError, OSError, RuntimeError, ImportError)
"""Kinds whose messages say what is wrong without the name of the kind."""


class ModelError(UserError):
    """A model that cannot be explained as it stands, and what to do about it."""


class TokenizerError(UserError):
    """A tokenizer whose tokens cannot be brought back to bases."""


@contextmanager
def explained(what: str, way_out: str) -> Iterator[None]:
    """Turn what Transformers and the libraries below it raise over files into a sentence.

    They check little of what files hold, so that any kind of error may come, and a plain ``Exception`` from the
    library of tokenizers.

    Parameters
    ----------
    what, way_out
        What cannot be done, and what to do about it.

    Raises
    ------
    ModelError
        With the message of the error between the two.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(f"{what}: {reason(error)}. {cured(error, way_out)}") from error


def reason(error: Exception) -> str:
    """Return what an error of another library says, in one line."""
    said = _shortened(" ".join(str(error).split())).rstrip(".")
    if said and (isinstance(error, _SPEAKING) or type(error) is Exception or len(said.split()) > 3):
        return said
    return f"{type(error).__name__} {said}".strip()


def cured(error: Exception, way_out: str) -> str:
    """Return what to do about an error: files are not to blame for a library that is missing."""
    return "Install what it needs, and load it again." if isinstance(error, ImportError) else way_out


def _shortened(text: str) -> str:
    """Return the whole sentences of a long text that fit, or as many words where the first one is too long."""
    if len(text) <= _SHOWN:
        return text
    start = text[:_SHOWN]
    sentence = start.rpartition(". ")[0]
    return sentence or start.rpartition(" ")[0] or start
