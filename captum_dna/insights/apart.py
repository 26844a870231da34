"""A process of its own for long jobs, so that computing and answering do not wait for each other's Python.

It gets a copy of the model. Until it is ready the job goes on in the viewer's own thread, and so does everything where
there is no such process: a model that cannot be copied or lies on a GPU, a method or a baseline of the user's own.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from captum_dna.core.baselines import BASELINES
from captum_dna.core.garbage import collect_rarely
from captum_dna.insights.job import Cancelled, Gone
from captum_dna.insights.portions import alone, explain, explain_each
from captum_dna.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.portions import Reason
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier

LONG = 50
"""Sequences of a job that is worth the start of a process, which takes some ten seconds of a processor."""

_STEP_SECONDS = 1.0
"""What one portion may take, about: no picture waits for this process, and more sequences at once are quicker."""
_LOOK = 0.1
"""Seconds after which it is asked again whether a portion is still wanted."""
_ENDING = 5
"""Seconds in which a process whose connection has ended should have ended itself."""
_LOG = logging.getLogger(__name__)
_CODE = "import sys; sys.path[:] = {path!r}; from captum_dna.insights.apart import main; main({number})"


class Apart:
    """Explains sequences in a process of its own, which is started when it is first asked to.

    Parameters
    ----------
    classifier
        The model.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: threading.Thread | None = None
        self._ready = False
        self._closed = False
        self._unable = os.name != "posix" or not sys.executable or _on_gpu(classifier)

    @property
    def process(self) -> int | None:
        """Number of the process that computes; ``None`` where there is none, or not yet."""
        return self._process.pid if self._ready and self._process is not None else None

    def begin(self) -> threading.Thread | None:
        """Start the process, unless there is one; return the thread that gives it the model."""
        if self._starting is None and not self._unable:
            self._starting = threading.Thread(target=self._start, name="captum_dna apart", daemon=True)
            self._starting.start()
        return self._starting

    def explain_each(
        self, sequences: list[Sequence], how: How, wanted: Callable[[], bool]
    ) -> Iterator[list[tuple[int, Attribution | Reason]]]:
        """Yield what :func:`captum_dna.insights.portions.explain_each` yields, wherever it is computed.

        A portion is empty where none has come for a moment, so that whoever asks can do something else meanwhile.

        Raises
        ------
        Gone
            The process has ended in the middle of it.
        """
        ours, done = _is_ours(how), 0
        if ours:
            self.begin()
        here = explain_each(partial(explain, self._classifier), sequences, how, wanted)
        while not (ours and self._ready):
            found = next(here, None)
            if found is None:
                return
            yield found
            done += len(found)
        if done < len(sequences):
            for found in self._there(sequences[done:], how, wanted):
                yield [(done + place, one) for place, one in found]

    def _there(
        self, sequences: list[Sequence], how: How, wanted: Callable[[], bool]
    ) -> Iterator[list[tuple[int, Attribution | Reason]]]:
        """Yield portions as they come from the process, which goes on while the ones before are kept."""
        connection = self._connection
        found: list[tuple[int, Attribution | Reason]] | None = []
        if connection is None:
            raise Gone(self._ended())
        try:
            connection.send((sequences, how))
            while found is not None:
                if not wanted():
                    raise Cancelled
                if connection.poll(_LOOK):
                    found = connection.recv()
                    yield found or []
                else:
                    yield []
        except (EOFError, OSError) as error:
            raise Gone(self._ended()) from error
        finally:
            with suppress(EOFError, OSError):
                if found is not None:
                    connection.send(None)
                while found is not None:
                    found = connection.recv()

    def close(self) -> None:
        """End the process, which keeps nothing that is worth a wait.

        Whoever waits for it learns it by the end of the connection, which is closed when nobody holds it any more: two
        threads that close it, or one that closes it while another reads, would meet a number that is somebody else's.
        """
        self._closed = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        """Start the process and give it the model; where that fails, everything stays here."""
        try:
            with alone(self._classifier):  # as it is: nothing hangs on it that belongs to a computation
                model = pickle.dumps(self._classifier)
            ours, theirs = socket.socketpair()
            with theirs:
                code = _CODE.format(path=sys.path, number=theirs.fileno())
                self._process = subprocess.Popen(  # noqa: S603 - it is this very program
                    [sys.executable, "-c", code], pass_fds=[theirs.fileno()]
                )
                if self._closed:
                    self._process.kill()
            self._connection = connection = Connection(ours.detach())
            connection.send(_threads())
            connection.send_bytes(model)
            answer = connection.recv()
        except Exception as error:  # noqa: BLE001 - whatever a model of the user's own raises
            answer = error
        if isinstance(answer, Exception):
            _LOG.info("Long jobs are computed in the viewer's own process: %s", answer)
            self._unable = True
        self._ready = not self._unable
        if self._unable or self._closed:
            self._ready = False
            self.close()

    def _ended(self) -> str:
        """Say how the process has ended, and let the next job start another."""
        code = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_ENDING)
        self.close()
        self._closed = self._ready = False
        self._starting = self._connection = None
        how = (
            f"was ended by signal {-code}" if code is not None and code < 0 else f"has ended (status {code})"
        )
        memory = ", perhaps for want of memory" if code == -signal.SIGKILL else ""
        return (
            f"The process that computes long jobs {how}{memory}. Finished results are kept. Resume the job to "
            "compute the rest."
        )


def main(number: int) -> None:
    """Be the process: explain what comes through a socket until that is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the viewer is told, and ends this one
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    collect_rarely()
    connection = Connection(number)
    with suppress(EOFError, OSError):
        threads = connection.recv()
        try:
            classifier: Classifier = pickle.loads(connection.recv_bytes())  # noqa: S301 - from what started this one
            _use_threads(threads)
        except Exception as error:  # noqa: BLE001 - a class that is defined in a script cannot be found here
            connection.send(RuntimeError(f"{type(error).__name__}: {error}"))
        else:
            connection.send(None)
            _answer(connection, classifier)
    os._exit(0)  # nothing is left to be done, and to take an interpreter down takes seconds


def _answer(connection: Connection, classifier: Classifier) -> None:
    """Explain what is asked for, portion by portion, until the connection ends; nothing says that this is all."""
    while True:
        asked = connection.recv()
        if asked is None:
            continue  # what it would have stopped was done already
        sequences, how = asked
        with suppress(Cancelled):
            each = partial(explain, classifier)
            for found in explain_each(each, sequences, how, lambda: not connection.poll(), _STEP_SECONDS):
                connection.send(found)
        connection.send(None)


def _is_ours(how: How) -> bool:
    """Tell whether the process knows the method and the baseline, too: what a program registers is in that one alone."""
    baseline = BASELINES[how.baseline].letters if how.baseline in BASELINES else None
    chosen = (METHODS[how.method], baseline)
    return all(one is None or one.__module__.startswith("captum_dna.") for one in chosen)


def _on_gpu(classifier: Classifier) -> bool:
    return str(classifier.device) != "cpu"


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def _use_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)
