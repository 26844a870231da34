"""No request whatever gets a 5xx: what nobody foresaw is refused in a sentence."""

from __future__ import annotations

import http.client
import json
import os
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.insights.app import create_app
from captum_dna.insights.filters import RowsAsked
from captum_dna.insights.schema.base import Choices
from tests.held import PATIENCE
from tests.hostile.tally import trying
from tests.insights.client import Client
from tests.toy import dna

TOKEN = "a word of the tests' own"  # noqa: S105 - it protects nothing
DEEP = "[" * 5000 + "]" * 5000
WORDS = st.one_of(
    st.sampled_from(
        [
            "",
            "   ",
            "0",
            "-1",
            "1e400",
            "nan",
            "Infinity",
            str(2**63),
            "9" * 5000,
            "9" * 400,
            "\u017f",
            "\ud800",
            "\0",
            "[",
            "{}",
            "null",
            "true",
            "auto",
            "N" * 100,
            DEEP,
            "deeplift",
            "other",
            "\u0663",
        ]
    ),
    st.text(st.characters(), max_size=12),
)
NUMBERS = st.one_of(st.integers(-3, 200), st.sampled_from([2**31, 2**63, -(2**63), 10**30]), st.floats())
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)
CHOICES = st.sampled_from(Choices.__struct_fields__)
NAMES = st.one_of(st.sampled_from([*RowsAsked.__struct_fields__, "k", "row", "since", "token"]), WORDS)
PARTS = st.one_of(
    st.sampled_from(["rows", "0", "1", "99", "attribution", "mutation", "summary", "export", "jobs"]),
    st.sampled_from(
        ["bases.tsv", "scores.bedgraph", "results.parquet", "reproduce.py", "..", "%00", "%ed%a0%80"]
    ),
    st.sampled_from(["9" * 30, "9" * 5000, "%D9%A3", "x"]),
)
BODIES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "how": st.one_of(JSON, st.dictionaries(CHOICES, JSON, max_size=3)),
            "wait": st.one_of(st.just(0), JSON),
            "preview": JSON,
            "rows": st.one_of(JSON, st.lists(NUMBERS, max_size=3)),
            "edits": st.one_of(
                JSON,
                st.lists(
                    st.fixed_dictionaries(
                        {
                            "position": NUMBERS,
                            "base": st.one_of(st.sampled_from([*string.ascii_letters]), WORDS),
                        }
                    ),
                    max_size=3,
                ),
            ),
            "dataset": JSON,
            "text": WORDS,
            "name": JSON,
        },
    ),
)


@pytest.fixture(scope="module")
def app(model):
    made = create_app({"demo": model}, [Sequence("a", dna(60, 1)), Sequence("b", dna(40, 2))], token=TOKEN)
    yield made
    made.extensions["captum_dna"].close()


def ask(app, method, path, **options):
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "localhost"} | options.pop("headers", {})
    answer = app.test_client().open(path, method=method, headers=headers, **options)
    assert answer.status_code < 500, (answer.status_code, path, options, answer.data[:200])
    if answer.status_code >= 400 and not path.startswith("/?"):
        check_told(answer.get_json())
    return answer


def check_told(told):
    assert set(told) == {"error", "field"}
    assert told["error"].endswith((".", ")")), told


def dataset(app):
    return app.extensions["captum_dna"].first.id


often = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@often
@given(
    st.sampled_from(
        ["rows", "rows/0", "rows/1/attribution", "summary", "export/bases.tsv", "export/reproduce.py"]
    ),
    st.lists(st.tuples(NAMES, WORDS), max_size=4),
)
@trying("queries that Hypothesis makes")
def test_no_query_gets_a_5xx(app, path, query):
    encoded = [
        (name.encode(errors="surrogatepass"), value.encode(errors="surrogatepass")) for name, value in query
    ]
    from urllib.parse import urlencode

    ask(app, "GET", f"/api/datasets/{dataset(app)}/{path}", query_string=urlencode(encoded))


@often
@given(
    st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    st.lists(PARTS, max_size=4),
    st.booleans(),
)
@trying("addresses that Hypothesis makes")
def test_no_path_gets_a_5xx(app, method, parts, inside):
    begin = f"/api/datasets/{dataset(app)}" if inside else "/api"
    answer = app.test_client().open(
        "/".join([begin, *parts]),
        method=method,
        headers={"Authorization": f"Bearer {TOKEN}", "Host": "localhost", "Content-Type": "application/json"},
        data="{}" if method == "POST" else None,
    )
    assert answer.status_code < 500
    if answer.status_code == 405:
        assert answer.headers["Allow"]


@often
@given(
    st.sampled_from(["rows/0/attribution", "rows/0/mutation", "faithfulness", "", "jobs", "jobs/x/resume"]),
    BODIES,
)
@trying("bodies that Hypothesis makes")
def test_no_body_gets_a_5xx(app, where, body):
    path = f"/api/{where}" if where.startswith("jobs") else f"/api/datasets/{dataset(app)}/{where}"
    path = "/api/datasets" if where == "" else path
    if isinstance(body, dict) and isinstance(body.get("how"), dict):
        body = body | {"how": body["how"] | {"method": "saliency"}}  # as long as it runs, it runs quickly
    if isinstance(body, dict):
        body |= {"wait": 0} if where.endswith(("attribution", "mutation")) and "wait" not in body else {}
        body |= {"dataset": dataset(app)} if where == "jobs" and "dataset" not in body else {}
    ask(app, "POST", path, data=json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        '{"how": ' * 5000,
        '{"how": {"options": {"a": ' + DEEP + "}}}",
        '{"wait": 1e400}',
        b"\xff",
        b"",
        "{",
    ],
)
@trying("values that nobody foresees")
def test_a_broken_body_gets_a_sentence(app, body):
    path = f"/api/datasets/{dataset(app)}/rows/0/attribution"
    assert ask(app, "POST", path, data=body, content_type="application/json").status_code in (400, 422)


