"""One shard of a run, computed: records in, results out, wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.core.errors import SequenceError
from captum_dna.model.errors import TokenizerError
from captum_dna.pipeline.attribute import Interrupted, explained
from captum_dna.pipeline.validate import prepared, targets_of
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.pipeline.plan import Plan, Prepared

    Record = Sequence | SequenceError

_LISTED = 5
"""How many bad sequences an error lists."""


@dataclass(frozen=True)
class Computed:
    """The results of a shard in the order of its records, and what was wrong with those that are left out."""

    results: list[Attribution]
    left_out: tuple[str, ...]


def compute(
    plan: Plan,
    records: list[Record],
    *,
    targets: list[int | None] | None = None,
    kept: Mapping[str, Attribution],
    progress: Tell | bool = False,
) -> Computed:
    """Compute what is still missing of a shard.

    Parameters
    ----------
    plan, progress
        As for :func:`captum_dna.pipeline.attribute.explained`.
    records
        The shard's sequences, and what is wrong with records that are none.
    targets
        The class explained of each good sequence; by default the plan's own for all of them.
    kept
        Results of an earlier try, by name.

    Raises
    ------
    SequenceError
        Some sequences are bad, and are not to be skipped.
    Interrupted
        Ctrl-C; carries what is finished, with what was kept.
    """
    good, bad = _usable(plan, records)
    if bad and plan.options.on_invalid != "skip":
        raise SequenceError(_listed(bad))
    if targets is None:
        targets = targets_of(plan.classifier, plan.options.target, len(good))
    rest = [(one, target) for one, target in zip(good, targets, strict=True) if one.sequence.name not in kept]
    try:
        new = (
            explained(plan, [one for one, _ in rest], [target for _, target in rest], progress)
            if rest
            else ()
        )
    except Interrupted as stop:
        raise Interrupted(Attributions(_in_order(good, kept, stop.finished)), len(good)) from None
    return Computed(_in_order(good, kept, new), tuple(bad))


def _usable(plan: Plan, records: list[Record]) -> tuple[list[Prepared], list[str]]:
    """Return what can be explained of a shard, and what is wrong with the rest."""
    good, bad = [], []
    for record in records:
        try:
            if isinstance(record, SequenceError):
                raise record
            good.append(prepared(plan, record))
        except (SequenceError, TokenizerError) as error:
            bad.append(str(error))
    return good, bad


def _in_order(
    good: list[Prepared], kept: Mapping[str, Attribution], new: Attributions | tuple[()]
) -> list[Attribution]:
    """Return the results that there are in the order of the sequences."""
    found = {**kept, **{one.name: one for one in new}}
    return [found[one.sequence.name] for one in good if one.sequence.name in found]


def _listed(bad: list[str]) -> str:
    more = [f"and {len(bad) - _LISTED} more."] if len(bad) > _LISTED else []
    return "\n  ".join([*bad[:_LISTED], *more])
