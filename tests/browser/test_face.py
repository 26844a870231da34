"""How far a first-time user has to go on the viewer's page, and that it offers what it can do."""

from __future__ import annotations

import pytest

from captum_dna import demo
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights

pytestmark = pytest.mark.browser

CLIPPED = """() => {
  const roots = [document];
  for (const host of document.querySelectorAll("*")) if (host.shadowRoot) roots.push(host.shadowRoot);
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join(" ").trim();
  const told = (e) => { // a name that is cut on purpose is told whole by a title
    const titled = e.closest("[title]");
    return titled !== null && titled.title.includes(titled.textContent.trim());
  };
  const found = [];
  for (const root of roots) for (const e of root.querySelectorAll("*")) {
    if (e.closest(".hidden, script, style, option, textarea, input, svg, pre") || !own(e)) continue;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    if (!box.width || !e.checkVisibility({ visibilityProperty: true }) || told(e)) continue;
    const cut = style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
    const scrolled = e.closest(".scroll, .chips, [popover]");
    if (cut || (!scrolled && (box.right > innerWidth + 1 || box.left < -1))) found.push(own(e));
  }
  for (const select of document.querySelectorAll("select")) {
    if (!select.checkVisibility() || select.closest(".sets")) continue;
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = getComputedStyle(select).font;
    const words = select.selectedOptions[0]?.textContent ?? "";
    if (pen.measureText(words).width > select.clientWidth - 12) found.push(words);
  }
  return found;
}"""
"""Texts on the page that are cut off, or stand out of it."""

SIZES = ((1440, 900), (1024, 768), (390, 844))


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
    count("list the misclassified", ".misclassified")
    page.says(".count", "1 of 2")
    page.pictured("wrong")
    page.page.locator(".contrast .measure").click()
    page.says(".contrast", "Too few sequences to test k-mers")
    clicks["see what the misclassified share"] = 2
    page.page.locator(".chips button").first.click()
    count("learn whether a stretch is needed", "dna-view .stretch", '.asks [data-question="needed"]')
    page.says(".asks .verdict", "the log-odds of")
    page.page.locator(".asks .quiet").click()
    count("compare two methods", '[data-control="compare"]', '[data-what="method"]')
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    page.page.get_by_role("button", name="Remove track 2").click()
    count("compare two classes", '[data-control="compare"]', '[data-what="target"]')
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    with page.page.expect_download():
        count("export a figure", "#export summary", '#export [data-kind="svg"]')
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


def test_no_text_is_cut_at_any_width_in_either_theme(visit):
    page = visit("item=0")
    page.pictured("Complete to")

    def look(state: str) -> None:
        for width, height in SIZES:
            page.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.page.emulate_media(color_scheme=scheme)
                assert page.page.evaluate(CLIPPED) == [], (state, width, scheme)
        page.page.set_viewport_size({"width": 1440, "height": 900})

    def fold(selector: str, state: str) -> None:
        page.page.locator(selector).click()
        look(state)
        page.page.keyboard.press("Escape")

    look("picture")
    fold("#export summary", "export")
    fold('[data-control="compare"]', "compare")
    fold('[data-control="settings"]', "settings")
    page.page.locator(".unfold summary").click()
    page.page.locator("#add").click()
    look("add")
    page.page.locator("#add-dialog [data-close]").click()
    page.view.locator(".stretch").click()
    for question in ("needed", "where", "with"):
        page.page.locator(f'.asks [data-question="{question}"]').click()
        page.page.locator(f'.found[data-kind="{question}"]').wait_for()
        look(question)
    page.page.locator(".asks .quiet").click()
    page.page.locator(".verdicts .measure").click()
    page.page.locator(".verdicts table").wait_for()
    for pane in ("set", "list"):
        page.page.evaluate("pane => document.querySelector(`#tab-${pane}`).click()", pane)
        look(pane)


def test_the_card_of_a_stretch_answers_and_a_click_on_a_pair_makes_the_double_mutant(visit):
    page = visit("item=0")
    page.pictured("Complete to")
    page.view.locator(".stretch").click()
    page.page.locator('.asks [data-question="with"]').click()
    map_ = page.page.locator(".map canvas")
    map_.wait_for()
    assert "depend on each other" in map_.get_attribute("aria-label")
    with page.page.expect_download() as saved:
        page.page.locator(".asks .kept button").click()
    assert saved.value.suggested_filename.endswith("dependencies.tsv")
    page.page.locator(".asks .kept summary").click()
    assert "captum_dna.dependencies(" in page.page.locator(".asks pre").inner_text()
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    page.page.mouse.click(box["x"] + box["width"] - 40, box["y"] + 100)
    page.says(".mutations", "2 mutations")
    assert page.page.locator(".asks").is_hidden()


def test_a_pinned_sequence_stands_beside_the_next_one_with_its_own_true_class(visit):
    page = visit("item=0")
    page.pictured("Complete to")
    page.page.locator('[data-control="compare"]').click()
    page.page.locator('[data-what="pin"]').click()
    page.says(".pinned", "Choose another one")
    page.rows.nth(1).click()
    page.says(".pinned", "right")
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    targets = page.view.evaluate("view => view.picture.layers.map(({ target, name }) => [name, target])")
    assert [name for name, _ in targets] == ["wrong", "right"]
    assert targets[0][1] == targets[1][1]
    page.page.get_by_role("button", name="Unpin the sequence").click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 1")
