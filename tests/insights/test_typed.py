"""No thread is the first to read into a class: msgspec would let the process die of it."""

from __future__ import annotations

from captum_dna.insights import typed
from captum_dna.insights.app import create_app
from tests.insights.typescript import classes
from tests.toy import dna, kmer_bert


def test_every_class_of_requests_and_answers_is_ready_when_there_is_an_app(monkeypatch):
    ready = []
    monkeypatch.setattr(typed.msgspec.json, "Decoder", ready.append)
    app = create_app(kmer_bert(3), {"a": dna(30)})
    app.extensions["captum_dna"].close()
    assert set(classes().values()) <= set(ready)
