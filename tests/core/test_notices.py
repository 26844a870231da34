"""What is told besides results: to everybody as a warning, or to the one thread that collects it."""

from __future__ import annotations

import contextlib
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from inspect import currentframe

import pytest

from captum_dna import attribute, read
from captum_dna.core.notices import collected, tell
from captum_dna.methods.saliency import Saliency
from tests.held import PATIENCE
from tests.toy import dna, kmer_bert


def _line() -> int:
    frame = currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_thread_that_collects_takes_nothing_from_one_that_does_not():
    meet = threading.Barrier(2, timeout=PATIENCE)

    def collecting() -> list[str]:
        with collected() as sentences:
            meet.wait()
            list(read({"mine": "ACGT", "bad": "not DNA"}, on_invalid="skip"))
            meet.wait()
        return sentences

    def not_collecting() -> None:
        meet.wait()
        list(read({"a": "ACGT", "b": "ACGT", "bad": "not DNA"}, on_invalid="skip"))
        meet.wait()

    with warnings.catch_warnings(record=True) as told, ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("always")
        jobs = [pool.submit(collecting), pool.submit(not_collecting)]
        sentences = jobs[0].result()
        jobs[1].result()
    assert len(told) == 1
    assert "1 of 3 sequences are left out" in str(told[0].message)
    assert len(sentences) == 1
    assert "1 of 2 sequences are left out" in sentences[0]


def test_two_threads_collect_each_its_own_and_the_filters_of_the_process_stay():
    meet = threading.Barrier(2, timeout=PATIENCE)
    before = (warnings.showwarning, list(warnings.filters))

    def work(name: str) -> tuple[list[str], bool]:
        with collected() as sentences:
            meet.wait()
            tell(name)
            same = (warnings.showwarning, list(warnings.filters)) == before
            meet.wait()
        return sentences, same

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, ["a", "b"])) == [(["a"], True), (["b"], True)]


def test_after_a_failure_it_warns_again_and_an_outer_collection_goes_on():
    with collected() as outer:
        with contextlib.suppress(ZeroDivisionError), collected() as inner:
            tell("first")
            raise ZeroDivisionError
        tell("second")
    assert (inner, outer) == (["first"], ["second"])
    with pytest.warns(UserWarning, match="third"):
        tell("third")


def test_warnings_point_at_the_line_that_called_the_library():
    model, data = kmer_bert(6), {"good": dna(30), "long": dna(200)}
    bad = {"good": dna(30), "bad": "not DNA"}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        lines = [_line() + 1]
        read(bad, on_invalid="skip")
        lines.append(_line() + 1)
        attribute(model, data, method="saliency", on_invalid="skip")
        lines.append(_line() + 1)
        attribute(model, dna(30), n_steps=1, tolerance=1e-12)
        lines.append(_line() + 1)
        tell("These are left out.")
    assert {warning.filename for warning in told} == {__file__}
    assert [warning.lineno for warning in told] == lines


class Talkative(Saliency):
    """Saliency that says in which thread it runs."""

    def explain(self, classifier, questions, settings):
        for answer in super().explain(classifier, questions, settings):
            tell(threading.current_thread().name)
            yield answer


def test_copies_of_a_model_on_other_devices_tell_the_thread_that_asked():
    with collected() as sentences:
        attribute(kmer_bert(6), [dna(30)] * 4, method=Talkative(), devices=["cpu", "cpu"])
    assert len(sentences) == 4
    assert threading.current_thread().name not in sentences
