"""One method on one processor: the model and a twin of it, each with a thread of Python and half of the processor's.

While one is in Python the other computes, and no core waits for another that somebody else's work holds up
(docs/engine.md has the figures).
"""

from __future__ import annotations

import threading
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import torch

from captum_dna.model.borrowed import Borrowed
from captum_dna.model.copies import draws
from captum_dna.model.twin import twin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.engine.protocol import Answer, Method, Question, Settings
    from captum_dna.model.classifier import Classifier

LEAST = 4
"""Questions that are worth a twin."""
_THREADS = Borrowed(torch.get_num_threads, torch.set_num_threads)
"""Of each product. Three sets of modules would wait for one another's Python."""


class _Stopped(Exception):  # noqa: N818 - nobody waits for the answers any more
    """Raised in the twin's next pass."""


def explain_side_by_side(
    method: Method, classifier: Classifier, questions: list[Question], settings: Settings
) -> Iterator[Answer]:
    """Answer questions, every second one by a twin of the model where there can be one.

    Who answers what does not depend on how fast they are, so the same call gives the same numbers. Only methods that
    follow a path have points enough for two full batches, and those of others may not expect a second thread.
    """
    threads = torch.get_num_threads()
    pays = method.on_path and len(questions) >= LEAST and threads > 1
    is_ours = type(method).__module__.startswith("captum_dna.")
    other = twin(classifier) if pays and is_ours else None
    if other is None or draws(classifier, max((one.encoding.input_ids for one in questions), key=len)):
        yield from method.explain(classifier, questions, settings)
    else:
        with _THREADS.being(threads // 2):
            yield from _both(method, classifier, other, questions, settings)


def _both(
    method: Method, classifier: Classifier, other: Classifier, questions: list[Question], settings: Settings
) -> Iterator[Answer]:
    answers: SimpleQueue[Answer | BaseException | None] = SimpleQueue()
    stopped = threading.Event()

    def stop(*_: object) -> None:
        if stopped.is_set():
            raise _Stopped

    def work() -> None:
        try:
            for answer in method.explain(other, questions[1::2], settings):
                answers.put(answer)
            answers.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            answers.put(error)

    other.model.register_forward_pre_hook(stop)
    thread = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
    thread.start()
    try:
        for answer in method.explain(classifier, questions[::2], settings):
            yield answer
            yield from _there(answers)
        while (found := answers.get()) is not None:
            yield _raised(found)
    finally:
        stopped.set()
        thread.join()


def _there(answers: SimpleQueue[Answer | BaseException | None]) -> Iterator[Answer]:
    """Yield what has come so far; the end stays for who waits for it."""
    while True:
        try:
            found = answers.get_nowait()
        except Empty:
            return
        if found is None:
            answers.put(None)
            return
        yield _raised(found)


def _raised(found: Answer | BaseException) -> Answer:
    if isinstance(found, BaseException):
        raise found
    return found
