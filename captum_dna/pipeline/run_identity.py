"""What makes two runs the same run: all that a result holds, and nothing of the hardware."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.packages import versions
from captum_dna.core.sequences import Sequence
from captum_dna.methods.choice import method_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.errors import SequenceError
    from captum_dna.pipeline.plan import Plan

_OF_THE_HARDWARE = ("batch_size",)


def identity_of(plan: Plan, shard_size: int) -> dict[str, object]:
    """Return what makes two runs the same run, apart from the sequences, as JSON takes it.

    Defaults are what they stand for, so that naming one changes nothing. Devices and batch sizes are left out: a run
    goes on wherever there is room.
    """
    classifier, options = plan.classifier, plan.options
    settings = {name: value for name, value in asdict(plan.settings).items() if name not in _OF_THE_HARDWARE}
    forward = classifier.network.forward
    identity = {
        "captum_dna": versions()["captum_dna"],
        "model": classifier.fingerprint,
        "tokenizer": classifier.encoder.fingerprint,
        "name_of_the_model": Path(classifier.name).name,  # a folder may lie elsewhere on another machine
        "labels": classifier.labels,
        "head": classifier.head,
        "forward": None if forward is None else _named(forward),
        "method": plan.method.name,
        "method_options": method_options(plan.method),
        "target": options.target,
        **settings,
        "projection": options.projection,
        "strands": options.strands,
        "windows": None if plan.windowing is None else asdict(plan.windowing),
        "shard_size": shard_size,
    }
    if plan.repeats:
        identity["over"] = [
            (one.cause, one.plan.classifier.fingerprint if one.cause == "model" else one.value)
            for one in plan.repeats
        ]
    plain: dict[str, object] = json.loads(json.dumps(identity, default=_plain))
    return plain


def digest_of(records: Iterable[Sequence | SequenceError]) -> str:
    """Return a digest of all that results take from their sequences."""
    digest = hashlib.sha256()
    for one in records:
        if isinstance(one, Sequence):
            tracks = [[track.name, track.spans] for track in one.tracks]
            interval = None if one.interval is None else str(one.interval)
            known: Any = [one.name, one.bases, one.label, interval, one.origin, tracks]
            known += [one.after] if one.after else []
            known += [{"drawn_from": one.drawn_from, "drawn_at": one.drawn_at}] if one.drawn_from else []
        else:
            known = str(one)
        digest.update(json.dumps(known, default=str).encode() + b"\n")
    return digest.hexdigest()


def _plain(value: object) -> object:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Sequence):  # whose letters are not all shown in its line
        return [getattr(value, one.name) for one in fields(value)]
    return _named(value) if callable(value) else repr(value)


def _named(value: object) -> str:
    """Return the name of a function or of an object's class, which is the same in every process."""
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
