"""The viewer's server under load: 10,000 explained sequences of 251 bases, 20 clients at once.

The clients are in a process of their own, light enough to leave the server its core; each asks again as soon as it has
an answer, which is harder on the server than people are. Run with ``python -m benchmarks.bench_server``;
``python -m benchmarks.bench_server job 600`` runs only the job of 600 rows that 50 clients watch, and
``python -m benchmarks.bench_server pastes 2000`` only pastes and removes data sets.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import numpy as np
import psutil

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution
    from captum_dna.model.encoding import Encoding

ROWS = 10_000
CLIENTS = 20
QUESTIONS = 30
"""Requests of each client and kind."""

KINDS = (("list", "list query"), ("scores", "stored attribution"))
MOTIFS = ("TATAWAWR", "CCAAT", "GGGCGG", "CANNTG", "TGACTCA", "RRRCWWGYYY", "AATAAA", "YYANWYY")


def sequences() -> dict[str, str]:
    rng = np.random.default_rng(0)
    letters = rng.choice(list("ACGT"), (ROWS, 251))
    return {f"promoter {i:05d}": "".join(row) for i, row in enumerate(letters)}


def fill(folder: Path) -> None:
    """Write predictions and results through the store's own functions, as jobs do."""
    from captum_dna import attribute, demo, load
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.kept import Found
    from captum_dna.insights.limits import Limits
    from captum_dna.insights.request import how_of
    from captum_dna.insights.store import Store
    from captum_dna.io.readers import read

    model = load("demo")
    data = Dataset(list(read(sequences())), "bench")
    fingerprint = f"{model.fingerprint}-{model.encoder.fingerprint}"
    how = how_of({}, {"demo": model}, Limits())
    pattern = attribute(model, demo.designed()[0], method="deeplift", progress=False)[0]
    rng = np.random.default_rng(1)
    store = Store(folder)
    began = time.perf_counter()
    for start in range(0, ROWS, 500):
        rows = range(start, min(start + 500, ROWS))
        chances = rng.beta(0.5, 0.5, len(rows))
        store.put_predictions(
            fingerprint,
            [
                Found(data.letters[i], np.array([1 - p, p]).astype("<f8").tobytes(), None)
                for i, p in zip(rows, chances, strict=True)
            ],
        )
        made = [like(pattern, model.encode(data.sequences[i]), rng) for i in rows]
        store.put(how.key(fingerprint), [(data.letters[i], one) for i, one in zip(rows, made, strict=True)])
    took = time.perf_counter() - began
    store.close()
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"store: {ROWS:,} results written in {took:.1f} s, {size / ROWS / 1000:.1f} kB each")


def like(pattern: Attribution, encoding: Encoding, rng: np.random.Generator) -> Attribution:
    """Return a result of a sequence as long as another one's: its own tokens, and that one's scores shuffled."""
    return replace(
        pattern,
        sequence=encoding.bases,
        tokens=encoding.tokens,
        spans=encoding.spans,
        token_scores=rng.permuted(pattern.token_scores) * rng.uniform(0.2, 2),
        base_scores=rng.permuted(pattern.base_scores),
    )


def serve(folder: str) -> None:
    """Be the server: print how long the start took without the model, and the address."""
    from captum_dna import load, read
    from captum_dna.insights import Insights

    model = load("demo")
    data = list(read(sequences()))
    print(f"# {len(model.labels)} classes", file=sys.stderr)  # a model runs once to know them: not counted
    began = time.perf_counter()
    viewer = Insights({"demo": model}, data, store=folder).serve()
    where = urlsplit(viewer.url)
    connection = http.client.HTTPConnection(where.netloc)
    connection.request("GET", "/", headers={"Authorization": f"Bearer {viewer.token}"})
    connection.getresponse().read()
    print(json.dumps({"seconds": time.perf_counter() - began, "url": viewer.url}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), viewer.stop())).start()
    viewer.wait()