@pytest.mark.parametrize(
    "how",
    [
        {"baseline": 3},
        {"tolerance": "1e400"},
        {"baseline": "\u017f" * 60},
        {"target": "\u017f"},
        {"n_steps": 2**63},
        {"options": {"window": 2**63}},
        {"seed": -1},
        {"window_length": 2**63},
        {"window_length": "9" * 5000},
        {"tolerance": "9" * 5000},
        {"tolerance": "9" * 400},
        {"n_steps": "9" * 400},
        {"n_steps": "1_0"},
        {"tolerance": "0.0_1"},
        {"window_length": "3_0"},
        {"seed": "\u0663"},
        {"options": {"window": 10**400}},
    ],
)
@trying("values that nobody foresees")
def test_an_unforeseen_choice_gets_a_sentence(app, how):
    path = f"/api/datasets/{dataset(app)}/rows/0/attribution"
    assert ask(app, "POST", path, json={"how": how, "wait": 0}).status_code == 422


@pytest.mark.parametrize(
    "origin", ["http://[", "null", "\x85", "http://localhost.evil.example", "http://", "x" * 5000]
)
@trying("origins that are almost ours")
def test_a_malformed_origin_is_another_site(app, origin):
    assert ask(app, "POST", "/api/jobs", json={}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1@evil.example", "localhost:", "localhost:80@x", "localhost/x", "[::1", "a:b:c"]
)
@trying("host names that are almost ours")
def test_a_host_is_matched_whole(app, host):
    # As a server asks: Werkzeug's client of 3.0 fails itself at an address that is none.
    asked = EnvironBuilder("/api/health").get_environ() | {"HTTP_HOST": host}
    told, status, _ = run_wsgi_app(app, asked)
    assert status[:3] in ("400", "421")
    check_told(json.loads(b"".join(told)))


def test_digits_of_other_scripts_are_no_row(app):
    assert ask(app, "GET", f"/api/datasets/{dataset(app)}/rows/%D9%A1").status_code == 404


def test_a_token_beyond_ascii_is_no_token(app):
    assert ask(app, "GET", "/?token=%ed%a0%80", headers={"Authorization": ""}).status_code == 401
    assert ask(app, "GET", "/api/config", headers={"Authorization": "Bearer \u00e9"}).status_code == 401


def test_blanks_are_no_motif(app):
    found = ask(app, "GET", f"/api/datasets/{dataset(app)}/rows?motif=%20%20").get_json()
    assert found["matched"] == 2


@pytest.mark.parametrize(
    "text",
    [
        f">chr1:0-{2**63}\n{dna(30)}\n",
        f"name,seq,origin\na,{dna(30)},{2**63}\n",
        f"chromosome,start,end,seq\nchr1,{2**63},{2**63 + 30},{dna(30)}\n",
        f"seq,label\n{dna(30)},{2**70}\n",
        f">a\u017f\n{dna(20)}\u017f\n",
        "x" * 200_000,
        ">" * 3000,
        "\r".join([">a", dna(30)]),
    ],
)
@trying("pasted texts")
def test_what_is_pasted_is_read_or_refused(app, text):
    made = ask(app, "POST", "/api/datasets", json={"text": text})
    if made.status_code == 201:
        path = f"/api/datasets/{made.get_json()['id']}"
        ask(app, "GET", f"{path}/rows")
        ask(app, "GET", f"{path}/rows/0")
        ask(app, "POST", f"{path}/rows/0/attribution", json={"how": {"method": "saliency"}, "wait": 10})
        for form in ("summary", "export/results.parquet", "export/scores.bedgraph", "export/report.html"):
            ask(app, "GET", f"{path}/{form}?method=saliency")


def test_a_name_that_is_no_utf8_is_shown_with_what_can_be_read(model):
    odd = os.fsdecode(b"prom\xff.fa")
    with Insights({odd: model}, {odd: dna(40)}, store=False, name=odd) as viewer:
        client = Client(viewer.url)
        assert client.get("/").status == 200
        assert client.get("/api/config").json["title"] == "prom?.fa"
        assert client.rows()["rows"][0]["name"] == "prom?.fa"


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET /" + b"a" * 400_000,
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
@trying("requests written in odd ways")
def test_the_servers_own_answers_forbid_what_others_do(client, request_):
    connection = http.client.HTTPConnection(client.netloc, timeout=PATIENCE)
    connection.connect()
    connection.sock.sendall(request_)
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    assert 400 <= answer.status < 500
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Content-Security-Policy", "").startswith("default-src 'none'")
    assert json.loads(answer.read())["error"].endswith(".")
    connection.close()
