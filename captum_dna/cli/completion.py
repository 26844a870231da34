"""What a shell completes by itself: the names of files and folders."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


class _FileName(click.types.StringParamType):
    """Text that may name a file or folder."""

    def shell_complete(self, *asked: object) -> list[CompletionItem]:
        """Leave the completion to the shell."""
        return [CompletionItem(asked[-1], type="file")]


FILE_NAME = _FileName()
_FILES = ("FILE", "FOLDER", "FASTA", "DATA", "MODEL")
"""Metavars of options that name files or folders."""
_NAMED = ("out", "validation", "test", "tokenizer", "base")
"""Other options that do."""


def names_a_file(parameter: click.Parameter) -> bool:
    """Tell whether the value of a parameter may be the name of a file or folder."""
    if isinstance(parameter, click.Argument):
        return True
    return parameter.metavar in _FILES or parameter.name in _NAMED
