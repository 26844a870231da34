"""Who may ask: token, cookie, Host, origin, content type, limits; and what the headers of answers forbid."""

from __future__ import annotations

import json
import logging
import stat
import tracemalloc
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from captum_dna.insights import Insights
from captum_dna.insights.limits import Limits
from captum_dna.insights.portions import alone
from tests.insights.client import Client
from tests.insights.conftest import MARKUP
from tests.toy import dna

JSON = {"Content-Type": "application/json"}


def test_without_a_token_nothing_is_told(client):
    for path in ("/api/config", "/api/datasets", "/api/jobs", "/api/version"):
        answer = client.get(path, headers={})
        assert answer.status == 401
        assert set(answer.json) == {"error", "field"}
    page = client.get("/", headers={})
    assert page.status == 401
    assert b"viewer.js" not in page.content
    assert client.post("/api/jobs", {}, headers={}).status == 401


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Cookie": "captum_dna_x=1"}]
)
def test_a_wrong_token_is_no_token(client, headers):
    assert client.get("/api/config", headers=headers).status == 401
    assert client.get("/?token=wrong", headers={}).status == 401


def test_the_printed_address_sets_a_cookie_and_hides_the_token(client, viewer):
    answer = client.get("/", {"token": client.token}, headers={})
    assert (answer.status, answer.headers["location"]) == (303, "./")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert viewer.token not in cookie
    sent = {"Cookie": cookie.partition(";")[0]}
    assert client.get("/api/config", headers=sent).status == 200
    assert client.get("/", headers=sent).status == 200


def test_a_link_from_another_site_gets_in_through_a_page_of_our_own(client):
    answer = client.get("/", {"token": client.token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert b'http-equiv="refresh"' in answer.content
    assert client.token.encode() not in answer.content


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "127.0.0.2"]
)
def test_a_foreign_host_name_is_refused(client, host):
    for path in ("/", "/api/health", "/static/element/dna-view.js", "/api/config"):
        headers = {"Host": host, "Authorization": f"Bearer {client.token}"}
        assert client.get(path, headers=headers).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost:9", "127.0.0.1", "[::1]:80"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/api/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_another_site_cannot_change_anything(client, headers):
    sent = headers | JSON | {"Authorization": f"Bearer {client.token}"}
    before = client.get("/api/datasets").json
    assert client.post("/api/datasets", {"text": dna(40, 9)}, headers=sent).status == 403
    path = f"/api/datasets/{client.dataset()['id']}"
    assert client.ask("DELETE", path, headers=sent).status == 403
    assert client.get("/api/datasets").json == before


def test_the_page_itself_may(client):
    own = {"Origin": f"http://{client.netloc}", "Sec-Fetch-Site": "same-origin"}
    headers = own | JSON | {"Authorization": f"Bearer {client.token}"}
    assert client.post("/api/datasets", {"text": "ACXT"}, headers=headers).status == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_plain_form_cannot_change_anything(client, kind):
    headers = {"Content-Type": kind, "Authorization": f"Bearer {client.token}"}
    assert client.post("/api/jobs", b'{"dataset": "x"}', headers=headers).status == 415


@pytest.mark.parametrize("body", [b"{", b"[]", b"3", b'{"what": 1}', b"\xff", b'{"dataset": 1}'])
def test_a_broken_body_gets_a_sentence(client, body):
    answer = client.post("/api/jobs", body, headers=JSON | {"Authorization": f"Bearer {client.token}"})
    assert answer.status in (400, 404, 422)
    assert answer.json["error"].endswith(".")


