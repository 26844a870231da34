"""A run on a Ray cluster: a driver gives numbers of shards to workers, and hears what became of them.

Workers read, compute and write (see :mod:`captum_dna.pipeline.ray_worker`); which shard comes next is decided by
:mod:`captum_dna.pipeline.schedule`. Neither records nor results pass through Ray, and none of its own data sets is used.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from captum_dna.core.checks import number_of, whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell
from captum_dna.core.packages import needs
from captum_dna.core.written import digits
from captum_dna.io.run_folder import RunError
from captum_dna.pipeline.ray_worker import Worker
from captum_dna.pipeline.schedule import TRIES, Outcome, Schedule
from captum_dna.pipeline.settling import claim_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from ray import ObjectRef
    from ray.actor import ActorHandle

    from captum_dna.core.types import ModelLike
    from captum_dna.pipeline.ray_worker import Order, Report
    from captum_dna.pipeline.settling import Settling

_PATIENCE = 0.5
"""Seconds after which the driver looks up, if it hears nothing."""
_SLOW_START = 60.0
"""Seconds without a worker after which it is said that there is none."""
_RING = 10.0
"""Seconds that a cluster has to take a call."""


@dataclass(frozen=True)
class Cluster:
    """Where workers run, and how many.

    Parameters
    ----------
    workers
        How many; by default one for each GPU that they ask for, or for each processor.
    gpus_per_worker
        GPUs of each.
    address
        Of a cluster: ``"auto"`` for the one of this machine, or host and port. By default that of ``RAY_ADDRESS``, or a
        cluster that is started on this machine for the run.
    """

    workers: int | None = None
    gpus_per_worker: float | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None:
            whole_number("workers", self.workers, 1)
        gpus = 0 if self.gpus_per_worker is None else number_of(self.gpus_per_worker)
        if gpus is None or not gpus >= 0:
            raise UserError(
                f"`gpus_per_worker` is a number of GPUs such as 0, 0.5 or 1, not {self.gpus_per_worker!r:.40}.",
                option="gpus_per_worker",
            )

    @property
    def gpus(self) -> float:
        """GPUs of each worker."""
        return float(self.gpus_per_worker or 0)


def settle_on_ray(
    cluster: Cluster,
    order: Order,
    model: ModelLike,
    settling: Settling,
    part: tuple[int, int],
    finished: Callable[[int], None],
) -> dict[int, str]:
    """Let workers see to the shards of a part.

    Parameters
    ----------
    cluster
        Where.
    order, model
        What each worker is made of.
    settling
        The driver's own view of the run.
    part
        Which part of how many.
    finished
        Called with the number of records of each shard that is finished.

    Returns
    -------
    The shards that were set aside, each with what is wrong.

    Raises
    ------
    ImportError
        Ray is not installed.
    UserError
        The cluster cannot be reached, or has no room for a worker.
    RunError
        Workers cannot start, or differ from the driver.
    """
    ray = needs("ray", "cluster", "The engine 'ray'")

    def to_do() -> Iterator[int]:
        for number in settling.shards.numbers(*part):
            records = settling.finished(number)
            if records is None:
                yield number
            else:
                finished(records)

    numbers = to_do()
    first = next(numbers, None)
    if first is None:
        return {}
    with _connected(ray, cluster):
        count = _room(ray, cluster)
        if settling.shards.known is not None:
            count = min(count, len(range(first, settling.shards.known.shards, part[1])))
        driver = _Driver(ray, cluster, order, model, settling, Schedule(chain([first], numbers)), finished)
        try:
            return driver.run(count)
        finally:
            driver.dismiss()


@dataclass
class _Driver:
    """Workers as they come, work and go."""

    ray: ModuleType
    cluster: Cluster
    order: Order
    model: ModelLike | ObjectRef
    settling: Settling
    schedule: Schedule
    finished: Callable[[int], None]
    starting: dict[ObjectRef, ActorHandle] = field(default_factory=dict)
    idle: list[ActorHandle] = field(default_factory=list)
    busy: dict[ObjectRef, tuple[ActorHandle, int]] = field(default_factory=dict)
    tokens: dict[ActorHandle, str] = field(default_factory=dict)
    failures: int = 0
    since: float | None = field(default_factory=time.monotonic)
    """When there was a worker last, until it is said that there is none."""

    def run(self, count: int) -> dict[int, str]:
        """See all shards through."""
        ray = self.ray
        if not isinstance(self.model, str | os.PathLike):
            self.model = ray.put(self.model)
        self.order_kept = ray.put(self.order)
        self.actor = ray.remote(Worker).options(num_cpus=1, num_gpus=self.cluster.gpus)
        for _ in range(count):
            self._hire()
        while True:
            while self.idle and (number := self.schedule.next()) is not None:
                worker = self.idle.pop()
                self.busy[worker.settle.remote(number)] = worker, number
            if self.schedule.over:
                return self.schedule.aside
            self._listen()
            self.schedule.look_again(lambda number: self.settling.claims.elsewhere(claim_of(number)))

    def dismiss(self) -> None:
        """End all workers; what they were at is free for others."""
        for worker in (*self.starting.values(), *self.idle, *(worker for worker, _ in self.busy.values())):
            self.ray.kill(worker)
        for token in self.tokens.values():
            self.settling.claims.bury(token)

    def _hire(self) -> None:
        worker = self.actor.remote(self.order_kept, self.model)
        self.starting[worker.start.remote()] = worker

    def _listen(self) -> None:
        """Wait for a word of a worker, for a moment."""
        waited = [*self.starting, *self.busy]
        if not waited:
            time.sleep(_PATIENCE)  # other processes hold what is left
            return
        words = self.ray.wait(waited, num_returns=1, timeout=_PATIENCE)[0]
        if self.idle or self.busy:
            self.since = time.monotonic()
        elif not words and self.since is not None and time.monotonic() - self.since > _SLOW_START:
            self.since = None
            tell(
                f"No worker could start for {_SLOW_START:.0f} seconds: each needs 1 processor and {self.cluster.gpus:g} "
                "GPUs. 'ray status' says what the cluster has free."
            )
        for word in words:
            if word in self.starting:
                self._started(word)
            else:
                self._settled(word)

    def _started(self, word: ObjectRef) -> None:
        worker = self.starting.pop(word)
        try:
            report: Report = self.ray.get(word)
        except self.ray.exceptions.RayError as error:
            self.failures += 1
            if self.failures >= TRIES:
                raise RunError(
                    f"{self.failures} workers ended before they could begin, the last with: {_last_line(error)}. Put "
                    "captum_dna, the model and the input on all machines."
                ) from error
            self._hire()
            return
        self._hear(report)
        self.failures = 0
        self.tokens[worker] = report.token
        self.idle.append(worker)

    def _settled(self, word: ObjectRef) -> None:
        worker, number = self.busy.pop(word)
        try:
            report: Report = self.ray.get(word)
        except self.ray.exceptions.RayError as error:
            self.settling.claims.bury(self.tokens.pop(worker))
            self._hire()
            outcome = Outcome(
                "failed",
                sentence=f"it ended {TRIES} workers, the last with: {_last_line(error)}. Memory is the usual cause. Choose "
                "a smaller `batch_size`, or leave its longest sequence out.",
            )
        else:
            self.idle.append(worker)
            self._hear(report)
            outcome = report.outcome or Outcome("failed")
        if self.schedule.note(number, outcome):
            self.settling.run.set_aside(number, outcome.sentence)
        if outcome.state == "finished":
            self.finished(outcome.records)

    def _hear(self, report: Report) -> None:
        for sentence in report.told:
            tell(sentence)
        if report.stop is not None:
            raise RunError(report.stop)


@contextmanager
def _connected(ray: ModuleType, cluster: Cluster) -> Iterator[None]:
    """Join a cluster, or start one here; leave it, or end it, afterwards. One that the user has joined is left alone."""
    if ray.is_initialized():
        yield
        return
    address = cluster.address or os.environ.get("RAY_ADDRESS") or "local"
    options: dict[str, object] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == "local":
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
        options |= {"include_dashboard": False}
        options |= {} if cluster.workers is None else {"num_cpus": cluster.workers}
    here = threading.current_thread() is threading.main_thread()
    ends = signal.getsignal(signal.SIGTERM)
    try:
        _ring(address)
        ray.init(address=address, **options)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise UserError(
            f"No Ray cluster can be reached at {address!r} ({_last_line(error)}). Start one with 'ray start --head', or "
            "leave `address` out to use this machine alone.",
            option="address",
        ) from error
    if here:
        signal.signal(signal.SIGTERM, ends)  # which Ray takes for itself
    try:
        yield
    finally:
        ray.shutdown()


def _ring(address: str) -> None:
    """Find out whether anybody listens at an address; Ray itself tries for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    number = digits(port)
    if colon and number is not None and number < 65536:
        socket.create_connection((host.strip("[]"), number), timeout=_RING).close()


def _room(ray: ModuleType, cluster: Cluster) -> int:
    """Return how many workers to begin with, once it is known that the cluster has room for one."""
    there = ray.cluster_resources()
    fit = int(there.get("CPU", 0))
    if cluster.gpus:
        fit = min(fit, int(there.get("GPU", 0) / cluster.gpus))
    if fit < 1:
        raise UserError(
            f"The cluster has {there.get('CPU', 0):g} processors and {there.get('GPU', 0):g} GPUs, and a worker needs 1 and "
            f"{cluster.gpus:g}. Choose another `gpus_per_worker`, or another `address`.",
            option="gpus_per_worker",
        )
    if cluster.workers is not None and cluster.workers > fit:
        tell(
            f"The cluster has room for {fit} of {cluster.workers} workers: the others wait until there is more."
        )
    return cluster.workers or fit


def _last_line(error: BaseException) -> str:
    """Return what an error of Ray says, without its traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
