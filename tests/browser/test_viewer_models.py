"""A model before and after training, side by side in the page, and the files that the page gives away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import captum_dna
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.training import finetune, from_scratch
from tests.toy import dna

pytestmark = pytest.mark.browser

BOX = "TATAAAAG"


def planted(count: int, seed: int) -> list[Sequence]:
    """Return random letters, every second one with a box in the middle."""
    rows = [dna(40, seed + i) for i in range(count)]
    return [
        Sequence(f"box {i}", bases[:16] + BOX + bases[24:], "box")
        if i % 2
        else Sequence(f"plain {i}", bases, "none")
        for i, bases in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """Return two saved checkpoints of one tiny model: as it was begun, and trained to find a box."""
    folder = tmp_path_factory.mktemp("checkpoints")
    new = from_scratch(k=3, layers=1, width=16, heads=2, max_bases=60, labels=("none", "box"), seed=0)
    for part in (new.model, new.tokenizer):
        part.save_pretrained(folder / "before")
    data, choices = planted(160, 100), {"validation": None, "learning_rate": 1e-2, "epochs": 12}
    finetune(folder / "before", data, output=folder / "after", progress=False, **choices)
    return folder / "before", folder / "after"


@pytest.fixture(scope="module")
def viewer(checkpoints):
    before, after = checkpoints
    with Insights({"before": before, "after": after}, planted(6, 7), store=False, name="planted") as served:
        yield served


def saved(page, click) -> bytes:
    """Return the file that a click saves."""
    with page.page.expect_download() as started:
        click()
    return Path(started.value.path()).read_bytes()


def test_before_and_after_training_are_aligned_tracks(visit, viewer, checkpoints):
    page = visit("item=1")
    page.pictured("box 1")
    page.page.locator('[data-control="compare"]').click()
    page.page.locator('.menu [data-what="model"]').click()
    page.until(
        "document.querySelector('dna-view').picture?.layers.map(({ name }) => name).join() === 'before,after'"
    )
    assert page.page.locator('[data-control="model-1"]').input_value() == "after"
    drawn = page.view.evaluate("view => view.picture.layers.map(layer => [...layer.scores])")
    own = [captum_dna.attribute(str(path), planted(6, 7)[1], progress=False)[0] for path in checkpoints]
    for scores, result in zip(drawn, own, strict=True):
        np.testing.assert_allclose(scores, result.base_scores, atol=np.abs(result.base_scores).max() / 1e4)
    # Training put the score where the box is.
    inside = [np.abs(scores[15:25]).sum() / np.abs(scores).sum() for scores in drawn]
    assert inside[1] > 0.5 > inside[0]
    again = visit(page.address.removeprefix("#"))
    again.until("document.querySelector('dna-view').picture?.layers.length === 2")
    page.choose("model-0", "after")
    page.until("location.hash.includes('track=after')")


def test_the_list_is_of_the_model_that_is_chosen(visit):
    page = visit("track=after")
    page.says(".row:last-of-type .prob", "%")
    assert page.page.locator(".row .right").count() == 6
    page.choose("model-0", "before")
    page.until("document.querySelectorAll('.row .right').length < 6")


@pytest.fixture(scope="module")
def explained(viewer):
    return viewer.explain(model="after")


def test_the_report_is_that_of_the_whole_run(visit, explained, browser, tmp_path):
    page = visit("track=after&name=box")
    page.says(".pane-set h2 small", "3 of 3 explained")
    page.page.locator("#export summary").click()
    path = tmp_path / "report.html"
    path.write_bytes(saved(page, page.page.locator('[data-form="report.html"]').click))
    report = browser.new_page()
    complaints = []
    report.on("console", lambda message: complaints.append(message.text))
    report.goto(path.as_uri())
    assert report.locator("h1").inner_text() == "What the model read in planted"
    report.locator("dna-view .badge").nth(2).wait_for()  # pictures are drawn a few per frame
    assert report.locator("dna-view .badge").count() == 3
    headings = " ".join(report.locator("h2, h3, figcaption").all_inner_texts())
    for words in ("Mean score", "Estimated error of the scores", "True and predicted classes"):
        assert words in headings
    text = report.locator("body").inner_text()
    assert "Sundararajan" in text
    assert explained[0].run.model_fingerprint in text
    assert "captum_dna.attribute(" in text
    own = captum_dna.report(explained[1::2], tmp_path / "own.html", title="What the model read in planted")
    assert path.read_bytes() == own.read_bytes()
    report.close()
    assert complaints == []


def test_tables_and_pictures_hold_the_scores_on_the_screen(visit, explained, tmp_path):
    page = visit("item=1&track=after")
    page.pictured("box 1")
    page.page.locator("#export summary").click()
    path = tmp_path / "bases.tsv"
    path.write_bytes(saved(page, page.page.locator('[data-form="bases.tsv"][data-single="true"]').click))
    table = pd.read_csv(path, sep="\t")
    assert "".join(table["base"]) == explained[1].sequence
    np.testing.assert_allclose(table["score"], explained[1].base_scores, rtol=1e-6)
    menu = page.page.locator("#export summary")
    menu.click()
    svg = saved(page, page.page.locator('#export [data-kind="svg"]').click).decode()
    assert svg.startswith("<svg")
    assert "box 1" in svg
    assert "<script" not in svg
    menu.click()
    png = saved(page, page.page.locator('#export [data-kind="png"]').click)
    assert png.startswith(b"\x89PNG")