@dataclass(frozen=True)
class Client:
    """A connection that costs the machine little: an answer is read whole, and not looked at."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str

    @classmethod
    async def of(cls, url: str) -> Client:
        """Connect to the viewer of an address with its token."""
        where = urlsplit(url)
        head = f"Host: {where.netloc}\r\nAuthorization: Bearer {where.query.partition('=')[2]}\r\n\r\n"
        return cls(*await asyncio.open_connection(where.hostname, where.port, limit=1 << 24), head)

    async def get(self, path: str) -> int:
        """Return the status of the answer."""
        self.writer.write(f"GET {path} HTTP/1.1\r\n{self.head}".encode())
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        await self.reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r")[0]))
        return int(answer.split(maxsplit=2)[1])


async def ask(kind: str, url: str, data: str, seed: int) -> list[float]:
    """Be one client: return the seconds that each answer took."""
    client = await Client.of(url)
    rng = np.random.default_rng(seed)
    took = []
    for _ in range(QUESTIONS):
        if kind == "list":
            path = f"/api/datasets/{data}/rows?{urlencode(query(rng))}"
        else:
            path = f"/api/datasets/{data}/rows/{rng.integers(ROWS)}/attribution"
        began = time.perf_counter()
        status = await client.get(path)
        took.append(time.perf_counter() - began)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
    client.writer.close()
    return took


def query(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return filters, sorting and a page as somebody might ask for them."""
    asked = [("limit", "50"), ("offset", str(rng.integers(0, 20) * 50))]
    asked += [("sort", str(rng.choice(["index", "name", "probability", "loss", "delta", "largest"])))]
    asked += [("order", str(rng.choice(["up", "down"])))]
    if rng.random() < 0.5:
        asked += [("motif", str(rng.choice(MOTIFS)))]
    elif rng.random() < 0.6:
        asked += [("motif", "".join(rng.choice(list("ACGT"), 6)))]
    if rng.random() < 0.4:
        asked += [("predicted", "TATA promoter"), ("min_probability", f"{rng.random():.2f}")]
    if rng.random() < 0.2:
        asked += [("name", f"{rng.integers(100)}")]
    return asked


def clients(kind: str, url: str) -> np.ndarray:
    """Run all clients in a process of their own; return all times in milliseconds."""
    answer = subprocess.run([*be("clients"), kind, url], stdout=subprocess.PIPE, check=True)
    return 1000 * np.array(json.loads(answer.stdout))


def be(who: str) -> list[str]:
    """Return the command that is one of the functions below."""
    return [
        sys.executable,
        "-c",
        f"import sys; from benchmarks import bench_server as b; b.be_{who}(*sys.argv[1:])",
    ]


def be_clients(kind: str, url: str) -> None:
    data = first_dataset(url)

    async def together() -> list[list[float]]:
        return await asyncio.gather(*(ask(kind, url, data, seed) for seed in range(CLIENTS)))

    print(json.dumps([seconds for client in asyncio.run(together()) for seconds in client]))


def be_watchers(url: str, how: str) -> None:
    """Read once a second each until the input ends, in mixed ways; print kind, status and seconds of all.

    Lists and summaries are of the way to explain in which the job runs, so that they change all the time.
    """
    data, rng, told = first_dataset(url), np.random.default_rng(2), []
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    asked = {
        "list": lambda: f"/api/datasets/{data}/rows?{urlencode(query(rng))}&{how}",
        "attribution": lambda: f"/api/datasets/{data}/rows/{rng.integers(ROWS)}/attribution",
        "jobs": lambda: "/api/jobs",
        "summary": lambda: f"/api/datasets/{data}/summary?k={rng.integers(5, 8)}&{how}",
    }

    async def watch(number: int) -> None:
        client = await Client.of(url)
        due = time.monotonic() + number / WATCHERS
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if over.is_set():
                return
            kind = str(rng.choice(list(READS), p=list(READS.values())))
            path = asked[kind]()
            began = time.perf_counter()
            told.append((kind, await client.get(path), time.perf_counter() - began))
            due = max(due + 1, time.monotonic())

    async def together() -> None:
        await asyncio.gather(*(watch(number) for number in range(WATCHERS)))

    asyncio.run(together())
    print(json.dumps(told))


def first_dataset(url: str) -> str:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    connection.request(
        "GET", "/api/datasets", headers={"Authorization": f"Bearer {where.query.partition('=')[2]}"}
    )
    return json.loads(connection.getresponse().read())["datasets"][0]["id"]


def previews(url: str) -> np.ndarray:
    """Return how long pasting a sequence and its quick picture take, in milliseconds."""
    where = urlsplit(url)
    head = {"Authorization": f"Bearer {where.query.partition('=')[2]}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(where.netloc, timeout=60)

    def post(path: str, content: dict[str, object]) -> dict[str, str]:
        connection.request("POST", path, json.dumps(content), head)
        return json.loads(connection.getresponse().read())

    took = []
    for letters in list(sequences().values())[:6]:
        began = time.perf_counter()
        made = post("/api/datasets", {"text": letters[::-1]})
        post(f"/api/datasets/{made['id']}/rows/0/attribution", {"how": {"method": "deeplift"}, "wait": 10})
        took.append(time.perf_counter() - began)
    return 1000 * np.array(took)


WATCHERS = 50
READS = {"list": 0.4, "attribution": 0.4, "jobs": 0.12, "summary": 0.08}
"""Shares of the watchers' questions."""
WATCHED_ROWS = 1_500
"""Rows that the job explains while it is watched: at least a minute's work for two cores."""


def memory(pid: int) -> float:
    """Return the resident memory in MB of a process and of those that it has started."""
    own = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (own, *own.children(recursive=True))) / 2**20


