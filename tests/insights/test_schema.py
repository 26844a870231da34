"""One schema: the page's types are made from it, and what it refuses is told in a sentence."""

from __future__ import annotations

import pytest

from tests.insights.typescript import FILE, written


def test_the_types_of_the_page_are_those_of_the_schema():
    """After a change of the schema: python -m tests.insights.typescript."""
    assert FILE.read_text(encoding="utf-8") == written()


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "edits", "edits must be a list, each item an object."),
        ({"edits": []}, "edits", "edits must be a list"),
        (
            {"edits": [{"position": -1, "base": "A"}]},
            "edits",
            "position of edits must be a whole number from 0",
        ),
        ({"edits": [{"position": 2**63, "base": "A"}]}, "edits", "position of edits must be a whole number"),
        ({"edits": [{"position": 0, "base": "\u017f"}]}, "edits", "base of edits must be an IUPAC letter"),
        ({"edits": [{"position": 0}]}, "edits", "base of edits must be an IUPAC letter."),
        ({"what": 1}, "what", "This address has no field 'what'; there is edits, how, wait."),
        ({"how": {"what": 1}}, "what", "This address has no field 'what'; there is model,"),
        ({"how": {"seed": "x"}}, "seed", "seed of how must be a whole number."),
        ({"how": 3}, "how", "how must be an object."),
        ({"wait": 11}, "wait", "wait must be a number from 0 to 10."),
        ([], None, "Send a JSON object."),
    ],
)
def test_a_wrong_body_is_told_where_it_is_wrong(client, body, field, sentence):
    answer = client.post(f"/api/datasets/{client.dataset()['id']}/rows/0/mutation", body)
    assert answer.status == 422
    assert answer.json["field"] == field
    assert answer.json["error"].startswith(sentence)


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"limit": "501"}, "limit", "limit must be a whole number from 0 to 500."),
        ({"limit": "ten"}, "limit", "limit must be a whole number from 0 to 500."),
        ({"sort": ["name", "loss"]}, "sort", "sort is given 2 times. Give it once."),
        ({"order": "left"}, "order", "order must be one of 'down', 'up'."),
        (
            {"correct": ["right", "maybe"]},
            "correct",
            "correct must be a list, each item one of",
        ),
        ({"min_length": "1e400"}, "min_length", "min_length must be a number."),
        ({"motif": "A" * 101}, "motif", "motif must be a string of at most 100 letters."),
        ({"options": "[" * 5000}, "options", "options must be a JSON object"),
        ({"nothing": "1"}, "nothing", "This address has no field 'nothing'; there is model,"),
    ],
)
def test_a_wrong_parameter_is_told_where_it_is_wrong(client, query, field, sentence):
    answer = client.get(f"/api/datasets/{client.dataset()['id']}/rows", query)
    assert answer.status == 422
    assert answer.json["field"] == field
    assert answer.json["error"].startswith(sentence)
