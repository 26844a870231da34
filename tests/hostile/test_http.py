"""Attacks on the server itself: slow, unfinished, huge and malformed requests, from who has the token and who has not."""

from __future__ import annotations

import gc
import gzip
import http.client
import json
import random
import select
import socket
import threading
import time
from contextlib import ExitStack, closing, suppress

import pytest

from captum_dna.core.sequences import Sequence
from captum_dna.insights.app import create_app
from captum_dna.insights.listener import Listener, Patience
from captum_dna.insights.server import Answers
from tests.hostile.conftest import times
from tests.hostile.tally import trying
from tests.toy import dna

TOKEN = "a word of the tests' own"  # noqa: S105 - it protects nothing
MEMBER = f"Authorization: Bearer {TOKEN}\r\n"
HOST = "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
PATIENCE = Patience(head=1.5, body=1.5, answer=5, idle=30, refused=1, strangers=16, idlers=8, bodies=1 << 20)


@pytest.fixture(scope="module")
def listener(model):
    app = create_app({"demo": model}, [Sequence("a", dna(60, 1)), Sequence("b", dna(40, 2))], token=TOKEN)
    listening = socket.create_server(("127.0.0.1", 0))
    made = Listener(Answers(app), listening, PATIENCE)
    yield made
    made.stop()
    app.extensions["captum_dna"].close()


def connect(listener):
    return closing(socket.create_connection(("127.0.0.1", listener.port), timeout=30))


def read(connection, method="GET"):
    """Return status, headers and content of the next answer; ``None`` for a closed connection."""
    answer = http.client.HTTPResponse(connection, method=method)
    try:
        answer.begin()
        content = answer.read()
    except (http.client.HTTPException, OSError):
        return None
    headers = {name.lower(): value for name, value in answer.getheaders()}
    assert answer.status < 500, (answer.status, content)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers
    return answer.status, headers, content


def told(listener, request, *, member=True, method="GET"):
    """Send bytes and return the status and content of the answer."""
    with connect(listener) as connection:
        connection.sendall(request.replace(b"@", (HOST + (MEMBER if member else "")).encode(), 1))
        status, _, content = read(connection, method)
        return status, content


def healthy(listener):
    status, content = told(listener, b"GET /api/health HTTP/1.1\r\n@\r\n", member=False)
    return status == 200 and json.loads(content) == {"status": "ok"}


@trying("connections that send a letter now and then", times=150)
def test_dripping_connections_shut_nobody_out(listener):
    with ExitStack() as stack:
        dripping = [stack.enter_context(connect(listener)) for _ in range(150)]
        for one in dripping:
            one.sendall(b"GET /api/config HTTP/1.1\r\nX-")
        assert healthy(listener)
        status, _ = told(listener, b"GET /api/config HTTP/1.1\r\n@\r\n")
        assert status == 200
        ends, statuses = [], []
        for one in dripping:
            answer = read(one)
            ends.append(answer is None or answer[1].get("connection") == "close")
            statuses += [] if answer is None else [answer[0]]
        assert all(ends)
        assert set(statuses) <= {408}
        assert len(statuses) <= PATIENCE.strangers


@trying("connections that send a letter now and then")
def test_drops_keep_a_slow_head_alive_no_longer(listener):
    with connect(listener) as connection:
        began = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with suppress(OSError):
            while time.monotonic() - began < 60:
                connection.sendall(b"X-A: b\r\n")
                if select.select([connection], [], [], 0.2)[0]:  # an answer, or the end
                    break
        assert PATIENCE.head - 0.1 < time.monotonic() - began < 60


@pytest.mark.parametrize("turns", range(6))
def test_connections_that_come_as_it_stops_are_closed(listener, turns):
    """So many turns of the loop after they came; what is left unclosed is a warning, which is an error here."""
    fresh = Listener(listener._application, socket.create_server(("127.0.0.1", 0)), Patience())
    loop = fresh._loop
    clients = [socket.socket() for _ in range(3)]

    def stop(left):
        loop.call_soon(stop, left - 1) if left else fresh._over.set()

    def come():
        for client in clients:
            client.connect(("127.0.0.1", fresh.port))
        stop(turns)

    loop.call_soon_threadsafe(come)
    fresh.join(30)
    assert not fresh.is_alive
    fresh.stop()
    for client in clients:
        client.settimeout(30)
        with closing(client), suppress(ConnectionResetError):
            assert client.recv(1) == b""
    gc.collect()