def test_headers_forbid_what_the_page_does_not_need(client):
    for path in ("/", "/api/config", "/static/element/dna-view.js", "/api/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
    assert client.get("/api/config").headers["cache-control"] == "no-store"


def test_markup_comes_back_as_json_only(client):
    text = f">{MARKUP}\n{dna(40, 11)}\n"
    made = client.post("/api/datasets", {"text": text, "name": MARKUP})
    assert made.status == 201
    one = made.json["id"]
    paths = ["/api/datasets", f"/api/datasets/{one}/rows", f"/api/datasets/{one}/rows/0"]
    for path in (*paths, f"/api/datasets/{one}/rows?name={'%3Cscript%3E'}", "/api/datasets/%3Cscript%3E"):
        answer = client.get(path)
        assert answer.headers["content-type"].startswith("application/json")
    assert client.rows(dataset=one)["rows"][0]["name"] == MARKUP
    assert (
        client.ask(
            "DELETE", f"/api/datasets/{one}", headers=JSON | {"Authorization": f"Bearer {client.token}"}
        ).status
        == 204
    )


def test_the_log_has_no_token(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.get("/", {"token": client.token}, headers={})
        client.get("/api/config")
    assert client.token not in caplog.text


def test_a_viewer_for_other_machines_needs_a_token(model):
    with pytest.raises(ValueError, match="needs a token"):
        Insights({"demo": model}, dna(40), host="192.0.2.1", token=False, store=False)
    with pytest.raises(ValueError, match="16 characters"):
        Insights({"demo": model}, dna(40), token="short", store=False)


def test_limits(model):
    tight = Limits(body_bytes=2000, sequence_bases=100, sequences=3, datasets=1, edits=1, report_sequences=1)
    with Insights({"demo": model}, {"a": dna(40)}, store=False, token=False, limits=tight) as viewer:
        client = Client(viewer.url)
        assert "token" not in viewer.url
        large = client.post("/api/datasets", {"text": "A" * 3000})
        assert large.status == 413
        assert "error" in json.loads(large.content)
        assert "at most 100" in client.post("/api/datasets", {"text": dna(101)}).json["error"]
        many = "\n".join(dna(20, i) for i in range(4))
        assert "4 sequences; at most 3" in client.post("/api/datasets", {"text": many}).json["error"]
        path = f"/api/datasets/{client.dataset()['id']}/rows/0/mutation"
        edits = [{"position": i, "base": "A"} for i in range(2)]
        assert client.post(path, {"edits": edits}).status == 422
        assert client.post("/api/datasets", {"text": dna(30)}).status == 201
        again = client.post("/api/datasets", {"text": dna(30)})
        assert again.status == 200
        other = client.post("/api/datasets", {"text": dna(31)})
        assert other.status == 429


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (">a\nACGTTGCA\n>b\nACXT\n", "Sequence 2 ('b') has 'X' at position 3"),
        ("", "Paste FASTA"),
        ("hello world\n", "is in none of the known formats: Parquet"),
        ("name,letters\na,ACGT\n", "column"),
        ("PAR1xxxx", "not text"),
        ("A\0C", "not text"),
        (3, "text must be a string"),
        ("seq,label\n" + "ACGTTGCATGCA,chloroplast\n", "not a class of the model"),
    ],
)
def test_bad_pastes_get_the_sentence_of_the_readers(client, text, sentence):
    answer = client.post("/api/datasets", {"text": text})
    assert answer.status == 422
    assert sentence in answer.json["error"]
    assert answer.json["field"] == "text"
    assert "pasted.txt" not in answer.json["error"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f">a\n{dna(30, 1)}\n>b\n{dna(30, 2)}\n", ["a", "b"]),
        (f"name,seq,label\nx,{dna(30, 3)},other\n", ["x"]),
        (f"{dna(30, 4)}\n{dna(30, 5)}\n", ["sequence 1", "sequence 2"]),
        (f">a\n{dna(30, 1)}\n>a\n{dna(30, 6)}\n", ["a", "a (2)"]),
    ],
)
def test_pastes_become_data_sets(client, text, names):
    made = client.post("/api/datasets", {"text": text, "name": "  my\n  own "}).json
    assert made["name"] == "my own"
    assert [row["name"] for row in client.rows(dataset=made["id"])["rows"]] == names
    assert bool(made["remarks"]) == ("a (2)" in names)
    client.predicted(made["id"])
    headers = JSON | {"Authorization": f"Bearer {client.token}"}
    assert client.ask("DELETE", f"/api/datasets/{made['id']}", headers=headers).status == 204
    assert client.get(f"/api/datasets/{made['id']}").status == 404


