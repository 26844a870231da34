"""Requests that are made from the schema the server itself gives: every answer is one that the schema promises."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.render.exporters import downloads
from tests.hostile.conftest import times
from tests.hostile.tally import trying
from tests.toy import dna

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11")
PROMISED = ("not_a_server_error", "status_code_conformance", "content_type_conformance")
"""Its check of what is in an answer takes no ``prefixItems``; answers are written by the classes that the schema is of."""
WAYS = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def viewer(model):
    rows = [Sequence("a", dna(60, 1)), Sequence("b", dna(40, 2))]
    with Insights({"demo": model}, rows, store=False) as made:
        made.explain(method="saliency")
        yield made


@pytest.fixture(scope="module")
def member(viewer):
    return {"Authorization": f"Bearer {viewer.token}", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def schema(viewer, member):
    return schemathesis.openapi.from_url(viewer.url.replace("?", "api/openapi.json?"), headers=member)


def aimed(case, viewer):
    """Let a request meet what is there, mostly, and ask for no long work."""
    path = case.path_parameters
    here = {
        "dataset": viewer.app.extensions["captum_dna"].first.id,
        "form": random.choice([*downloads(), "reproduce.py", "figure.pdf"]),  # noqa: S311 - it chooses what is asked
        "path": "viewer/viewer.js",
    }
    for name in path.keys() & here.keys():
        if random.random() < 0.8:  # noqa: S311 - likewise
            path[name] = here[name]
    if isinstance(path.get("row"), int):
        path["row"] %= 3
    body = case.body
    if isinstance(body, dict):
        body |= {"wait": 0} if isinstance(body.get("wait"), int | float) else {}
        if isinstance(body.get("how"), dict):
            body["how"] |= {"method": "saliency"}
        if isinstance(body.get("dataset"), str):
            body["dataset"] = here["dataset"]
    return case


def test_every_answer_is_one_that_the_schema_promises(viewer, member, schema):
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()
    checks = CHECKS.get_by_names(PROMISED)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=times(4, 400), suppress_health_check=list(HealthCheck))
        @given(st.one_of([operation.as_strategy(generation_mode=way) for way in WAYS]))
        @trying("requests made from the served schema")
        def keeps_its_promise(case):
            answer = aimed(case, viewer).call(headers=member)
            case.validate_response(answer, checks=checks, headers=member)

        keeps_its_promise()
        tried += 1
    assert tried > 20
