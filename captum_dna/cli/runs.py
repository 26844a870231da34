"""Folders of shards: what ``attribute --out run/`` does, and the verb ``status``."""

from __future__ import annotations

import re
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.inputs import choices_of
from captum_dna.cli.numbers import Number, Whole
from captum_dna.cli.options import debug_option
from captum_dna.cli.output import as_json, put, put_json, say
from captum_dna.cli.program import main
from captum_dna.core.words import counted, is_or_are

if TYPE_CHECKING:
    from captum_dna.cli.choices import Command
    from captum_dna.io.run_status import RunStatus

_LISTED = 20
"""Shards that a list names."""
_PART = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def part_of(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """Return which part ``--part`` asks for."""
    if text is None:
        return None
    found = _PART.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not I/N, such as 3/64; parts are counted from 0.")
    return int(found[1]), int(found[2])


_CLUSTER = (
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="What computes a folder of shards: this process, or workers of a Ray cluster.",
    ),
    click.option(
        "--workers",
        type=Whole(1),
        help="Workers of a Ray cluster. Default: one for each GPU that they ask for, or each processor.",
    ),
    click.option("--gpus-per-worker", type=Number(0), metavar="N", help="GPUs of each worker. Default: 0."),
    click.option(
        "--address",
        metavar="ADDRESS",
        help="Ray cluster to join, or auto for the one of this machine. Default: RAY_ADDRESS, or a new one here.",
    ),
)


def cluster_options(command: Command) -> Command:
    """Add the options of a run on a cluster."""
    for option in reversed(_CLUSTER):
        command = option(command)
    return command


def attribute_into(
    folder: str,
    model: str,
    data: str,
    part: tuple[int, int] | None,
    shard_size: int,
    where: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Explain into a folder of shards, and say what is there.

    Workers load a model by its name, unless it is loaded in another way than by its name alone.
    """
    from captum_dna import attribute_to, load

    reading, model_options, choices = choices_of(options)
    stops_as_ctrl_c()
    by_name = where["engine"] != "local" and not any(model_options.values())
    attribute_to(
        folder,
        model if by_name else load(model, **model_options),
        data,
        shard_size=shard_size,
        part=part,
        **where,
        **reading.chosen,
        **choices,
    )
    say_finished(folder, part, "sequence")


def stops_as_ctrl_c() -> None:
    """Let SIGTERM, which schedulers send, do what Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def say_finished(folder: str, part: tuple[int, int] | None, records: str) -> None:
    """Say what a folder holds after a call that went well."""
    from captum_dna.io.run_folder import RunFolder

    run = RunFolder(folder)
    finished, total = len(run.finished()), run.total
    if as_json():
        all_of_it = {"shards": None, "sequences": None} if total is None else asdict(total)
        put_json({"folder": folder, "finished": finished, **all_of_it})
    if part is not None and total is not None:
        say(
            f"Part {part[0]}/{part[1]} is finished; {folder} holds {finished:,} of {counted(total.shards, 'shard')}."
        )
    elif total is not None:
        say(f"Wrote {counted(total.sequences, records)} to {folder}")


@main.command(
    short_help="Show which shards of a folder are finished.",
    epilog="captum-dna status run/",
)
@click.argument("folder")
@debug_option
def status(folder: str) -> None:
    """Check every shard of FOLDER: what is finished, by which process, how fast, and what failed.

    The exit code is 0 where everything is finished and sound, and 1 where something is missing.
    """
    from captum_dna.io.run_status import run_status

    found = run_status(folder)
    if as_json():
        put_json({**asdict(found), "complete": found.complete})
    for line in () if as_json() else _lines(folder, found):
        put(line)
    if not found.complete:
        click.get_current_context().exit(1)


def _lines(folder: str, found: RunStatus) -> list[str]:
    """Return the state of a run in words."""
    done = len(found.sound)
    results = counted(found.results, "result")
    if found.total is None:
        lines = [f"{folder}: {counted(done, 'shard')} {is_or_are(done)} finished, with {results} so far."]
    else:
        total = found.total.shards
        finished = f"{done:,} of {counted(total, 'shard')} {is_or_are(total)} finished"
        lines = [f"{folder}: {finished}, with {results} of {counted(found.total.sequences, 'sequence')}."]
        known = {*found.sound, *found.held, *found.aside, *found.damaged}
        missing = [number for number in range(found.total.shards) if number not in known]
        if missing:
            lines.append(f"To do: {_listed(missing)}.")
    lines += [f"Being computed: shard {number}, by {who}." for number, who in sorted(found.held.items())]
    if found.damaged:
        lines.append(
            f"Damaged: {_listed(found.damaged)}; the next run computes {'it' if len(found.damaged) == 1 else 'them'} again."
        )
    lines += [f"Set aside: shard {number}: {sentence}" for number, sentence in found.aside.items()]
    lines += [
        f"Left out: shard {number}: {sentence}"
        for number, sentences in found.left_out.items()
        for sentence in sentences
    ]
    lines += [
        f"{who}: {counted(share.shards, 'shard')}, {counted(share.results, 'result')}, {share.speed:.3g} per second."
        for who, share in sorted(found.by.items())
    ]
    return lines


def _listed(numbers: list[int]) -> str:
    more = f" and {len(numbers) - _LISTED:,} more" if len(numbers) > _LISTED else ""
    return f"{'shard' if len(numbers) == 1 else 'shards'} {', '.join(map(str, numbers[:_LISTED]))}{more}"
