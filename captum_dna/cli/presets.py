"""Options of a command from a file (``--config``), into one (``--save-config``), and from the environment."""

from __future__ import annotations

import json
import os
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from captum_dna.core.paths import at_home
from captum_dna.io.writing import check_writable, write_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_NOT_KEPT = ("config", "save_config", "debug", "verbose", "quiet", "as_json")
"""Options that say how to speak, and not what to do."""


def read_preset(path: Path, command: click.Command, commands: Iterable[str]) -> dict[str, object]:
    """Return the options of a command that a file of TOML holds, at its top or in the table of the command's name.

    Raises
    ------
    click.BadParameter
        The file cannot be read, or has a table that is not a command's.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise click.BadParameter(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.BadParameter(
            f"{path} cannot be read as TOML ({error}). Write NAME = VALUE lines."
        ) from None
    options = {name: value for name, value in content.items() if not isinstance(value, dict)}
    names = [*commands, str(command.name)]
    for table in content.keys() - options.keys():
        if table not in names:
            raise click.BadParameter(
                f"{path} has a table [{table}], which is not a command{_meant(table, names)}. The commands are "
                f"{', '.join(sorted({*names}))}."
            )
    options |= content.get(str(command.name), {})
    return {name.replace("-", "_"): value for name, value in options.items()}


def apply_preset(ctx: click.Context, path: Path) -> None:
    """Make the options in a file those of a command, where neither the command line nor the environment says otherwise.

    Raises
    ------
    click.BadParameter
        The file cannot be read, or has a key that is not an option of the command.
    """
    by_word = {
        word.lstrip("-").replace("-", "_"): one for one in _options_of(ctx.command) for word in one.opts
    }
    commands = getattr(ctx.find_root().command, "commands", ())
    defaults: dict[str, object] = {}
    for name, value in read_preset(path, ctx.command, commands).items():
        if name not in by_word:
            words = [word.replace("_", "-") for word in by_word]
            raise click.BadParameter(
                f"{path} has {name!r}, which is not an option of {ctx.command.name}"
                f"{_meant(name.replace('_', '-'), words)}. They are "
                f"{', '.join(sorted(words))}."
            )
        defaults[str(by_word[name].name)] = _as_typed(by_word[name], value)
    ctx.default_map = {**(ctx.default_map or {}), **defaults}


def variable_of(command: click.Command, option: click.Option) -> str:
    """Return the name of the environment variable that sets an option: of the command and the option, in capitals."""
    return f"{_beginning(command)}{option.opts[-1].lstrip('-').replace('-', '_').upper()}"


def check_environment(command: click.Command) -> None:
    """Refuse environment variables that begin as those of a command do and are none of its options.

    Raises
    ------
    click.UsageError
        Names the first, and what it may have been meant for.
    """
    known = [variable_of(command, one) for one in _options_of(command)]
    for name in sorted(os.environ):
        if name.startswith(_beginning(command)) and name not in known:
            start = _beginning(command)
            meant = _meant(name.removeprefix(start), [one.removeprefix(start) for one in known], start)
            raise click.UsageError(
                f"The environment variable {name} is not an option of {command.name}{meant}. Correct it, or unset it."
            )


def _beginning(command: click.Command) -> str:
    return f"CAPTUM_DNA_{command.name}_".upper()


def _meant(name: str, known: Iterable[str], start: str = "") -> str:
    """Return a question after what a slip may have been meant for, ``start`` before its name."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (did you mean {start}{found[0]}?)" if found else ""


def save_preset(path: Path, command: click.Command, given: Mapping[str, object]) -> None:
    """Write the options that a command was given as TOML, in a table of the command's name."""
    check_writable(path)
    words = {str(one.name): one.opts[-1].lstrip("-") for one in _options_of(command)}
    lines = [
        f"{words[name]} = {_toml(value)}"
        for name, value in given.items()
        if name in words and name not in _NOT_KEPT and value is not None
    ]
    write_text(path, "\n".join([f"[{command.name}]", *lines, ""]))


def path_at_home(_: click.Context, __: click.Parameter, text: str | None) -> Path | None:
    """Return a path that was typed."""
    return None if text is None else at_home(text)


def _options_of(command: click.Command) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option)]


def _as_typed(option: click.Option, value: object) -> object:
    """Return a value of TOML as it would be typed."""
    if option.multiple:
        return [str(one) for one in (value if isinstance(value, list) else [value])]
    if option.is_flag or isinstance(value, bool):
        return value
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _toml(value: object) -> str:
    """Return a value as TOML, whose texts, numbers and lists of these are those of JSON."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