def test_the_browser_is_not_started_with_the_token(model, monkeypatch):
    """What a process is started with can be read by every user of the machine."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    viewer = Insights({"demo": model}, dna(40), store=False).serve(open=True)
    (address,) = opened
    assert viewer.token not in address
    door = Path(url2pathname(urlsplit(address).path))
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    assert stat.S_IMODE(door.parent.stat().st_mode) == 0o700
    assert f'content="0;url={viewer.url}"' in door.read_text()
    viewer.stop()
    assert not door.exists()


def test_what_is_refused_has_no_effect(model):
    """A limit is checked before anything is begun: refused posts leave no predictions behind."""
    data = {"long": dna(700, 1)}
    tight = Limits(jobs=2)
    with Insights({"demo": model}, data, store=False, limits=tight) as viewer:
        client = Client(viewer.url)
        here = viewer.app.extensions["captum_dna"]
        with alone(here.models["demo"]):  # nothing gets on meanwhile
            statuses = [
                client.post(
                    "/api/jobs",
                    {
                        "dataset": client.dataset()["id"],
                        "how": {"window_length": 300 + i, "method": "saliency"},
                    },
                ).status
                for i in range(12)
            ]
            waiting = [job["kind"] for job in client.get("/api/jobs").json["jobs"] if job["state"] != "done"]
            for job in here.jobs.all():
                job.cancel()
        assert statuses == [202, 202] + [429] * 10
        assert waiting.count("explain") == 2
        assert waiting.count("predict") <= 3


def test_a_search_is_bounded_in_time_and_memory(client):
    """A hundred letters over five million bases take no longer than their product allows, whatever they are."""
    text = "\n".join(["A" * 100_000] * 50)
    made = client.post("/api/datasets", {"text": text, "name": "poly-A"}).json["id"]
    tracemalloc.start()
    for motif in ("N" * 100, "A" * 99 + "C", "W" * 100):
        found = client.rows({"motif": motif, "motif_strands": "one"}, dataset=made)
        assert found["matched"] == (0 if motif.endswith("C") else 50)
        if tracemalloc.is_tracing():  # of the first, as it makes each of them twice as slow
            assert tracemalloc.get_traced_memory()[1] < 60 << 20
            tracemalloc.stop()


def test_a_wrong_method_is_told_the_right_ones(client):
    answer = client.ask("PUT", "/api/jobs", {}, headers={"Authorization": f"Bearer {client.token}"} | JSON)
    assert answer.status == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_behind_a_proxy_the_page_stands_below_a_path(model):
    """With the path that the proxy shows or without, under the proxy's name and from its pages."""
    public = {"Host": "genomes.example", "Origin": "https://genomes.example", "Sec-Fetch-Site": "same-origin"}
    options = {"hosts": ["Genomes.example"], "base_path": "/viewer", "store": False}
    with Insights({"demo": model}, {"a": dna(40)}, **options) as viewer:
        assert "/viewer/?token=" in viewer.url
        client = Client(viewer.url)
        entered = client.get("/viewer/", {"token": client.token}, headers={"Host": "genomes.example"})
        assert (entered.status, entered.headers["location"]) == (303, "./")
        assert "Path=/viewer/" in entered.headers["set-cookie"]
        sent = {"Cookie": entered.headers["set-cookie"].partition(";")[0]} | public | JSON
        assert client.get("/viewer/", headers=sent).status == 200
        assert client.get("/viewer/static/viewer/viewer.css", headers=sent).status == 200
        assert client.post("/viewer/api/datasets", {"text": dna(40, 3)}, headers=sent).status == 201
        assert client.get("/api/config", headers=sent).status == 200
        assert client.get("/viewer", headers=sent).headers["location"] == "/viewer/"
        assert client.get("/viewers/api/config", headers=sent).status == 404
        foreign = sent | {"Origin": "https://evil.example"}
        assert client.post("/viewer/api/datasets", {"text": dna(40, 4)}, headers=foreign).status == 403
    with pytest.raises(ValueError, match="A base path has letters"):
        Insights({"demo": model}, {"a": dna(40)}, base_path="/a b", store=False)


def test_an_address_outlives_a_restart(model, tmp_path):
    """The token stays with the store, for its owner's eyes alone; one that others could read is made again."""
    kept = tmp_path / "store" / "token"
    tokens = []
    for spoil in (None, lambda: kept.chmod(0o644), lambda: kept.write_text("x" * 40), lambda: None):
        if spoil is not None:
            spoil()
        with Insights({"demo": model}, {"a": dna(40)}, store=tmp_path / "store") as viewer:
            tokens.append(viewer.token)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert tokens[2] == tokens[3]
    assert len(set(tokens)) == 3