def watched(url: str, pid: int, rows: int) -> None:
    """Let clients read once a second each as long as a job runs; print what failed, the memory, and the job's time."""
    where = urlsplit(url)
    head = {"Authorization": f"Bearer {where.query.partition('=')[2]}", "Content-Type": "application/json"}
    connection, data = http.client.HTTPConnection(where.netloc, timeout=60), first_dataset(url)

    def ask_for(method: str, path: str, content: object = None) -> dict[str, object]:
        connection.request(method, path, None if content is None else json.dumps(content), head)
        return json.loads(connection.getresponse().read())

    def job(seed: int, rows: int = rows) -> float:
        """Explain rows in a way that is not stored; return the seconds that it took."""
        how = {"seed": seed, "n_steps": 8}
        made = ask_for("POST", "/api/jobs", {"dataset": data, "rows": list(range(rows)), "how": how})
        while made["state"] in ("queued", "running"):
            time.sleep(0.5)
            made = ask_for("GET", f"/api/jobs/{made['id']}")
        return float(made["seconds"])

    job(0, min(rows, 200))  # until the process that computes is ready
    before, small = job(1), memory(pid)
    watchers = subprocess.Popen(
        [*be("watchers"), url, "seed=2&n_steps=8"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    beside = job(2)
    told = json.loads(watchers.communicate()[0])
    alone, large = (before + job(3)) / 2, memory(pid)
    seconds = [took for _, _, took in told]
    broken = sum(status >= 500 for _, status, _ in told)
    print(
        f"{WATCHERS} clients, once a second for {beside:.0f} s: {len(told)} answers, {broken} of them 5xx; p95 "
        f"{1000 * np.percentile(seconds, 95):.0f} ms; memory {small:.0f} to {large:.0f} MB; the job of {rows:,} "
        f"sequences at {rows / alone:.1f} per second alone and {rows / beside:.1f} beside them: "
        f"{beside / alone:.2f} times"
    )
    for kind in READS:
        times = 1000 * np.array([took for own, _, took in told if own == kind])
        middle, high, most = np.percentile(times, [50, 95, 100])
        print(f"  {kind}: {len(times)}, median {middle:.0f} ms, p95 {high:.0f} ms, longest {most:.0f} ms")


def pasted(url: str, pid: int, folder: Path, count: int) -> None:
    """Paste and remove data sets one after the other; print the memory, the store and the jobs that are listed."""
    where = urlsplit(url)
    head = {"Authorization": f"Bearer {where.query.partition('=')[2]}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    rng = np.random.default_rng(3)

    def ask_for(method: str, path: str, content: object = None) -> bytes:
        connection.request(method, path, None if content is None else json.dumps(content), head)
        return connection.getresponse().read()

    for turn in range(count + 1):
        if turn % max(1, count // 4) == 0:
            stored = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
            listed = len(json.loads(ask_for("GET", "/api/jobs"))["jobs"])
            print(
                f"{turn:,} pasted and removed: memory {memory(pid):.0f} MB, store {stored:.2f} MB, {listed} jobs listed"
            )
        text = "".join(rng.choice(list("ACGT"), 251))
        made = json.loads(ask_for("POST", "/api/datasets", {"text": text}))["id"]
        ask_for("GET", f"/api/datasets/{made}/rows")
        ask_for("GET", f"/api/datasets/{made}/summary")
        if turn % 2:  # half of them while they are being predicted
            while json.loads(ask_for("GET", f"/api/datasets/{made}"))["predicted"]["demo"] == 0:
                time.sleep(0.01)
        ask_for("DELETE", f"/api/datasets/{made}", {})


def main(part: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        code = f"from benchmarks.bench_server import serve; serve({folder!r})"
        server = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            started = json.loads(server.stdout.readline())
            print(f"start to the page, model and data read: {started['seconds']:.2f} s")
            if part == "pastes":
                pasted(started["url"], server.pid, Path(folder), count)
                return
            clients("list", started["url"])  # the first answers build what the later ones use
            for kind, words in KINDS if part == "all" else ():
                times = clients(kind, started["url"])
                low, middle, high = np.percentile(times, [50, 90, 95])
                print(
                    f"{words}, {CLIENTS} clients: median {low:.0f} ms, p90 {middle:.0f} ms, p95 {high:.0f} ms"
                )
            if part == "all":
                times = previews(started["url"])
                print(
                    f"preview of a pasted sequence: first {times[0]:.0f} ms, then {np.median(times[1:]):.0f} ms"
                )
            watched(started["url"], server.pid, count)
        finally:
            server.stdin.close()
            server.wait(30)


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "all"
    main(chosen, int(sys.argv[2]) if len(sys.argv) > 2 else WATCHED_ROWS)
