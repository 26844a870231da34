"""The connection that waits a moment for its answer, on a real server."""

from __future__ import annotations

import http.client
import threading

import pytest
from waitress.server import create_server
from waitress.wasyncore import close_all

from captum_dna.insights.connection import PatientChannel

SECONDS = 30
"""Until a test gives up."""


class Hall:
    """A server whose ``/slow`` answers when it is let go, and whose other pages answer at once."""

    def __init__(self) -> None:
        self.began, self.let_go = threading.Event(), threading.Event()
        self.callers: list[http.client.HTTPConnection] = []
        self.server = create_server(self.answer, host="127.0.0.1", port=0, threads=2)
        self.server.channel_class = PatientChannel
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def answer(self, asked, start):
        path = asked["PATH_INFO"]
        if path == "/slow":
            self.began.set()
            self.let_go.wait(SECONDS)
        if path == "/broken":
            raise RuntimeError("broken on purpose")
        content = path.encode() + asked["wsgi.input"].read()
        start("200 OK", [("Content-Length", str(len(content)))])
        return [content]

    def connect(self) -> http.client.HTTPConnection:
        self.callers.append(
            http.client.HTTPConnection("127.0.0.1", self.server.effective_port, timeout=SECONDS)
        )
        return self.callers[-1]

    def close(self) -> None:
        self.let_go.set()
        for caller in self.callers:
            caller.close()
        self.server.trigger.pull_trigger(lambda: close_all(self.server._map))
        self.thread.join(SECONDS)
        self.server.task_dispatcher.shutdown(timeout=2)


@pytest.fixture
def hall():
    made = Hall()
    yield made
    made.close()


def ask(connection, path, content=None):
    connection.request("GET" if content is None else "POST", path, content)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_an_answer_that_takes_long_holds_nobody_up(hall):
    slow, quick = hall.connect(), hall.connect()
    slow.request("GET", "/slow")
    assert hall.began.wait(SECONDS)
    for turn in range(5):
        assert ask(quick, f"/{turn}") == (200, f"/{turn}".encode())
    hall.let_go.set()
    assert slow.getresponse().read() == b"/slow"


def test_a_connection_serves_one_request_after_the_other(hall):
    connection = hall.connect()
    for turn in range(20):
        content = b"x" * (turn * 10_000)
        assert ask(connection, f"/{turn}", content) == (200, f"/{turn}".encode() + content)


def test_what_fails_is_answered_and_the_next_connection_too(hall):
    assert ask(hall.connect(), "/broken")[0] == 500
    assert ask(hall.connect(), "/well") == (200, b"/well")
