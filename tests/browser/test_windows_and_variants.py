"""Joined results and pairs of alleles as a browser shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import captum_dna
from tests import toy
from tests.additive import OPTIONS, additive

if TYPE_CHECKING:
    from captum_dna.render.view import View


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a saved picture; what the page complains of fails the test."""
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def go(view: View):
        page.goto(view.save(tmp_path / "picture.html").as_uri())
        page.locator("dna-view .badge").first.wait_for()
        return page

    yield go
    page.close()
    assert complaints == []


def test_a_joined_result_shows_its_windows_and_no_f_of_the_whole(opened):
    result = captum_dna.attribute(additive(3), toy.dna(150, 1), window_length=38, **OPTIONS)
    page = opened(captum_dna.visualize(result))
    count = len(result[0].windows)
    facts = page.locator("dna-view dl.facts").text_content()
    assert f"{count} of {count} windows converged" in facts
    assert "by window" in facts
    assert f"mean of {count} windows" in facts
    assert (
        f"Joined from {count} overlapping windows of 38 bases" in page.locator("dna-view .notes").inner_text()
    )


def test_a_pair_of_alleles_shows_both_and_their_difference(opened):
    bases = toy.dna(38, 2)
    effects = captum_dna.variant_effect(additive(3), [(bases, 15, bases[15], bases[15] + "ACG")], **OPTIONS)
    page = opened(captum_dna.visualize(effects))
    rows = page.locator("dna-view .comparison tr").all_inner_texts()
    assert [row.split()[0][1:] for row in rows[1:]] == ["reference", "alternative", "difference"]
    page.locator("dna-view .plot").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "no score" not in page.locator("dna-view .readout").inner_text()
