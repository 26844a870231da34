"""The Genome view in a real browser: letters at their places, genes to go to, and the picture behind a base."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
from filelock import FileLock

from captum_dna import attribute_genome, demo
from captum_dna.insights import browse as module
from captum_dna.insights.browse import browse
from captum_dna.pipeline.run_tracks import write_for_browsers
from tests.chromium import missing
from tests.toy import dna

pytestmark = pytest.mark.browser

BOX = demo.sequences()[0].bases
LETTERS = dna(300, 1) + BOX + dna(300, 2)
READY = "document.querySelector('#genome[data-ready]') !== null"
SHADOW = "document.querySelector('#genome .browser').shadowRoot"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a genome, genes and a run; the sequence with a TATA box is in the middle."""
    folder = tmp_path_factory.mktemp("browse")
    (folder / "genome.fa").write_text(f">chr1\n{LETTERS}\n>chr2\n{dna(251, 3)}\n")
    (folder / "genes.gff3").write_text("chr1\tx\tgene\t11\t90\t.\t+\t.\tID=gene:g1;Name=Abc1\n")
    attribute_genome(
        folder / "run", "demo", folder / "genome.fa", window=251, method="deeplift", target="TATA promoter"
    )
    return folder


@pytest.fixture(scope="module")
def viewer(made):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_STRONGEST", 1)
        served = browse(made / "run", made / "genome.fa", [made / "genes.gff3"], store=False)
    with served:
        yield served


def viewports(page) -> list[dict[str, float]]:
    """Return the boxes of igv.js's rows, from top to bottom."""
    return page.page.evaluate(
        f"""() => [...{SHADOW}.querySelectorAll(".igv-viewport")].map((one) => one.getBoundingClientRect())
        .filter(({{width}}) => width > 0).map(({{left, top, width, height}}) => ({{left, top, width, height}}))"""
    )


def click_scores(page, share: float) -> None:
    """Click the track of the scores, so far from its left end."""
    [scores] = [one for one in viewports(page) if round(one["height"]) == 100]
    page.page.mouse.click(scores["left"] + share * scores["width"], scores["top"] + scores["height"] / 2)


def test_a_row_of_the_list_moves_the_genome(visit):
    page = visit("locus=chr2%3A1-100")
    page.until(READY)
    page.until("document.querySelector('.row') !== null")
    page.until(f"{SHADOW}.querySelector('.igv-search-input').value.includes('chr2:1-100')")
    click_scores(page, 0.5)
    page.pictured("chr2:0-251(+)")
    page.page.locator("#set").select_option(index=0)
    page.until("location.hash.includes('locus=chr1')")


@pytest.mark.parametrize("width", [390, 1920])
def test_genome_and_picture_share_the_page(visit, width):
    page = visit(width=width, scheme="dark")
    page.until(READY)
    genome, picture = (page.page.locator(one).bounding_box() for one in ("#genome", "#pane-picture"))
    assert genome["y"] + genome["height"] <= picture["y"] + 1
    assert genome["height"] < 0.5 * 900
    assert picture["height"] > 250
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_jbrowse_reads_what_is_written_for_it(made, tmp_path, tmp_path_factory):
    folder = Path(__file__).parent / "jbrowse"
    npm = shutil.which("npm")
    if npm is None:
        missing("The test with JBrowse's readers needs npm, which brings them.")
    with FileLock(tmp_path_factory.getbasetemp().parent / "jbrowse.lock"):
        if not (folder / "node_modules").exists():
            command = [npm, "install", "--no-save", "--no-package-lock", "--silent"]
            done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                missing(f"npm could not bring JBrowse's readers: {done.stderr[-300:]}")
    write_for_browsers(made / "run", made / "genome.fa", [made / "genes.gff3"], tmp_path / "out")
    command = ["node", "read.js", str(tmp_path / "out"), "chr1", "300", "340"]
    found = json.loads(subprocess.run(command, check=True, cwd=folder, capture_output=True).stdout)
    assert found["letters"] == LETTERS[300:340]
    assert set(found["scores"]) == {"TATA promoter (deeplift)", "prediction", "error of scores"}
    with pyBigWig.open(str(tmp_path / "out" / "scores.bw")) as file:
        expected = file.values("chr1", 300, 340)
    read = [score for start, _, score in found["scores"]["TATA promoter (deeplift)"] if start >= 300]
    np.testing.assert_allclose(read, expected, rtol=1e-6)
