"""A client that speaks to a viewer over a socket, as a browser or a script would."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.held import PATIENCE


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Client:
    """Requests to one viewer, with its token unless ``headers`` say otherwise."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def token(self) -> str:
        return urlsplit(self.url).query.removeprefix("token=")

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection(self.netloc, timeout=PATIENCE)
        sent = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent | self.headers)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def get(self, path: str, query: Any = (), **options: Any) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        """Post once; where the body says to wait, for as long as the answer is a job under way."""
        answer = self.ask("POST", path, body, **options)
        if isinstance(body, dict) and body.get("wait"):
            end = time.monotonic() + PATIENCE
            while answer.status == 202 and time.monotonic() < end:
                answer = self.ask("POST", path, body, **options)
        return answer

    def dataset(self) -> dict[str, Any]:
        """Return the data set that the viewer was started with."""
        return self.get("/api/datasets").json["datasets"][0]

    def rows(self, query: Any = (), dataset: str | None = None) -> Any:
        answer = self.get(f"/api/datasets/{dataset or self.dataset()['id']}/rows", query)
        assert answer.status == 200, answer.content
        return answer.json

    def until(self, path: str, good: Any) -> Any:
        """Ask until the answer is good; fail where it never is."""
        return self._until(path, lambda: self.get(path).json, good)

    def until_posted(self, path: str, body: Any, good: Any) -> Any:
        """Ask for something until the answer is good; fail where it never is."""
        return self._until(path, lambda: self.post(path, body).json, good)

    def _until(self, path: str, ask: Any, good: Any) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = ask()
            if good(found):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{path} never came to it: {found}")

    def job_done(self, job: dict[str, Any]) -> Any:
        return self.until(f"/api/jobs/{job['id']}?since=0", lambda j: j["state"] not in ("queued", "running"))

    def predicted(self, dataset: str | None = None) -> None:
        """Wait until all rows are predicted."""
        path = f"/api/datasets/{dataset or self.dataset()['id']}"
        self.until(path, lambda one: all(count == one["size"] for count in one["predicted"].values()))
