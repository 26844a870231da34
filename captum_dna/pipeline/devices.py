"""One method on several devices of one machine: a replica of the model and a thread for each."""

from __future__ import annotations

import copy
import threading
from contextvars import copy_context
from queue import Queue
from typing import TYPE_CHECKING

import torch

from captum_dna.model.copies import shared_with_copies
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from captum_dna.engine.protocol import Answer, Method, Question, Settings
    from captum_dna.model.classifier import Classifier

_AHEAD = 64
"""Answers that may wait to be taken; beyond that the devices wait."""


def explain_on(
    devices: Sequence[str],
    method: Method,
    classifier: Classifier,
    questions: Iterable[Question],
    settings: Settings,
) -> Iterator[Answer]:
    """Answer questions on several devices; each takes the next question when it is free.

    Raises
    ------
    ModelError
        The model cannot be copied to a device.
    """
    replicas = [replica(classifier, device) for device in devices]
    answers: Queue[Answer | BaseException | None] = Queue(_AHEAD)
    stopped = threading.Event()
    shared = _Shared(questions, stopped)

    def work(own: Classifier) -> None:
        _explain(method, own, shared, settings, answers)

    threads = [threading.Thread(target=copy_context().run, args=(work, own), daemon=True) for own in replicas]
    for thread in threads:
        thread.start()
    running = len(threads)
    try:
        while running:
            answer = answers.get()
            if answer is None:
                running -= 1
            elif isinstance(answer, BaseException):
                raise answer
            else:
                yield answer
    finally:
        stopped.set()
        while running:
            running -= answers.get() is None
        for thread in threads:
            thread.join()


def _explain(
    method: Method,
    classifier: Classifier,
    questions: _Shared,
    settings: Settings,
    answers: Queue[Answer | BaseException | None],
) -> None:
    """Put answers, errors, and ``None`` at the end."""
    try:
        for answer in method.explain(classifier, questions, settings):
            answers.put(answer)
            if questions.stopped.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
        answers.put(error)
    finally:
        answers.put(None)


def replica(classifier: Classifier, device: str) -> Classifier:
    """Return a copy of the classifier on another device.

    Raises
    ------
    ModelError
        It shares more than numbers with its copies, such as a function of the user's own, or there is no such device.
    """
    shared = shared_with_copies(classifier)
    if shared:
        raise ModelError(
            f"A model with {shared} cannot be copied to other devices, because what a copy runs may hold on to the "
            "original. Use one device."
        )
    try:
        model = copy.deepcopy(classifier.model).to(torch.device(device))
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"The model cannot be put on {device!r}: {str(error).splitlines()[0]}") from error
    return classifier.around(model)


class _Shared:
    """An iterator that several threads take from, one at a time, until it is stopped."""

    def __init__(self, questions: Iterable[Question], stopped: threading.Event) -> None:
        self._source = iter(questions)
        self._lock = threading.Lock()
        self.stopped = stopped

    def __iter__(self) -> Iterator[Question]:
        return self

    def __next__(self) -> Question:
        if self.stopped.is_set():
            raise StopIteration
        with self._lock:
            return next(self._source)
