"""The widget in a real JupyterLab and Notebook 7: a person clicks, the kernel answers, the saved file keeps a picture."""

from __future__ import annotations

import re
import sys

import pytest

from captum_dna.insights import Insights
from captum_dna.insights.widget import style
from captum_dna.render.page import module

pytestmark = pytest.mark.browser

TWO = {"box": "GCGCCTATAAAAGGCGGCACGTTGCA" * 4, "plain": "GCGCCGCGCCAGGCGGCACGTTGCAT" * 4}
INSIGHTS = f"""
from captum_dna.insights import Insights
viewer = Insights("demo", {TWO!r}, store=False)
viewer.render()
"""
VISUALIZER = f"""
import captum_dna, torch
from captum_dna.compat import AttributionVisualizer, Batch, DNAFeature
demo = captum_dna.load("demo")
ids = torch.tensor([demo.encode(letters).input_ids for letters in {list(TWO.values())!r}])
feature = DNAFeature("Promoter", tokenizer=demo.tokenizer)
AttributionVisualizer(demo, list(demo.labels), feature, [Batch(ids, torch.tensor([1, 0]))]).render()
"""
WITHIN = """() => {
  const box = document.querySelector(".jp-OutputArea .captum-dna");
  const edge = box.getBoundingClientRect();
  const parts = [...box.querySelectorAll("button, select, dna-view")].filter((part) => part.checkVisibility());
  return edge.width > 200 && parts.length > 5 && parts.every((part) => part.getBoundingClientRect().right <= edge.right + 1);
}"""


def f_of_x(words: str) -> float:
    return float(re.search(r"f\(x\) = (\S+)", words)[1].replace("\u2212", "-"))


def keeps_a_picture(path, book) -> None:
    """Check that a saved notebook shows a picture, and becomes a page with one, where there is no kernel."""
    (output,) = book.cells[0].outputs
    assert output.data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert "box" in output.data["text/plain"]
    assert output.data["image/png"].startswith("iVBOR")
    still = re.sub(r"<script.*?</script>", "", output.data["text/html"], flags=re.DOTALL)
    assert '<img width="100%"' in still
    assert "TATA promoter" in still

    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_filename(str(path))
    assert re.search(r'<img [^>]*src="data:image/svg', html)
    assert "vnd.jupyter.widget-view" not in html


def test_a_person_changes_the_method_compares_mutates_and_saves_in_jupyterlab(lab, read):
    path = lab.notebook("person", INSIGHTS)
    reader = read(lab, path)
    reader.run()
    words = reader.pictured("integrated gradients")
    keeps_a_picture(path, reader.save())
    assert "TATA promoter, 97" in words
    before = f_of_x(words)

    reader.widget.locator('[data-control="method-0"]').select_option("deeplift")
    assert f_of_x(reader.pictured("deeplift")) == before

    reader.widget.locator('[data-control="compare"]').click()
    reader.widget.locator('.menu [data-what="baseline"]').click()
    reader.widget.locator(".track").nth(1).wait_for()
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 2")
    reader.widget.get_by_role("button", name="Remove track 2").click()
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 1")

    reader.ask_mutation(8)
    reader.page.keyboard.press("g")  # Lab has a meaning of its own for single keys, which must not win
    change = reader.widget.locator(".mutations .change").filter(has_text="f(x)")
    change.wait_for()
    assert re.search(r"3\.77 \u2192 3\.58", change.inner_text())
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 3")
    reader.widget.get_by_role("button", name="Undo", exact=True).click()
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 1")
    assert f_of_x(reader.pictured("deeplift")) == before

    reader.widget.get_by_role("button", name="Next sequence").click()
    reader.pictured("plain")
    assert reader.widget.get_attribute("data-theme") == "light"


def test_a_person_does_the_same_in_notebook_7(lab, read):
    reader = read(lab, lab.notebook("seven", INSIGHTS), "notebook")
    assert reader.page.evaluate("window.jupyterapp.name") == "Jupyter Notebook"
    reader.run()
    before = f_of_x(reader.pictured("integrated gradients"))
    reader.widget.locator('[data-control="method-0"]').select_option("deeplift")
    assert f_of_x(reader.pictured("deeplift")) == before
    reader.ask_mutation(8)
    reader.page.keyboard.press("g")
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 3")
    reader.widget.get_by_role("button", name="Undo", exact=True).click()
    reader.until("document.querySelector('.captum-dna dna-view').picture?.layers.length === 1")
    assert reader.widget.get_attribute("data-theme") == "light"
    reader.until(f"({WITHIN})()")
    [output] = reader.save().cells[0].outputs
    assert output.data["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_captums_visualizer_shows_the_same_widget_narrow_and_dark(lab, read):
    path = lab.notebook("visualizer", VISUALIZER)
    reader = read(lab, path, width=390, theme="JupyterLab Dark")
    reader.run()
    words = reader.pictured("Promoter 1")
    assert re.search(r"Predicted TATA promoter, \S+ % \(correct\)", words)
    assert reader.widget.count() == 1
    assert reader.widget.get_attribute("data-theme") == "dark"
    assert reader.view.locator(".card").get_attribute("data-theme") == "dark"
    reader.command("application:toggle-left-area")  # Lab opens its list of files over most of a small screen
    reader.until(f"({WITHIN})()")
    assert len(reader.save().cells[0].outputs) == 1


def test_without_anywidget_a_sentence_says_how_to_get_it(monkeypatch):
    from captum_dna.insights import widget

    widget._widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    viewer = Insights("demo", TWO, store=False)
    try:
        with pytest.raises(ImportError, match=r"pip install 'captum_dna\[notebook\]'"):
            viewer.render()
    finally:
        viewer.stop()


def test_the_first_sequence_is_chosen_by_number_or_name():
    viewer = Insights("demo", TWO, store=False)
    try:
        assert viewer.render("plain").row == viewer.render(1).row == "1"
        with pytest.raises(ValueError, match="No sequence is named 'other'"):
            viewer.render("other")
        with pytest.raises(ValueError, match="There is no row 2"):
            viewer.render(2)
    finally:
        viewer.stop()
    viewer = Insights("demo", {"long": TWO["box"] * 7}, store=False)
    try:
        with pytest.raises(
            ValueError,
            match=r"at most 515 bases\. .* starts with a sequence that the model can read in one piece",
        ):
            viewer.render()
    finally:
        viewer.stop()


def test_a_request_that_cannot_be_met_is_answered_with_a_sentence():
    viewer = Insights("demo", TWO, store=False)
    answers: list[dict] = []
    made = viewer.render()
    made.send = answers.append
    made._answer({"id": 1, "method": "GET", "path": "/nothing"})
    viewer.stop()
    made._answer({"id": 2, "method": "GET", "path": "/datasets"})
    assert answers[0] == {
        "id": 1,
        "status": 404,
        "body": {"error": "There is no such page here.", "field": None},
    }
    assert (answers[1]["id"], answers[1]["status"]) == (2, 410)
    assert "The viewer behind this widget was stopped" in answers[1]["body"]["error"]


def test_the_widget_is_one_module_with_styles_of_its_own():
    script = module("widget/widget.js")
    assert script.endswith("export default $widget_widget;\n")
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert style().startswith("@scope (.captum-dna) {")
    assert ":root" not in style()
    assert "prefers-color-scheme" not in style()
    assert '[data-theme="dark"]' in style()
