"""The viewer's page in a real browser, against the real server: what a user sees, does, and is told."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from captum_dna import attribute, demo
from captum_dna.core.agreement import where_it_matters
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from tests.chromium import missing
from tests.fake_attributions import MARKUP

pytestmark = pytest.mark.browser

MINUS = "\u2212"
BAD_FASTA = ">good\nACGTTGCATATAAAAGGCATGCCA\n>bad\nACGTXGCA\n"


def made(count: int, length: int = 60) -> str:
    """Return a FASTA text of random sequences."""
    rng = random.Random(7)  # noqa: S311 - no secret
    return "".join(f">s{i}\n{''.join(rng.choices('ACGT', k=length))}\n" for i in range(count))


@pytest.fixture(scope="module")
def viewer():
    """Serve the demo sequences, and two with a true class: one predicted right, one wrong."""
    sequences = [
        *(replace(one, label=None) for one in demo.sequences()),
        Sequence("labelled right", demo.sequences()[0].bases, label="TATA promoter", origin=200),
        Sequence("labelled wrong", demo.sequences()[1].bases, label="TATA promoter", origin=200),
    ]
    with Insights("demo", sequences, store=False, name="demo") as served:
        yield served


def test_the_printed_address_opens_the_first_picture(visit):
    page = visit()
    assert "box at -31" in page.pictured("TATA promoter")
    assert "token" not in page.page.url
    assert page.rows.count() == 17
    page.until("document.title.startsWith('box at -31')")


@pytest.mark.parametrize("hash_", ["", "track=*deeplift"])
@pytest.mark.parametrize(("item", "said"), [("3", "wrong place"), ("99", "There is no row 99")])
def test_an_address_without_a_sequence_shows_the_first_one_on_an_open_page_too(visit, hash_, item, said):
    page = visit(f"item={item}&{hash_}")
    page.says("#pane-picture", said)
    page.page.evaluate("hash => (location.hash = hash)", hash_)
    page.pictured("box at -31 (designed 1)")
    page.says('.row[aria-selected="true"]', "box at -31 (designed 1)")
    assert "item=0" in page.address


def test_filters_and_motifs_keep_rows_and_counts_follow(visit):
    page = visit()
    page.page.locator('[data-field="name"]').fill("HUMAN")
    page.says(".count", "5 of 17")
    page.page.get_by_role("button", name="Remove the filter Name contains: HUMAN").click()
    page.says(".count", "17 sequences")
    page.page.locator('[data-field="motif"]').fill("tatawaag")
    page.says(".count", "of 17")
    assert 0 < page.rows.count() < 15
    page.page.locator(".unfold summary").first.click()
    option = page.page.locator('[data-field="right"] option[value="wrong"]')
    assert option.inner_text() == "wrong (0)"
    page.page.locator('[data-field="motif"]').fill("")
    page.says('[data-field="right"]', "wrong (1)")
    page.page.locator('[data-field="right"]').select_option("wrong")
    page.says(".count", "1 of 17")
    assert "wrong: TATA promoter" in page.rows.first.inner_text()


def test_a_mistake_in_a_filter_is_told_beside_it(visit):
    page = visit()
    field = page.page.locator('[data-field="motif"]')
    field.fill("TATAZ")
    assert "'Z' is not an IUPAC code" in page.says(".filters .error", "'Z'")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("TATA")
    page.until("document.querySelector('.filters .error').hidden")


def test_sorting_orders_the_rows(visit):
    page = visit("sort=-probability")
    shares = [float(text.split()[0]) for text in page.page.locator(".row .prob").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert page.page.locator('[data-field="sort"]').input_value() == "probability"
    page.page.get_by_role("button", name="Largest first. Click for smallest first").click()
    page.until("location.hash.includes('sort=probability')")
    least = min(shares)  # of the rows that are drawn
    page.until(f"Number.parseFloat(document.querySelector('.row .prob').textContent) <= {least}")


def test_method_class_and_projection_change_the_picture(visit):
    page = visit()
    page.pictured("integrated gradients")
    page.choose("method-0", "saliency")
    page.pictured("The scores have no sign")
    page.choose("method-0", "integrated_gradients")
    page.pictured("Scores converged to")
    page.explain("other")
    page.pictured("log-odds of other")
    page.choose("projection", "max")
    page.pictured('The "max" projection')
    assert "target" not in page.address
    assert "other" in page.address


def test_what_cannot_be_done_is_said_and_the_rest_goes_on(visit):
    page = visit("track=*integrated_gradients*ACGT")
    assert page.page.locator("#pane-picture .error").inner_text()
    page.choose("baseline-0", "mask")
    page.pictured("Scores converged to")
    assert page.page.locator("#pane-picture .error").count() == 0


def test_a_click_mutates_and_undo_takes_it_back(visit):
    page = visit()
    before = page.pictured("Scores converged to")
    page.ask_mutation(171)
    page.page.locator('.mutator [data-letter="G"]').click()
    assert "1 mutation" in page.says(".mutations", "f(x):")
    page.pictured(f"after {MINUS} before")
    assert "TATA promoter: 97.9 % \u2192" in page.page.locator(".mutations .change").inner_text()
    names = page.view.evaluate("view => view.picture.layers.map(layer => layer.name)")
    assert names[1:] == ["after", f"after {MINUS} before"]
    drawn = page.view.evaluate("""view => {
      const [a, b, c] = view.picture.layers.map(layer => layer.scores);
      return Math.max(...c.map((score, i) => Math.abs(score - (b[i] - a[i]))));
    }""")
    assert drawn < 1e-3
    assert "edits=171G" in page.address
    page.page.reload()
    page.pictured(f"before (T at {MINUS}29)")
    page.page.keyboard.press("u")
    page.until("document.querySelector('.mutations').hidden")
    assert page.pictured("Scores converged to").splitlines()[0] == before.splitlines()[0]


def test_a_base_of_rna_is_offered_the_letters_of_rna(visit):
    page = visit()
    page.paste(f">rna\n{demo.sequences()[0].bases.replace('T', 'U')}\n")
    page.pictured("rna")
    page.ask_mutation(10)
    assert page.page.locator(".mutator button").all_inner_texts() == ["A", "C", "G", "U"]
    page.page.locator(".mutator button:enabled").last.click()
    page.pictured(f"after {MINUS} before")
    letters = page.view.evaluate("view => view.picture.layers.map(layer => layer.sequence).join('')")
    assert "T" not in letters.upper()


def test_a_mutation_leaves_the_true_class_known(visit):
    page = visit("item=15&edits=171G")
    page.pictured(f"after {MINUS} before")
    assert "True class: TATA promoter" in page.view.locator(".comparison").inner_text()


def test_the_window_stays_for_the_next_sequence_on_the_same_axis(visit):
    page = visit()
    page.pictured("box at -31")
    page.view.locator(".stretch").click()
    before = page.view.evaluate("view => view.window")
    assert before["end"] - before["start"] < 60
    page.rows.nth(1).click()
    page.pictured("no box")
    assert page.view.evaluate("view => view.window") == before


def test_the_picture_is_of_a_sequence_that_is_listed(visit):
    page = visit()
    page.pictured("box at -31")
    page.page.locator('[data-field="name"]').fill("labelled wrong")
    page.pictured("labelled wrong")
    page.says(".pane-set h2", "Listed sequences: 1 of 17")
    page.page.locator(".chips button").click()
    page.says(".count", "17 sequences")
    assert "labelled wrong" in page.page.locator('.row[aria-selected="true"]').inner_text()


@pytest.mark.parametrize(("width", "least"), [(1440, 240), (1920, 240)])
def test_the_plot_begins_high_and_is_large(visit, width, least):
    page = visit(width=width)
    page.pictured("Scores converged to")
    page.until("!document.querySelector('.pane-picture[aria-busy=true]')")
    plot = page.view.locator(".plot canvas").bounding_box()
    assert plot["y"] < 260
    assert page.view.evaluate("view => 2 * view.yOf('logo')") > least
    assert page.view.evaluate("view => view.yOf('detail')") + plot["y"] < 900


def test_two_methods_are_compared_on_one_axis(visit):
    page = visit()
    page.page.locator('[data-control="compare"]').click()
    page.page.locator('[data-what="method"]').click()
    page.until(
        "document.querySelector('dna-view').picture?.layers.length === 2"
    )  # a preview is DeepLIFT's, too
    page.pictured("deeplift")
    assert page.view.evaluate("view => view.picture.layers.length") == 2
    heights = page.view.locator(".plot canvas").bounding_box()["height"]
    page.page.get_by_role("button", name="Remove track 2").click()
    page.until("document.querySelector('dna-view').picture?.layers.length === 1")
    page.until(
        f"document.querySelector('dna-view').shadowRoot.querySelector('.plot canvas').clientHeight < {heights}"
    )


def test_mutagenesis_is_a_heatmap_whose_agreement_is_told(visit):
    page = visit("track=&track=*ism")
    said = page.pictured("correlates with mutagenesis")
    result = attribute("demo", demo.sequences()[0], progress=False)[0]
    ism = attribute("demo", demo.sequences()[0], method="ism", progress=False)[0]
    r = where_it_matters(result.base_scores, ism.base_scores)
    assert f"(r = {r:.2f}) on the 25 bases with the largest mutagenesis scores" in said
    page.view.locator(".plot").focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowDown")
    page.says(".readout", "f(x) minus the mean over its substitutions")


def test_strands_and_tolerance_are_chosen_and_shared_by_address(visit):
    page = visit()
    page.choose("strands-0", "both")
    assert "strands" in page.pictured("r = ")
    page.choose("tolerance", "0.001")
    page.until("location.hash.includes('tolerance=0.001')")
    again = visit(page.address.removeprefix("#"))
    again.pictured("r = ")
    assert again.page.locator('[data-control="strands-0"]').input_value() == "both"
    assert again.page.locator('[data-control="tolerance"]').input_value() == "0.001"


def previewed(visit, held, length: int):
    """Return a page with the preview of a pasted sequence, whose integral is held."""
    held.open()
    page = visit("track=*held")
    page.pictured("held")
    held.shut()
    page.paste(made(1, length))
    page.pictured("deeplift")
    return page


def test_a_preview_comes_first_and_the_integral_takes_its_place(visit, held):
    page = previewed(visit, held, 251)
    page.says(".working", "Preview by DeepLIFT")
    held.open()
    page.pictured("held")
    page.until("!document.querySelector('.pane-picture[aria-busy=true]')")
    page.page.get_by_role("button", name="Remove").click()
    page.says("#set", "demo")


def test_who_walks_on_a_picture_stays_there_when_the_integral_or_a_mutation_comes(visit, held):
    page = previewed(visit, held, 240)
    keys = page.page.keyboard
    for key in ("p", "Home", "ArrowRight", "ArrowRight", "+"):
        keys.press(key)
    stands = "document.querySelector('dna-view').standing"
    before = page.page.evaluate(stands)
    assert before["pointed"] == {"base": 2, "token": -1, "layer": 0}
    assert before["window"]["end"] < 240
    assert "deeplift" in page.pictured("s0").lower()
    held.open()
    page.until("!document.querySelector('.pane-picture[aria-busy=true]')")
    page.pictured("held")
    assert page.page.evaluate(stands) == before
    keys.press("Enter")
    letter = page.page.locator(".mutator button:enabled").first
    keys.press(letter.get_attribute("data-letter"))
    page.pictured(f"after {MINUS} before")
    assert page.page.evaluate(stands) == before | {"selected": {"start": 2, "end": 3}}
    keys.press("ArrowRight")
    assert page.page.evaluate(stands)["pointed"]["base"] == 3
    keys.press("u")
    page.page.get_by_role("button", name="Remove").click()
    page.says("#set", "demo")


def test_what_tracks_differ_in_is_told_in_their_rows(visit):
    page = visit("item=0&track=*deeplift&track=*deeplift***both")
    page.pictured("r = ")
    expect(page.page.locator(".track .apart")).to_have_text(["as given", "both strands"])
    names = page.view.locator(".comparison tbody th")
    expect(names).to_have_text(["1as given", "2both strands"])
    page.page.get_by_role("button", name="Remove track 2").click()
    expect(page.page.locator(".track .apart")).to_have_count(0)


def test_the_heat_map_of_substitutions_has_a_scale_and_the_letters_are_those_of_the_sequence(visit):
    page = visit("track=*ism")
    page.paste(">rna\nACGUUGCAUAUAAAAGGCAUGCCA\n", "rna")
    page.pictured("rna")
    legend = page.view.locator(".legend")
    assert legend.locator(".letters").inner_text() == "ACGU"
    low, high = re.fullmatch(
        rf"substitutions: {MINUS}([\d.]+)\s*\+([\d.]+)", legend.locator(".ramp").inner_text()
    ).groups()
    assert low == high
    largest = page.view.evaluate(
        "view => Math.max(...view.picture.layers[0].substitutions.filter((x) => x === x).map(Math.abs))"
    )
    assert float(high) == pytest.approx(largest, rel=0.005)


def test_scores_without_a_direction_have_no_sign_in_the_list(visit):
    page = visit("item=0&track=*saliency")
    page.pictured("has the largest scores")
    expect(page.rows.first.locator(".peak")).to_have_text(re.compile(r"^[\d.]+$"))
    page.choose("method-0", "deeplift")
    expect(page.rows.first.locator(".peak")).to_have_text(re.compile(rf"^[+{MINUS}][\d.]+$"))


def test_a_filter_that_is_typed_wrong_is_told_and_has_no_chip(visit):
    page = visit("name=HUMAN")
    page.says(".count", "5 of 17")
    page.page.locator('[data-field="pmin"]').evaluate("field => (field.closest('details').open = true)")
    for field, words, sentence in (
        ("pmin", "abc", "is not a percentage"),
        ("pmin", "150", "is not a percentage"),
        ("motif", "TAT-X", "is not an IUPAC code"),
    ):
        control = page.page.locator(f'[data-field="{field}"]')
        control.fill(words)
        page.says("#pane-list .error", sentence)
        assert control.get_attribute("aria-invalid") == "true"
        chips = page.page.locator(".chips button")
        expect(chips).to_have_text(["Name contains: HUMAN \u00d7"])
        page.says(".count", "5 of 17")
        control.fill("")
        page.until("document.querySelector('#pane-list .error').hidden")


def test_faithfulness_is_measured_on_request_and_methods_are_compared_on_one_question(visit):
    page = visit("name=designed%203&pane=set&track=*deeplift")
    page.says(".faithfulness .measure", "Test on 1 sequence")
    page.page.locator(".faithfulness .measure").click()
    said = page.says(".faithfulness .verdict", "random bases")
    assert "The scores are informative." in said
    assert "of the tokens" in page.page.locator(".faithfulness").inner_text()
    label = page.page.locator(".faithfulness canvas").first.get_attribute("aria-label")
    assert "in random order" in label
    page.choose("method-0", "saliency")
    page.until("!document.querySelector('.faithfulness .verdict')")
    assert "deeplift" in page.says(".faithfulness .methods", "random order")
    page.page.locator(".faithfulness .measure").click()
    said = page.says(".faithfulness .methods", "saliency")
    assert "Which method to trust?" in said
    assert "Measured on the same 1 sequence." in said
    rows = page.page.locator(".faithfulness .methods tbody th").all_inner_texts()
    assert sorted(rows[:2]) == ["deeplift", "saliency"]
    assert rows[2] == "random order"
    page.explain("other")
    page.until("!document.querySelector('.faithfulness .methods')")


def test_pasted_sequences_become_a_data_set_and_can_be_removed(visit):
    page = visit()
    page.paste(BAD_FASTA)
    assert "'bad'" in page.says("#add-error", "'X' at position 5")
    assert page.page.locator("#add-dialog textarea").input_value() == BAD_FASTA
    page.page.locator("#add-dialog textarea").fill(BAD_FASTA.replace("X", "C"))
    page.page.locator("#add-dialog [name=name]").fill("mine")
    page.page.locator("#add-dialog .primary").click()
    page.pictured("good")
    assert page.page.locator("#set option:checked").inner_text() == "mine (2)"
    page.page.get_by_role("button", name="Remove").click()
    page.says(".count", "17 sequences")


def test_a_dropped_file_is_read(visit):
    page = visit()
    page.page.evaluate(
        """text => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], "table.csv"));
          document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: carried }));
        }""",
        "name,sequence,label\nfirst,ACGTTGCATATAAAAGGCATGCCA,other\n",
    )
    page.until("document.querySelector('#add-dialog textarea').value.startsWith('name,')")
    page.page.locator("#add-dialog .primary").click()
    page.until("document.querySelector('#set option:checked').textContent.startsWith('table')")
    page.pictured("24 bases")


def test_a_job_shows_progress_and_is_cancelled_and_taken_up(visit):
    page = visit()
    page.paste(made(500), "many")
    page.says(".count", "500 sequences")
    page.page.locator(".explain-all").click()
    row = page.page.locator(".job").filter(has_text="Explaining 500")
    row.locator("progress").wait_for()
    row.get_by_role("button", name="Cancel").click()
    row.filter(has_text="cancelled").wait_for()
    row.get_by_role("button", name="Resume").click()
    row.get_by_role("button", name="Cancel").wait_for()
    page.says(".pane-set h2 small", "of 500 explained")
    row.get_by_role("button", name="Cancel").click()
    row.filter(has_text="cancelled").wait_for()
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#jobs .menu")).to_be_hidden()


def test_the_whole_set_is_summed_up_and_its_cells_filter(visit):
    page = visit("name=designed")
    page.says(".pane-set h2 small", "of 10 explained")
    page.page.locator(".explain-all").click()
    page.says(".pane-set h2 small", "10 of 10 explained")
    page.page.keyboard.press("Escape")
    page.page.locator(".pane-set canvas").wait_for()
    page.says(".pane-set .mixed", "Choose a class under Explain")
    page.explain("TATA promoter")
    page.page.locator(".explain-all").click()
    page.says(".pane-set h2 small", "10 of 10 explained")
    page.page.keyboard.press("Escape")
    page.until("!document.querySelector('.pane-set .mixed')")
    assert page.page.locator(".kmers button").count() == 0  # ten sequences are too few to compare k-mers
    page.page.locator('[data-key="chip-name"]').click()
    page.page.get_by_role("button", name="1 sequences, true class TATA promoter, predicted other").click()
    page.says(".count", "1 of 17")
    assert "labelled wrong" in page.rows.first.inner_text()


def test_reload_back_and_a_shared_address_bring_the_page_back(visit):
    page = visit("name=human&sort=-length")
    page.says(".count", "5 of 17")
    page.rows.nth(2).click()
    page.until("location.hash.includes('item=')")
    name = page.rows.nth(2).locator(".name").get_attribute("title")
    page.pictured(name)
    page.choose("method-0", "deeplift")
    page.pictured("deeplift")
    for _ in range(3):
        page.view.get_by_label("Zoom in").click()
    wanted = page.view.evaluate("view => view.window")
    # The address follows a little behind the last zoom.
    page.until(f"Math.abs(/view=([\\d.]+)-/.exec(location.hash)?.[1] - {wanted['start']}) < 0.1")
    shared = page.address
    page.page.reload()
    page.pictured("deeplift")
    other = visit(shared.removeprefix("#"))
    for shown in (page, other):
        assert name in shown.pictured("deeplift")
        shown.says(".count", "5 of 17")
        shown.until(f"Math.abs(document.querySelector('dna-view').window.start - {wanted['start']}) < 0.1")
    page.page.go_back()
    page.pictured("integrated gradients")
    page.until(
        "(view => view.window.end - view.window.start === view.length)(document.querySelector('dna-view'))"
    )


def test_files_and_python_lines_are_to_be_had(visit):
    page = visit("name=designed")
    page.pictured("Scores converged to")
    beginnings = {"bases.tsv": b"", "results.parquet": b"PAR1", "report.html": b"<!doctype html>"}
    for form, beginning in beginnings.items():
        page.page.locator("#export summary").click()
        with page.page.expect_download() as started:
            page.page.locator(f'#export [data-form="{form}"]').first.click()
        content = Path(started.value.path()).read_bytes()
        assert started.value.suggested_filename.endswith(form.rsplit(".", 1)[1])
        assert content.startswith(beginning)
        assert len(content) > 500
    for kind in ("svg", "png", "pdf"):
        page.page.locator("#export summary").click()
        with page.page.expect_download() as started:
            page.page.locator(f'#export [data-kind="{kind}"]').click()
        assert Path(started.value.path()).stat().st_size > 1000
    page.page.locator("#export summary").click()
    page.page.locator('[data-form="reproduce.py"]').click()
    assert "captum_dna.attribute(" in page.says("#code-dialog pre", "import captum_dna")


def test_everything_can_be_done_by_keys(visit):
    page = visit()
    keys = page.page.keyboard
    keys.press("/")
    assert page.page.evaluate("document.activeElement.dataset.field") == "name"
    keys.type("human")
    page.says(".count", "5 of 17")
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.dataset.field") == "motif"
    page.page.evaluate("document.activeElement.blur()")
    keys.press("l")
    keys.press("End")
    page.says('.row[aria-selected="true"]', "human")
    last = page.page.locator('.row[aria-selected="true"] .name').get_attribute("title")
    assert page.page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == "row-4"
    page.pictured(last)
    keys.press("p")
    keys.press("Home")
    keys.press("Enter")
    page.page.locator(".mutator").wait_for()
    target = "G" if page.page.locator('.mutator [data-letter="C"]').is_disabled() else "C"
    keys.press(target)
    page.says(".mutations", "f(x):")
    keys.press("u")
    page.until("document.querySelector('.mutations').hidden")
    page.page.evaluate("document.activeElement.blur()")
    keys.press("c")
    keys.press("Tab")
    keys.press("Enter")
    page.until("document.querySelector('dna-view').picture?.layers.length === 2")
    keys.press("?")
    assert page.view.locator(".keys").is_visible() or page.page.locator("#help-dialog").is_visible()


def test_a_set_is_added_explained_and_saved_by_keys(visit):
    page = visit("track=*deeplift")
    keys = page.page.keyboard
    keys.press("a")
    keys.type(f">first\n{'ACGTTGCA' * 8}\n>second\n{'TATAAAAG' * 8}\n")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("typed")
    keys.press("Enter")
    page.until("document.querySelector('#set option:checked').textContent === 'typed (2)'")
    page.pictured("first")
    keys.press("s")
    page.page.locator(".explain-all").wait_for()
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "explain-all"
    keys.press("Enter")
    page.says(".pane-set h2 small", "2 of 2 explained")
    page.page.locator("#jobs[open]").wait_for()
    keys.press("Escape")
    keys.press("e")
    for _ in range(20):
        if page.page.evaluate("document.activeElement.dataset.form") == "report.html":
            break
        keys.press("Tab")
    with page.page.expect_download() as started:
        keys.press("Enter")
    assert started.value.suggested_filename == "report.html"
    keys.press("j")
    page.pictured("second")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pane", ["list", "picture", "set"])
def test_a_telephone_shows_one_pane_without_sideways_scroll(visit, scheme, pane):
    page = visit("pane=picture", width=390, scheme=scheme)
    page.page.locator(f'#tabs [data-pane="{pane}"]').click()
    expect(page.page.locator(f"#pane-{pane}")).to_be_visible()
    assert page.page.locator("main > section:visible").count() == 1
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    paper = page.page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor")
    assert paper == ("rgb(20, 23, 28)" if scheme == "dark" else "rgb(255, 255, 255)")


def test_a_telephone_shows_the_name_then_the_picture_then_the_words(visit):
    page = visit(width=390)
    page.pictured("Scores converged to")
    plot = page.view.locator(".plot canvas").bounding_box()
    assert plot["y"] < 400
    assert page.view.locator("h3").bounding_box()["y"] < plot["y"]
    assert page.view.locator(".fact").bounding_box()["y"] > plot["y"] + plot["height"]
    page.choose("method-0", "deeplift")
    page.pictured("deeplift")
    page.page.locator("body").press("c")
    page.says(".tracks .menu", "Another method")


@pytest.mark.parametrize("width", [1440, 390])
def test_without_javascript_the_page_is_a_sentence_that_can_be_read(browser, viewer, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(viewer.url)
    sentence = page.locator("noscript p")
    assert sentence.inner_text().startswith("The viewer needs JavaScript.")
    assert sentence.bounding_box()["y"] < 100
    assert page.locator("button:visible, select:visible, summary:visible, main:visible").count() == 0
    context.close()


@pytest.fixture(scope="session")
def axe() -> Path:
    """Return the accessibility checker, which npm brings."""
    folder = Path(__file__).parents[1] / "js"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            missing("The accessibility check needs axe-core, which npm brings.")
        done = subprocess.run(
            [npm, "install", "--no-save", "--no-package-lock"],
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            missing(
                f"The accessibility check needs axe-core, which npm could not bring: {done.stderr[-300:]}"
            )
    return script


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_no_serious_barrier_is_found(visit, axe, scheme, width):
    page = visit("item=0&edits=171G&name=d&sort=length", scheme=scheme, width=width, script=axe)
    page.says(".mutations", "f(x):")
    check = """async () => (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(" ").slice(0, 300)}`)"""
    assert page.page.evaluate(check) == []
    page.page.keyboard.press("a")
    assert page.page.evaluate(check) == []


def test_markup_in_names_and_letters_is_inert(visit):
    page = visit()
    name = MARKUP.replace("\u2028", " ")
    page.paste(f">{name}\nACGTTGCATATAAAAGGCATGCCA\n", name)
    page.pictured("24 bases")
    page.ask_mutation(3)
    page.page.keyboard.press("Escape")
    page.page.locator('[data-field="name"]').fill("<img")
    page.says(".count", "1 sequence")
    assert page.page.evaluate("window.pwned") is None
    assert page.page.locator("img[onerror]").count() == 0
    assert "onerror" in page.rows.first.inner_text()


def test_a_server_that_goes_is_missed_and_welcomed_back(visit):
    sequences = demo.sequences()[:2]
    token = "a-token-that-is-long-enough"  # noqa: S105 - of this test alone
    first = Insights("demo", sequences, store=False, token=token)
    first.serve()
    port = int(re.search(r":(\d+)/", first.url)[1])
    try:
        page = visit(url=first.url)
        page.pictured("Scores converged to")
    finally:
        first.stop()
    page.choose("method-0", "deeplift")
    page.page.locator("#gone").wait_for()
    page.says("#pane-picture .note", "the last one before the connection was lost")
    expect(page.view).to_have_class(re.compile("stale"))
    expect(page.view.locator(".plot")).to_be_visible()
    with Insights("demo", sequences, store=False, token=token, port=port):
        page.page.locator("#gone").wait_for(state="hidden")
        page.pictured("deeplift")
