"""Scores as letters in igv.js, by the options that the docs give, from the files that this package writes."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from flask import Flask, send_from_directory
from matplotlib import image
from numpy.testing import assert_allclose
from werkzeug.serving import make_server

import captum_dna
from captum_dna.core.sequences import Interval
from captum_dna.io.browser_files import HUB, SESSION, write_browser_files
from captum_dna.io.browser_tracks import BrowserTrack, browser_track
from captum_dna.results import Attributions
from tests import fake_attributions
from tests.chromium import missing

pytestmark = pytest.mark.browser

OPTIONS = json.loads(
    re.search(
        r"```json\n(.*?)```", (Path(__file__).parents[2] / "docs" / "genome.md").read_text(), re.DOTALL
    )[1]
)
INK = {"A": (0, 200, 0), "C": (0, 0, 200), "G": (209, 113, 5), "T": (255, 0, 0)}
"""The colours of igv.js for the four letters."""

PAGE = """<!doctype html><meta charset="utf-8"><title>igv.js</title><link rel="icon" href="data:,">
<div id="genome"></div><script src="/igv/igv.min.js"></script>"""

OPEN = """async options => {
  const browser = await igv.createBrowser(document.getElementById("genome"), options);
  const { track, viewports: [viewport] } = browser.trackViews.find(({ track }) => track.type === "wig");
  const { start, bpPerPixel } = viewport.referenceFrame;
  const { left, top, width, height } = viewport.viewportElement.getBoundingClientRect();
  const features = viewport.featureCache.features;
  return { features, range: track.dataRange, start, bpPerPixel, left, top, width, height };
}"""


LOADED = """async ([session, hub, assembly]) => {
  const browser = await igv.createBrowser(document.getElementById("genome"), {});
  await browser.loadSession({ url: session });
  const groups = await (await igv.loadHub(hub)).getGroupedTrackConfigurations(assembly);
  const ofHub = groups.flatMap(({ tracks }) => tracks);
  const own = browser.trackViews.length;
  for (const track of ofHub) await browser.loadTrack(track);
  return {
    own: browser.trackViews.slice(0, own).map(({ track }) => track.name),
    hub: ofHub.map(({ name, format }) => [name, format]),
    features: browser.trackViews
      .filter(({ track }) => track.type === "wig")
      .map(({ viewports: [viewport] }) => (viewport.featureCache?.features ?? []).length),
  };
}"""


@pytest.fixture(scope="session")
def igv(tmp_path_factory) -> Path:
    """Return the folder of igv.js, which npm brings."""
    folder = Path(__file__).parent / "igv"
    built = folder / "node_modules" / "igv" / "dist"
    with FileLock(tmp_path_factory.getbasetemp().parent / "igv.lock"):  # one test process brings it for all
        if not built.exists():
            npm = shutil.which("npm")
            if npm is None:
                missing("The test in a genome browser needs igv.js, which npm brings.")
            command = [npm, "install", "--no-save", "--no-package-lock"]
            done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                missing(
                    f"The test in a genome browser needs igv.js, which npm could not bring: {done.stderr[-300:]}"
                )
    return built


@pytest.fixture
def served(igv, tmp_path):
    """Serve igv.js and the files of a folder, by ranges where these are asked for; give the address."""
    app = Flask("files")
    app.add_url_rule("/", "page", lambda: PAGE)
    app.add_url_rule("/hub/", "page in a folder", lambda: PAGE)
    app.add_url_rule("/igv/<name>", "igv", lambda name: send_from_directory(igv, name))
    app.add_url_rule("/<path:name>", "file", lambda name: send_from_directory(tmp_path, name))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()


@pytest.fixture
def drawn(browser, served):
    """Return a function that opens a stretch of the genome and gives what igv.js loaded, and its picture."""
    page = browser.new_page(viewport={"width": 1000, "height": 400})
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))

    def go(locus: str):
        page.goto(served)
        # The track's label would lie over letters.
        shown = page.evaluate(OPEN, OPTIONS | {"locus": locus, "showTrackLabels": False})
        return shown, image.imread(io.BytesIO(page.screenshot()))[..., :3]

    yield go
    page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith((served, "data:"))] == []


def letters(shown, picture) -> dict[int, dict[str, float]]:
    """Return, by position, the letters that are seen there and how far each reaches above or below zero, in scores."""
    top, left = round(shown["top"]), shown["left"]
    track = np.rint(255 * picture[top : top + round(shown["height"])]).astype(int)
    score = (shown["range"]["max"] - shown["range"]["min"]) / shown["height"]
    zero = shown["range"]["max"] / score
    width = 1 / shown["bpPerPixel"]
    found: dict[int, dict[str, float]] = {}
    for place in range(round(shown["start"]), round(shown["start"] + shown["width"] / width)):
        edge = left + (place - shown["start"]) * width
        cell = track[:, int(np.ceil(edge)) : int(edge + width)]
        found[place] = {}
        for letter, ink in INK.items():
            rows = np.flatnonzero((cell == ink).all(-1).any(-1))
            if len(rows):
                up, down = zero - rows[0], rows[-1] + 1 - zero
                found[place][letter] = score * (up if up > down else -down)
    return found


def test_letters_stand_at_their_bases_as_tall_as_their_scores(drawn, tmp_path):
    """Scores made by hand, on both strands: what is not scored has no letter."""
    genome = "ACGGCTCGATTGCCAGTACGCTTAGG" * 20
    (tmp_path / "genome.fa").write_text(f">chr1\n{genome}\n")
    (tmp_path / "genome.fa.fai").write_text(f"chr1\t{len(genome)}\t6\t{len(genome)}\t{len(genome) + 1}\n")
    forward, backward = np.zeros(20), np.zeros(20)
    forward[[2, 3, 5, 7, 8, 12]] = 1.0, 0.75, -0.5, 0.5, -1.0, 0.25
    backward[[0, 4, 9]] = 0.6, -0.8, 0.4
    base = fake_attributions.make(20, box=False)
    Attributions(
        replace(base, name=strand, base_scores=scores, interval=Interval("chr1", start, start + 20, strand))
        for scores, start, strand in ((forward, 200, "+"), (backward, 220, "-"))
    ).to_bigwig(tmp_path / "scores.bw", tmp_path / "genome.fa")

    shown, picture = drawn("chr1:191-250")
    seen = letters(shown, picture)
    wanted = dict(zip(range(200, 240), [*forward, *backward[::-1]], strict=True))
    assert {f["start"]: f["value"] for f in shown["features"]} == pytest.approx(wanted, rel=1e-6)
    assert {place for place, found in seen.items() if found} == {p for p, score in wanted.items() if score}
    for place, score in wanted.items():
        if score:
            assert list(seen[place]) == [genome[place]], place
            assert_allclose(seen[place][genome[place]], score, atol=2 * 2 / shown["height"])  # two pixels


def test_the_models_scores_are_the_letters_of_the_genome_browser(drawn, tmp_path):
    plain, box = "ACGGCTCGATTGCCAGTACGCTTAGG", "GCGCCTATAAAAGGCGGCACGTTGCA"
    genome = plain * 20 + box + plain * 19
    (tmp_path / "genome.fa").write_text(f">chr1\n{genome}\n")
    (tmp_path / "peaks.bed").write_text("chr1\t470\t590\tbox\t900\t+\nchr1\t670\t790\tother\t100\t-\n")
    intervals = captum_dna.read(tmp_path / "peaks.bed", genome=tmp_path / "genome.fa")
    results = captum_dna.attribute("demo", intervals, target="TATA promoter")
    results.to_bigwig(tmp_path / "scores.bw", tmp_path / "genome.fa")
    for result, scores in zip(results, (results[0].base_scores, results[1].base_scores[::-1]), strict=True):
        start = result.interval.start
        shown, picture = drawn(f"chr1:{start + 31}-{start + 90}")
        loaded = {f["start"]: (f["sequence"], f["value"]) for f in shown["features"]}
        assert "".join(loaded[start + i][0] for i in range(120)) == genome[start : start + 120]
        assert_allclose([loaded[start + i][1] for i in range(120)], scores, rtol=1e-6, atol=1e-9)
        pixel = (shown["range"]["max"] - shown["range"]["min"]) / shown["height"]
        tall = 0
        for place, found in letters(shown, picture).items():
            assert set(found) <= {genome[place]}
            score = scores[place - start]
            if abs(score) > 4 * pixel:
                tall += 1
                assert_allclose(found[genome[place]], score, atol=2 * pixel)
        assert tall > 10


def test_the_session_and_the_hub_that_are_written_open_in_igv_js(browser, served, tmp_path):
    """The track hub is read by igv.js's own reader of UCSC's hubs."""
    files = tmp_path / "files"
    files.mkdir()
    genome, index = files / "genome.fa", files / "genome.fa.fai"
    genome.write_text(">chr1\n" + "ACGGCTCGATTGCCAGTACGCTTAGG" * 20 + "\n")
    index.write_text("chr1\t520\t6\t520\t521\n")
    (files / "genes.bed").write_text("chr1\t205\t215\tTP53\t0\t+\n")
    base = replace(fake_attributions.make(20, box=False), interval=Interval("chr1", 200, 220, "+"))
    Attributions([base]).to_bigwig(files / "scores.bw", genome)
    tracks = [
        BrowserTrack("TATA promoter", files / "scores.bw", "scores", "bigwig"),
        browser_track(files / "genes.bed", {"chr1": 520}),
    ]
    out = tmp_path / "hub"
    write_browser_files(out, (genome, index), tracks, assembly="toy", locus="chr1:191-250")

    page = browser.new_page(viewport={"width": 1000, "height": 600})
    page.goto(f"{served}hub/")  # igv.js looks for what a session names beside the page
    loaded = page.evaluate(LOADED, [SESSION, f"{served}hub/{HUB}", "toy"])
    page.close()
    assert loaded["own"][-2:] == ["TATA promoter", "genes"]
    assert loaded["hub"] == [["TATA promoter", "bigwig"]]
    assert loaded["features"] == [20, 20]