def test_who_asked_in_time_is_answered_by_a_server_that_was_held_up(listener, monkeypatch):
    """Its patience is over when it goes on, and what was sent meanwhile is not read yet."""
    held, go_on = threading.Event(), threading.Event()
    fresh = Listener(listener._application, socket.create_server(("127.0.0.1", 0)), Patience())
    loop, clock = fresh._loop, fresh._loop.time

    def hold():
        held.set()
        go_on.wait()

    with connect(fresh) as connection:
        while not fresh.strangers._all:  # until it waits for the head
            time.sleep(0.01)
        loop.call_soon_threadsafe(hold)
        assert held.wait(30)
        connection.sendall(f"GET /api/config HTTP/1.1\r\n{HOST}{MEMBER}\r\n".encode())
        monkeypatch.setattr(loop, "time", lambda: clock() + Patience.head)
        go_on.set()
        assert read(connection)[0] == 200
    fresh.stop()


@trying("posts that stay unfinished", times=12)
def test_no_body_is_read_before_the_token(listener):
    head = f"POST /api/datasets HTTP/1.1\r\n{HOST}Content-Length: 16000000\r\n\r\n".encode()
    with ExitStack() as stack:
        posts = [stack.enter_context(connect(listener)) for _ in range(12)]
        for one in posts:
            one.sendall(head + b"x" * 40_000)
        assert [read(one)[0] for one in posts] == [401] * 12
        assert listener.bodies == 0
        assert healthy(listener)


@pytest.mark.parametrize("path", ["/api/health", "/static/viewer/viewer.js", "/"])
@trying("posts that stay unfinished")
def test_no_body_is_read_where_no_token_is_needed(listener, path):
    request = f"POST {path} HTTP/1.1\r\n{HOST}Content-Length: 16000000\r\n\r\n".encode()
    status, _ = told(listener, request + b"x" * 10_000, member=False)
    assert status in (400, 401)


@trying("posts that stay unfinished", times=10)
def test_unfinished_bodies_are_bounded_together(listener):
    head = f"POST /api/datasets HTTP/1.1\r\n{HOST}{MEMBER}Content-Length: 4000000\r\n\r\n".encode()
    with ExitStack() as stack:
        posts = [stack.enter_context(connect(listener)) for _ in range(10)]
        for one in posts:
            one.sendall(head + b"x" * 300_000)
        small = json.dumps({"text": dna(40, 8)}).encode()
        request = f"POST /api/datasets HTTP/1.1\r\n@Content-Length: {len(small)}\r\n\r\n".encode()
        assert told(listener, request + small)[0] in (200, 201)
        statuses = sorted(read(one)[0] for one in posts)
        assert statuses[0] == 408
        assert statuses[-1] == 429
        assert statuses.count(429) >= 10 - PATIENCE.bodies // 300_000 - 1
    for _ in range(200):
        if listener.bodies == 0:
            break
        time.sleep(0.05)
    assert listener.bodies == 0


