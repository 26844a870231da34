"""The worker of a run on Ray: it loads the model once, and then sees to the shards whose numbers it is given.

It reads its own records and writes its own files, so that Ray carries numbers one way and a word the other.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.core.errors import UserError
from captum_dna.core.notices import collected, tell
from captum_dna.core.options import Options
from captum_dna.core.packages import versions
from captum_dna.io.claims import Claims
from captum_dna.io.input_shards import InputShards
from captum_dna.io.run_folder import RunError, RunFolder
from captum_dna.io.sequence_source import SequenceSource
from captum_dna.model.classifier import Classifier
from captum_dna.model.loading import device_for, load
from captum_dna.pipeline.run_identity import identity_of
from captum_dna.pipeline.schedule import Outcome
from captum_dna.pipeline.settling import Settling
from captum_dna.pipeline.validate import plan_of

if TYPE_CHECKING:
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.io.reading import Reading


@dataclass(frozen=True)
class Order:
    """What a worker is to do, as it travels: the call, and what the driver made of it.

    Parameters
    ----------
    here
        The driver's working folder, from which names of files are relative.
    folder, sequences, reading, choices, size
        What :func:`captum_dna.attribute_to` was given.
    name
        What the model is called in results.
    identity, digest
        What makes the run, and its digest.
    versions
        Those of what computes for the driver.
    """

    here: str
    folder: str
    sequences: SequencesLike
    reading: Reading
    choices: dict[str, object]
    size: int
    name: str
    identity: dict[str, object]
    digest: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Report:
    """What a worker says: what became of a shard, what a user should hear, and whether the run cannot go on.

    Parameters
    ----------
    outcome
        What became of the shard; ``None`` of the start.
    told
        Warnings.
    stop
        What is wrong with more than this shard.
    token
        Under which the worker's claims are known; said at the start.
    """

    outcome: Outcome | None = None
    told: tuple[str, ...] = ()
    stop: str | None = None
    token: str = ""


class Worker:
    """An actor of a run.

    Parameters
    ----------
    order
        What to do.
    model
        The name of the model, or a classifier that was shipped.
    """

    def __init__(self, order: Order, model: ModelLike) -> None:
        self._order = order
        self._model = model
        self._settling: Settling | None = None

    def start(self) -> Report:
        """Load the model, and find out whether this machine has what the driver has."""
        with collected() as told:
            try:
                self._settling = self._begun()
            except (UserError, OSError, ImportError) as error:
                return Report(stop=f"A worker on {socket.gethostname()} cannot start: {error}")
        return Report(told=tuple(told), token=self._settling.claims.token)

    def settle(self, number: int) -> Report:
        """See to a shard."""
        if self._settling is None:
            raise RuntimeError("A worker starts before it sees to shards.")
        with collected() as told:
            try:
                outcome = self._settling.settle(number)
            except UserError as error:
                return Report(stop=str(error))
            except Exception as error:  # noqa: BLE001 - the shard is tried elsewhere, and then set aside with this
                outcome = Outcome("failed", sentence=f"{type(error).__name__}: {error}")
        return Report(outcome, tuple(told))

    def _begun(self) -> Settling:
        order = self._order
        with suppress(
            OSError
        ):  # a folder of the driver's machine alone; names of files are then absolute, or wrong
            os.chdir(order.here)
        other = [
            f"{what} {version} (the driver: {order.versions.get(what)})"
            for what, version in versions().items()
            if version != order.versions.get(what)
        ]
        if versions()["captum_dna"] != order.versions["captum_dna"]:
            raise RunError(f"it has {', '.join(other)}. Install one version of captum_dna on all machines.")
        if other:
            tell(
                f"A worker on {socket.gethostname()} has {', '.join(other)}: the last digits of its scores may differ."
            )
        run = RunFolder(order.folder)
        if run.record is None or run.record.identity != order.identity:
            raise RunError(
                f"it does not see the run in {order.folder}. Put the folder on a file system that all machines share."
            )
        classifier = load(self._model)
        if isinstance(self._model, Classifier):
            classifier.model.to(device_for(None))
        classifier.name = order.name
        plan = plan_of(classifier, Options.of(**order.choices))
        source = SequenceSource.of(order.sequences, order.reading, plan.options.on_invalid)
        found = identity_of(plan, order.size) | source.identity
        differs = [
            what.replace("_", " ") for what in order.identity if found.get(what) != order.identity[what]
        ]
        if differs:
            raise RunError(
                f"it finds another model than the driver under {order.name!r} (the {', the '.join(differs)} differs). Put "
                "the same files on all machines."
            )
        shards = InputShards(source, order.size, by_index=True)
        return Settling(run, order.digest, plan, shards, Claims(run.claims).__enter__())
