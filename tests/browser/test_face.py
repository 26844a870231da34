"""How far a first-time user has to go on the viewer's page, and that it offers what it can do."""

from __future__ import annotations

import pytest

from captum_dna import demo
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def viewer():
    """Serve two sequences, one of them predicted wrongly."""
    first, second = demo.sequences()[:2]
    rows = [
        Sequence("right", first.bases, label="TATA promoter", origin=200),
        Sequence("wrong", second.bases, label="TATA promoter", origin=200),
    ]
    with Insights("demo", rows, store=False, name="face") as served:
        yield served


def test_common_tasks_take_few_clicks(visit, capsys):
    page = visit()
    page.pictured("Complete to")
    clicks = {}

    def count(task: str, *selectors: str) -> None:
        for selector in selectors:
            page.page.locator(selector).first.click()
        clicks[task] = len(selectors)

    letters = page.view.evaluate("view => view.yOf('detail') + view.getBoundingClientRect().top")
    assert letters < 900
    clicks["read the letters of the strongest stretch"] = 0
    count("list the misclassified", ".confusion .miss")
    page.says(".count", "1 of 2")
    page.pictured("wrong")
    page.page.locator(".chips button").first.click()
    count("compare two methods", '[data-control="compare"]', '[data-what="method"]')
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    page.page.get_by_role("button", name="Remove track 2").click()
    count("compare two classes", '[data-control="compare"]', '[data-what="target"]')
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    with page.page.expect_download():
        count("export a figure", "dna-view .save summary", 'dna-view [data-kind="svg"]')
    with capsys.disabled():
        for task, number in clicks.items():
            print(f"{number} clicks: {task}")  # noqa: T201 - what this test is for
    assert max(clicks.values()) <= 2


def test_a_baseline_is_offered_to_methods_that_compare_with_one(visit):
    page = visit("track=*expected_gradients")
    page.page.locator(".settings > summary").click()
    assert page.page.locator('[data-control="strands-0"]').is_visible()
    assert page.page.locator('[data-control="baseline-0"]').count() == 0
    assert "mask" not in page.page.locator(".settings > summary").inner_text()


def test_what_cannot_be_sorted_by_says_what_it_needs(visit):
    page = visit()
    page.paste(">one\nACGTTGCATATAAAAGGCATGCCA\n", "unlabelled")
    page.says(".count", "1 sequence")
    option = page.page.locator('[data-field="sort"] option[value="loss"]')
    page.until("document.querySelector('[data-field=sort] option[value=loss]').disabled")
    assert option.text_content() == "loss (needs true classes)"
