"""How far a first-time user has to go on the viewer's page, and that it offers what it can do."""

from __future__ import annotations

import threading
import time

import pytest
from playwright.sync_api import expect

from captum_dna import demo, load
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights, questions
from tests.browser.clipped import CLIPPED
from tests.grammar import A, B, grammar
from tests.held import PATIENCE
from tests.toy import dna

pytestmark = pytest.mark.browser

SIZES = ((1440, 900), (1024, 768), (390, 844))


WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, one) => sum + one.transferSize, 0)"""
"""Bytes that the browser has loaded, headers included."""

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Waits for the page to be laid out and drawn in a new size: what is laid out by a script is laid out with the frame."""

LIGHTEST = 150_000


@pytest.fixture(autouse=True)
def few_sequences(monkeypatch):
    """Let experiments read few sequences: what they find is not looked at here."""
    monkeypatch.setattr(questions, "_PLACES", 6)
    monkeypatch.setattr(questions, "_AROUND", 16)
    monkeypatch.setattr(questions, "_FARTHEST", 12)


@pytest.fixture(scope="module")
def viewer():
    """Serve a promoter that is predicted rightly, and a short part of it that is said to be of the other class."""
    first = demo.sequences()[0]
    short = first.bases[140:230]
    model = load("demo")
    other = model.labels[1 - int(model.predict(short).argmax())]
    rows = [
        Sequence("right", first.bases, label="TATA promoter", origin=200),
        Sequence("wrong", short, label=other, origin=60),
    ]
    with Insights(model, rows, store=False, name="face") as served:
        yield served


def test_common_tasks_take_few_clicks(visit, capsys):
    began = time.perf_counter()
    page = visit()
    page.pictured("Scores converged to")
    measured = {"see a picture of the page": (0, time.perf_counter() - began)}
    weight = page.page.evaluate(WEIGHT)

    def count(task: str, *selectors: str, then) -> None:
        start = time.perf_counter()
        for selector in selectors:
            page.page.locator(selector).first.click()
        then()
        measured[task] = (len(selectors), time.perf_counter() - start)

    def tracks(number: int) -> None:
        page.until(f"document.querySelector('dna-view').picture?.layers.length === {number}")

    def remove() -> None:
        page.page.get_by_role("button", name="Remove track 2").click()
        tracks(1)

    letters = page.view.evaluate("view => view.yOf('detail') + view.getBoundingClientRect().top")
    assert letters < 900
    measured["read the letters of the strongest stretch"] = (0, 0.0)
    count("list the misclassified", ".misclassified", then=lambda: page.says(".count", "1 of 2"))
    page.pictured("wrong")
    count(
        "see what the misclassified share, listed already",
        ".contrast .measure",
        then=lambda: page.says(".contrast", "Too few sequences to test k-mers"),
    )
    page.page.locator(".chips button").first.click()
    page.says(".count", "2 sequences")
    page.rows.filter(has_text="right").first.click()
    page.pictured("right")
    count(
        "learn whether a stretch is needed",
        "dna-view .stretch",
        '.asks [data-question="needed"]',
        then=lambda: page.says(".asks .verdict", "the log-odds of"),
    )
    page.page.locator(".asks .quiet").click()
    compare = '[data-control="compare"]'
    count("compare two methods", compare, '[data-what="method"]', then=lambda: tracks(2))
    remove()
    count("compare two classes", compare, '[data-what="target"]', then=lambda: tracks(2))
    remove()
    with page.page.expect_download():
        count("export a figure", "#export summary", '#export [data-kind="svg"]', then=lambda: None)
    with capsys.disabled():
        for task, (clicks, seconds) in measured.items():
            print(f"{clicks} clicks, {seconds:.2f} s: {task}")  # noqa: T201 - what this test is for
        print(f"{weight:,} bytes loaded")  # noqa: T201 - as above
    assert max(clicks for clicks, _ in measured.values()) <= 2
    assert weight < LIGHTEST