@trying("bodies over the limit, whole and in chunks", times=3)
def test_a_body_over_the_limit_gets_its_sentence(listener):
    for member, expected in ((True, 413), (False, 401)):
        request = b"POST /api/datasets HTTP/1.1\r\n@Content-Length: 99999999999\r\n\r\n" + b"x" * 100_000
        status, content = told(listener, request, member=member)
        assert status == expected
        assert json.loads(content)["error"].endswith(".")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with connect(listener) as connection:
        connection.sendall(
            f"POST /api/datasets HTTP/1.1\r\n{HOST}{MEMBER}Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        with suppress(OSError):
            for _ in range(400):
                connection.sendall(chunk)
        assert read(connection)[0] in (413, 429)


@trying("bodies over the limit, whole and in chunks")
def test_a_packed_body_is_not_unpacked(listener):
    bomb = gzip.compress(b" " * (64 << 20))
    request = f"POST /api/datasets HTTP/1.1\r\n@Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    assert told(listener, request.encode() + bomb)[0] == 400


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"OPTIONS * HTTP/1.1\r\n@\r\n", 400),
        (b"GET http://127.0.0.1/api/health HTTP/1.1\r\n@\r\n", 200),
        (b"GET http://[ HTTP/1.1\r\n@\r\n", 400),
        (b"CONNECT evil.example:80 HTTP/1.1\r\n@\r\n", 400),
        (b"GET /api/health HTTP/1.0\r\n@\r\n", 200),
        (b"GET /api/health HTTP/1.1\r\n\r\n", 400),
        (b"GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"BREW /api/health HTTP/1.1\r\n@\r\n", 405),
        (b"POST /api/jobs HTTP/1.1\r\n@Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
        (b"POST /api/jobs HTTP/1.1\r\n@Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400),
        (b"POST /api/jobs HTTP/1.1\r\n@Content-Length: -2\r\n\r\n{}", 400),
        (b"POST /api/jobs HTTP/1.1\r\n@Transfer-Encoding: gzip\r\n\r\n{}", 400),
        (b"GET /api/config HTTP/1.1\r\n@Cookie: \xff\xfe=\x80; a\r\n\r\n", 200),
        (b"GET /static/viewer/viewer.css HTTP/1.1\r\n@Range: bytes=999999999999999999999-\r\n\r\n", 200),
        (b'GET /static/viewer/viewer.css HTTP/1.1\r\n@If-None-Match: "\r\nIf-Modified-Since: x\r\n\r\n', 200),
        (b"GET /%ff%00/../..%2f HTTP/1.1\r\n@\r\n", 401),
        (b"GET /api/config?%ff=%80&\xc3\xa9 HTTP/1.1\r\n@\r\n", 400),
        (b"GET / HTTP/1.1\r\n@" + b"X: y\r\n" * 80_000 + b"\r\n", 431),
    ],
)
@trying("requests written in odd ways")
def test_odd_requests(listener, request_, expected):
    assert told(listener, request_, member=b"api/jobs" in request_ or b"config" in request_)[0] == expected


def test_one_connection_carries_many_requests(listener):
    """Also when they come together, and the answer to HEAD has no content."""
    with connect(listener) as connection:
        get = f"GET /api/health HTTP/1.1\r\n{HOST}\r\n".encode()
        last = get.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        connection.sendall(get.replace(b"GET", b"HEAD") + get + get + last)
        content = connection.makefile("rb").read()
        assert content.count(b"HTTP/1.1 200") == 4
        assert content.count(b'{"status":"ok"}') == 3


def test_a_client_that_asks_first_may_send(listener):
    body = json.dumps({"text": dna(40, 5)}).encode()
    with connect(listener) as connection:
        head = f"POST /api/datasets HTTP/1.1\r\n{HOST}{MEMBER}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read(connection)[0] in (200, 201)


@pytest.mark.parametrize("seed", range(times(4, 100)))
@trying("requests garbled at random", times=20)
def test_garbled_requests(listener, seed):
    """Whatever comes, the answer is no 5xx, and the server goes on."""
    rng = random.Random(seed)  # noqa: S311 - it chooses what is sent
    whole = (
        f"POST /api/jobs?since=1 HTTP/1.1\r\n{HOST}{MEMBER}Cookie: a=b\r\nContent-Length: 16\r\n\r\n"
        '{"dataset": "x"}'
    )
    for _ in range(20):
        content = bytearray(whole.encode())
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(content))
            content[at : at + rng.choice([0, 1, 9])] = rng.choice(
                [b"\r\n", b"\0", b"\xff", b":", b" ", b"", b"%", b"9" * 30]
            )
        with connect(listener) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            read(connection)
    assert healthy(listener)
