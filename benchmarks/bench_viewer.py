"""The viewer's page in headless Chromium: 10,000 explained sequences in the list, and a picture of 10,000 bases.

Run with ``python -m benchmarks.bench_viewer``. With ``genome`` it measures the Genome view instead, of 20,000 bases
in a process of its own: until igv.js shows the tracks, and until the picture below them is drawn. Two times are taken of
every frame: since the one before, which cannot be less than the 16.7 ms of a screen at 60 Hz, and what the page worked
for it: script, style, layout, paint.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.bench_server import fill
from tests.chromium import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BASES = 10_000
GENOME = 20_000
TIMES = 5
DRAWN = "dna-view .plot canvas"

_WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: "longtask" });
}"""

_FRAMES = """async ([count, selector, what]) => {
  const element = document.querySelector(selector);
  const steps = {
    scroll: () => { element.scrollTop += 120; },
    fling: () => { element.scrollTop += 2400; },
    pan: i => {
      const span = 200, start = (element.length - span) * (0.5 - 0.5 * Math.cos(i / 60));
      element.setWindow({ start, end: start + span });
    },
    zoom: i => {
      const span = element.length * (1 - 0.99 * (0.5 - 0.5 * Math.cos(i / 30)));
      element.setWindow({ start: (element.length - span) / 2, end: (element.length + span) / 2 });
    },
  };
  // A message that is sent before a frame is drawn arrives after that.
  const { port1, port2 } = new MessageChannel();
  let drawn = () => {};
  port1.onmessage = () => drawn();
  const deltas = [], works = [];
  let before = await new Promise(requestAnimationFrame);
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    steps[what](i);
    await new Promise((done) => { drawn = done; port2.postMessage(0); });
    works.push(performance.now() - began);
    const now = await new Promise(requestAnimationFrame);
    deltas.push(now - before);
    before = now;
  }
  return [deltas.slice(2), works.slice(2)];
}"""


def opened(browser: Browser, url: str) -> Page:
    """Return the page of a person who was never here."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(f"({_WATCH})()")
    page.goto(url)
    page.locator(DRAWN).first.wait_for()
    return page


def first_picture(browser: Browser, url: str, ready: str = DRAWN, what: str = "first picture") -> None:
    """Measure how long it takes from the address to a drawn picture."""
    seconds = []
    for _ in range(TIMES):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        began = time.perf_counter()
        page.goto(url)
        page.locator(ready).first.wait_for()
        seconds.append(time.perf_counter() - began)
        page.wait_for_timeout(1000)
        context.close()
        time.sleep(1)  # to close a page is work, too, which nobody has who opens one
    print(
        f"{what} after opening the page: {statistics.median(seconds):.2f} s "
        f"({min(seconds):.2f} to {max(seconds):.2f})"
    )


def weight(browser: Browser, url: str) -> None:
    """Add up the page and its files as they travel; the data come on top."""
    context = browser.new_context()
    page = context.new_page()
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    network.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(url)
    page.locator(DRAWN).first.wait_for()
    page.wait_for_timeout(2000)
    own = [size for request, size in sizes.items() if "/api/" not in names[request]]
    print(
        f"page weight, compressed, headers included: {sum(own) / 1000:.0f} kB in {len(own)} files; "
        f"with the data {sum(sizes.values()) / 1000:.0f} kB"
    )
    context.close()


def frames(page: Page, words: str, selector: str, what: str) -> None:
    """Print what frames cost while something moves."""
    page.evaluate("window.longest = 0")
    deltas, works = page.evaluate(_FRAMES, [400, selector, what])
    page.wait_for_timeout(200)
    (median, p95, worst), (work, work95, _) = (np.percentile(t, [50, 95, 100]) for t in (deltas, works))
    longest = page.evaluate("window.longest")
    print(
        f"{words}: a frame every {median:.1f} ms median, {p95:.1f} ms p95, {worst:.1f} ms worst; "
        f"work {work:.1f} ms median, {work95:.1f} ms p95; longest task {f'{longest:.0f} ms' if longest else 'below 50 ms'}"
    )


def pasted(page: Page, letters: str, *, drawn: int) -> float:
    """Paste a sequence as a person does; return the seconds from the click to its picture."""
    page.get_by_role("button", name="Add sequences").click()
    page.locator("#add-dialog textarea").fill(f">pasted\n{letters}\n")
    began = time.perf_counter()
    page.locator("#add-dialog .primary").click()
    while page.evaluate("document.querySelector('dna-view')?.length") != drawn:
        page.wait_for_timeout(5)
        if time.perf_counter() - began > 120:
            raise RuntimeError("The pasted sequence was not drawn.")
    return time.perf_counter() - began


def measure(url: str) -> None:
    from playwright.sync_api import sync_playwright

    rng = np.random.default_rng(5)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        first_picture(browser, url)
        weight(browser, url)
        page = opened(browser, url)
        frames(page, "list of 10,000 rows, 120 pixels per frame", ".rows", "scroll")
        frames(page, "list of 10,000 rows, 2,400 pixels per frame", ".rows", "fling")
        seconds = [
            pasted(page, "".join(rng.choice(list("ACGT"), length)), drawn=length)
            for length in range(252, 258)
        ]
        print(
            f"from the click that pastes some 251 bases to their preview: first {1000 * seconds[0]:.0f} ms, "
            f"then {1000 * statistics.median(seconds[1:]):.0f} ms"
        )
        long_picture(page, "".join(rng.choice(list("ACGT"), BASES)))
        browser.close()


def long_picture(page: Page, letters: str) -> None:
    page.evaluate("location.hash = 'windows=auto&track=*deeplift'")
    page.reload()
    page.locator(DRAWN).first.wait_for()
    pasted(page, letters, drawn=BASES)
    frames(page, f"panning along {BASES:,} bases, 200 at a time", "dna-view", "pan")
    frames(page, f"zooming through {BASES:,} bases", "dna-view", "zoom")


def serve_genome(folder: str) -> None:
    """Serve a run over a genome until standard input ends."""
    from captum_dna import attribute_genome
    from captum_dna.insights.browse import browse

    at = Path(folder)
    letters = "".join(np.random.default_rng(5).choice(list("ACGT"), GENOME))
    (at / "genome.fa").write_text(f">chr1\n{letters}\n")
    attribute_genome(
        at / "run",
        "demo",
        at / "genome.fa",
        window=251,
        method="deeplift",
        target="TATA promoter",
        progress=False,
    )
    with browse(at / "run", at / "genome.fa", store=False) as served:
        print(json.dumps({"url": served.url}), flush=True)
        sys.stdin.read()


def measure_genome(url: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        first_picture(browser, url, "#genome[data-ready]", "tracks of the genome")
        first_picture(browser, url)
        browser.close()


def main() -> None:
    genome = sys.argv[1:] == ["genome"]
    with tempfile.TemporaryDirectory() as folder:
        if genome:
            code = f"from benchmarks.bench_viewer import serve_genome; serve_genome({folder!r})"
        else:
            fill(Path(folder))
            code = f"from benchmarks.bench_server import serve; serve({folder!r})"
        server: Any = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            url = json.loads(server.stdout.readline())["url"]
            (measure_genome if genome else measure)(url)
        finally:
            server.stdin.close()
            server.wait(30)


if __name__ == "__main__":
    main()
