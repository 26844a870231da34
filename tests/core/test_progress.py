"""How far a run is shows on a terminal and in a notebook, and nowhere else unless it is asked for."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from captum_dna.core.progress import Progress


@pytest.mark.parametrize(
    ("kernel", "wanted", "total", "shown"),
    [
        (True, None, 3, True),
        (False, None, 3, False),
        (True, None, 1, False),
        (True, False, 3, False),
        (False, True, 3, True),
    ],
)
def test_a_bar_shows_where_somebody_looks(monkeypatch, capsys, kernel, wanted, total, shown):
    shell = SimpleNamespace(kernel=object() if kernel else None, config={})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with Progress(wanted, total, "Counting") as bar:
        bar.report(1, at_least=7)
    written = capsys.readouterr().err
    assert ("Counting" in written) == shown
    assert written.rstrip(" ").endswith("\r") == shown  # it goes away


def test_the_users_own_function_is_told():
    told = []
    with Progress(lambda *numbers: told.append(numbers), 3) as bar:
        bar.report(2)
        bar.report(3, at_least=5)
    assert told == [(2, 3), (3, 5)]
