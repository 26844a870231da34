"""Sentences of the library as a command writes them: with the options that it has itself, as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from captum_dna.cli.options import AS_FLAGS, RENAMED
from captum_dna.core.errors import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captum_dna.core.errors import Speller

_EXPLAINS = "attribute"
"""The command that makes the results that others read."""


def as_typed(sentence: str) -> str:
    """Return a sentence with its options as the command that runs has them."""
    ctx = click.get_current_context(silent=True)
    if ctx is None or not isinstance(ctx.find_root().command, click.Group):
        return sentence  # nobody who types commands reads it
    return spelled(sentence, speller_of(ctx))


def speller_of(ctx: click.Context) -> Speller:
    """Return what writes an option in a sentence as the command that runs has it, or says that only Python has it.

    A command that reads results names the options that they are made with as those of ``attribute``.
    """
    program = ctx.find_root().command
    command = ctx.command
    if isinstance(command, click.Group):
        command = command.get_command(ctx, ctx.invoked_subcommand or "") or command
    others = []
    if isinstance(program, click.Group) and all(
        one.name not in ("model", "models") for one in command.params
    ):
        explains = program.get_command(ctx, _EXPLAINS)
        others = [one for one in explains.params if isinstance(one, click.Option)] if explains else []

    def write(name: str, value: str | None) -> str:
        found = _written(command.params, name, value)
        if found is not None:
            return found
        found = _written(others, name, value)
        if found is not None:
            return f"captum-dna {_EXPLAINS} {found}"
        return f"{name}{'' if value is None else f'={value}'} (in Python)"

    return write


def _written(parameters: Sequence[click.Parameter], name: str, value: str | None) -> str | None:
    """Return an option as one of these parameters is typed, if it is one of them."""
    flag = AS_FLAGS.get((name, value))
    if flag in {word for one in parameters for word in (*one.opts, *one.secondary_opts)}:
        return flag
    names = {one.name for one in parameters}
    for one in parameters:
        if one.name != (name if name in names else RENAMED.get(name)):
            continue
        if isinstance(one, click.Option) and one.is_flag:
            words = one.secondary_opts if value == "False" else one.opts
            return words[0] if words else None
        return f"{one.opts[0]} {value}" if value else one.opts[0]
    return None