def test_a_baseline_is_offered_to_methods_that_compare_with_one(visit):
    page = visit("track=*expected_gradients")
    page.page.locator(".settings > summary").click()
    expect(page.page.locator('[data-control="strands-0"]')).to_be_visible()
    assert page.page.locator('[data-control="baseline-0"]').count() == 0
    assert "mask" not in page.page.locator(".settings > summary").inner_text()


def test_settings_that_are_opened_as_their_row_is_drawn_anew_stay_open(visit):
    """The event of a menu comes after it has opened; an answer, or another choice, may draw the row between the two."""
    page = visit("item=1")
    page.pictured("Scores converged")
    page.page.evaluate(
        """() => {
            document.querySelector(".settings > summary").click();
            const method = document.querySelector('[data-control="method-0"]');
            method.value = "saliency";
            method.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    page.until("document.querySelector('dna-view').picture?.layers[0].run.method === 'saliency'")
    expect(page.page.locator('[data-control="strands-0"]')).to_be_visible()
    page.page.locator(".settings > summary").click()
    expect(page.page.locator('[data-control="strands-0"]')).to_be_hidden()


def test_a_menu_of_comparisons_stays_open_as_a_prediction_comes(visit):
    page = visit("item=0&track=*saliency")
    page.until("document.querySelector('dna-view').picture?.name === 'right'")
    page.page.locator('[data-control="compare"]').click()
    page.page.keyboard.press("j")
    page.until("document.querySelector('dna-view').picture?.name === 'wrong'")
    expect(page.page.locator('[data-what="method"]')).to_be_visible()
    page.page.locator('[data-what="method"]').click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    expect(page.page.locator('[data-what="method"]')).to_be_hidden()


@pytest.mark.parametrize(
    ("method", "badge", "state", "set_says"),
    [
        ("expected_gradients", "Scores converged", "good", "converged"),
        ("gradient_shap", "Scores need not add up", "none", "does not promise scores that add up"),
        ("attention_rollout", "Scores need not add up", "none", "does not promise scores that add up"),
    ],
)
def test_the_badge_the_card_and_the_set_say_the_same_of_a_method(visit, method, badge, state, set_says):
    page = visit(f"item=1&track=*{method}")
    page.pictured(badge)
    shown = page.view.locator(".badge")
    assert shown.get_attribute("data-state") == state
    said = page.says("#pane-set section", set_says)
    assert ("converged" in said) == (state == "good")
    page.view.locator(".more summary").click()
    facts = dict(
        page.view.locator(".facts > div").evaluate_all(
            "all => all.map((one) => [...one.children].map((e) => e.textContent))"
        )
    )
    assert facts["Method"] == method.replace("_", " ")
    assert ("Not converged" in facts["Check"]) is False
    used = page.page.locator(".settings > summary").inner_text()
    if method == "gradient_shap":
        assert facts["Baseline"] in used
    else:
        assert "mask" not in used


def test_layer_conductance_scores_the_first_layer_inside_the_model_and_has_a_control_for_it(visit):
    page = visit("item=1&track=*layer_conductance")
    drawn = "document.querySelector('dna-view').picture?.layers[0].run"
    page.until(f"{drawn}.method === 'layer_conductance' && {drawn}.layer === 'bert.encoder.layer.0'")
    assert "bert.encoder.layer.0" in page.address
    page.page.locator(".settings > summary").click()
    layer = page.page.locator('[data-control="layer-0"]')
    layers = [f"bert.encoder.layer.{i}" for i in range(3)]
    assert layer.locator("option").all_inner_texts() == layers  # the embeddings are no layer inside the model
    layer.select_option("bert.encoder.layer.1")
    page.until(f"{drawn}.layer === 'bert.encoder.layer.1'")
    assert layer.get_attribute("aria-invalid") is None
    assert "bert.encoder.layer.1" in page.address
    good = page.view.locator(".badge").get_attribute("data-state") == "good"
    page.pictured("Scores add up" if good else "Not converged: off by")
    page.says("#pane-set section", "1 converged" if good else "0 converged")
    assert page.complaints == []


def test_layer_conductance_is_chosen_in_the_menu_without_an_error(visit):
    page = visit("item=1")
    page.pictured("Scores converged to")
    page.choose("method-0", "layer_conductance")
    page.until("document.querySelector('dna-view').picture?.layers[0].run.method === 'layer_conductance'")
    assert "*layer_conductance****bert.encoder.layer.0" in page.address
    assert page.page.locator(".error:visible").count() == 0
    assert not page.page.locator('[data-control="layer-0"]').is_visible()  # no menu over the picture
    page.choose("method-0", "deeplift")
    page.until("document.querySelector('dna-view').picture?.layers[0].run.method === 'deeplift'")
    assert "bert.encoder" not in page.address  # an invisible choice would change the scores
    page.page.go_back()
    page.until("document.querySelector('dna-view').picture?.layers[0].run.method === 'layer_conductance'")
    assert page.complaints == []


def test_a_refusal_is_told_in_the_menu_that_opens_over_the_pane(visit):
    page = visit("item=1&track=*layer_conductance****embeddings")
    refusal = page.page.locator(".settings .refusal")
    expect(refusal).to_contain_text("scores a layer inside the model")
    layer = page.page.locator('[data-control="layer-0"]')
    assert layer.get_attribute("aria-invalid") == "true"
    layer.select_option("bert.encoder.layer.1")
    page.until("document.querySelector('dna-view').picture?.layers[0].run.layer === 'bert.encoder.layer.1'")
    assert refusal.count() == 0
    assert layer.get_attribute("aria-invalid") is None


def test_what_cannot_be_sorted_by_says_what_it_needs(visit):
    page = visit()
    page.paste(">one\nACGTTGCATATAAAAGGCATGCCA\n", "unlabelled")
    page.says(".count", "1 sequence")
    option = page.page.locator('[data-field="sort"] option[value="loss"]')
    page.until("document.querySelector('[data-field=sort] option[value=loss]').disabled")
    assert option.text_content() == "loss (needs true classes)"


def test_no_text_is_cut_at_any_width_in_either_theme(visit):
    page = visit("item=0")
    page.pictured("Scores converged to")

    def look(state: str) -> None:
        for width, height in SIZES:
            page.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.page.emulate_media(color_scheme=scheme)
                page.page.evaluate(DRAWN)
                assert page.page.evaluate(CLIPPED) == [], (state, width, scheme)
        page.page.set_viewport_size({"width": 1440, "height": 900})

    def fold(button, state: str) -> None:
        button.click()
        look(state)
        page.page.keyboard.press("Escape")

    look("picture")
    page.page.locator(".unfold summary").click()
    look("filters")
    fold(page.view.locator(".more summary"), "details")
    for menu in ("#export summary", "#jobs summary", '[data-control="compare"]', '[data-control="settings"]'):
        fold(page.page.locator(menu), menu)
    page.view.get_by_role("button", name="Keys").click()
    look("keys of the picture")
    page.view.get_by_role("button", name="Keys").click()
    for opener, dialog in (("#help", "#help-dialog"), ("#add", "#add-dialog")):
        page.page.locator(opener).click()
        look(dialog)
        page.page.locator(f"{dialog} [data-close]").click()
    page.view.locator(".plot").focus()
    for key in ("ArrowRight", "Enter"):
        page.page.keyboard.press(key)
        look(f"a base, {key}")
    page.page.keyboard.press("Escape")
    page.page.locator(".misclassified").click()
    page.pictured("wrong")
    page.page.locator(".contrast .measure").click()
    page.page.locator(".contrast .hint").first.wait_for()
    page.page.locator('[data-control="compare"]').click()
    page.page.locator('[data-what="target"]').click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    page.page.locator('[data-control="compare"]').click()
    page.page.locator('[data-what="pin"]').click()
    look("two tracks and a pin")
    page.page.get_by_role("button", name="Unpin the sequence").click()
    page.page.get_by_role("button", name="Remove track 2").click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 1")
    page.view.locator(".stretch").click()
    for question in ("needed", "where", "with"):
        page.page.locator(f'.asks [data-question="{question}"]').click()
        page.page.locator(f'.found[data-kind="{question}"]').wait_for()
        look(question)
    page.page.locator(".asks .quiet").click()
    page.page.locator(".verdicts .measure").click()
    page.page.locator(".verdicts table, .verdicts .notes").first.wait_for()
    for pane in ("set", "list"):
        page.page.evaluate("pane => document.querySelector(`#tab-${pane}`).click()", pane)
        look(pane)


@pytest.mark.parametrize(
    ("where", "style"),
    [
        (".menu", "min-width: 0; width: 60px; overflow: hidden; white-space: nowrap"),
        (".menu", "left: 1400px; right: auto"),
        (".pane-picture", "overflow: hidden; width: 180px"),
        (".track select", "width: 40px"),
        (".menu button", "height: 4px; min-height: 0; padding: 0; overflow: hidden"),
    ],
)
def test_text_that_is_cut_by_whatever_lies_around_it_is_found(visit, where, style):
    page = visit("item=1")
    page.pictured("wrong")
    page.page.locator('[data-control="compare"]').click()
    assert page.page.evaluate(CLIPPED) == []
    page.page.evaluate(
        "([where, style]) => document.querySelectorAll(where).forEach((e) => e.style.cssText += style)",
        [where, style],
    )
    assert page.page.evaluate(CLIPPED) != []


def test_the_card_of_a_stretch_answers_and_a_click_on_a_pair_makes_the_double_mutant(visit):
    page = visit("item=1")
    page.pictured("Scores converged to")
    page.view.locator(".stretch").click()
    page.page.locator('.asks [data-question="with"]').click()
    map_ = page.page.locator(".map canvas")
    page.page.locator('.found[data-done="true"]').wait_for()
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
    expect(page.page.locator(".asks")).to_be_hidden()


def test_a_stretch_is_tried_with_a_second_motif_and_drawn_as_it_is_computed(visit, monkeypatch):
    go_on, experiment = threading.Event(), questions.ask

    def held(question, one, classifier, tell, show):
        def first(found):
            show(found)
            go_on.wait(PATIENCE)

        return experiment(question, one, classifier, tell, first)

    monkeypatch.setattr("captum_dna.insights.jobs.ask", held)
    bases = f"{dna(30, 1)}{A}{dna(12, 2)}{B}{dna(25, 3)}"
    with Insights({"grammar": grammar()}, [Sequence("known", bases)], store=False) as served:
        page = visit("item=0", url=served.url)
        page.pictured("known")
        page.view.evaluate("view => view.select({ start: 30, end: 37 })")
        page.page.locator('.asks [data-question="with"]').click()
        page.page.locator('.found[data-done="false"] .map').wait_for()
        go_on.set()
        page.page.locator('.found[data-done="true"] .map').wait_for()
        go_on.clear()
        page.page.get_by_role("button", name="A second motif").click()
        page.page.locator(".second input").fill(B.lower())
        page.page.locator(".second [type=submit]").click()
        page.says(".asks .waiting", "So far:")
        line = page.page.locator('.found[data-kind="spacing"] canvas')
        assert "beyond the sum of both" in line.get_attribute("aria-label")
        assert page.page.locator(".asks .kept").count() == 0
        go_on.set()
        page.page.locator('.found[data-done="true"][data-kind="spacing"]').wait_for()
        assert f"{A} 1" in page.says(".asks .verdict", f"bases before {B}")  # 10 or 12 bases
        page.page.locator(".second input").fill("GATX")
        page.page.keyboard.press("Enter")
        page.says(".asks [role=alert]", "A, C, G, T and IUPAC codes")
        page.page.locator('.asks [data-question="with"]').click()
        expect(page.page.locator(".second")).to_be_hidden()


def test_a_pinned_sequence_stands_beside_the_next_one_with_its_own_true_class(visit):
    page = visit("item=0")
    page.pictured("Scores converged to")
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
