"""Measure a page of many sequences: how large, how fast to write, how smooth to scroll.

Run from the top of the repository: ``python -m benchmarks.bench_page [sequences]``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from captum_dna.render.page import bundle
from captum_dna.render.view import View
from tests.fake_attributions import make, many

LONG = 100_000

_OPEN = """() => {
  const [entry] = performance.getEntriesByType("navigation");
  return [entry.domContentLoadedEventEnd, entry.loadEventEnd];
}"""

_WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: "longtask", buffered: true });
}"""

_SCROLL = """(pixelsPerFrame) => new Promise(done => {
  const deltas = [];
  let before = performance.now();
  const step = now => {
    deltas.push(now - before);
    before = now;
    scrollBy(0, pixelsPerFrame);
    if (deltas.length < 400) requestAnimationFrame(step);
    else done(deltas.slice(2));
  };
  requestAnimationFrame(step);
})"""

_ZOOM = """() => new Promise(done => {
  const view = document.querySelector("dna-view");
  const deltas = [];
  let before = performance.now();
  const step = now => {
    deltas.push(now - before);
    before = now;
    const share = 0.5 - 0.5 * Math.cos(deltas.length / 30);
    const span = view.length * (1 - 0.999 * share);
    view.setWindow({ start: (view.length - span) / 2, end: (view.length + span) / 2 });
    if (deltas.length < 200) requestAnimationFrame(step);
    else done(deltas.slice(2));
  };
  requestAnimationFrame(step);
})"""


def main(count: int = 1000) -> None:
    from playwright.sync_api import sync_playwright

    results = many(count)
    print(f"script, once per page: {len(bundle().encode()):,} bytes")
    sizes = [len(View(results[:n]).html(script=False).encode()) for n in (1, count)]
    print(f"bytes per sequence: {(sizes[1] - sizes[0]) / (count - 1):,.0f}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        start = time.perf_counter()
        View(results).save(path)
        print(f"seconds to write {count:,} sequences: {time.perf_counter() - start:.2f}")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CAPTUM_DNA_CHROMIUM") or shutil.which("chromium")
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(f"({_WATCH})()")
        page.goto(path.as_uri())
        parsed, loaded = page.evaluate(_OPEN)
        print(f"opens in: {parsed / 1000:.2f} s until parsed, {loaded / 1000:.2f} s until loaded")
        print(f"longest task while opening: {page.evaluate('window.longest'):.0f} ms")
        page.evaluate("window.longest = 0")
        for speed in (30, 120):
            _report(f"scrolling {speed} pixels per frame", page.evaluate(_SCROLL, speed))
        print(f"longest task while scrolling: {page.evaluate('window.longest'):.0f} ms")
        long = Path(folder) / "long.html"
        View(make(LONG)).save(long)
        page.goto(long.as_uri())
        page.locator("dna-view .plot canvas").wait_for()
        _report(f"zooming {LONG:,} bases", page.evaluate(_ZOOM))
        browser.close()


def _report(what: str, deltas: list[float]) -> None:
    median, p95, worst = np.percentile(deltas, [50, 95, 100])
    print(f"{what}: frames of {median:.1f} ms median, {p95:.1f} ms p95, {worst:.1f} ms worst")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
