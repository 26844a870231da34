"""One verb to see results: what it takes, what it refuses, what it writes."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from captum_dna.render import view as view_module
from captum_dna.render.fallback import fallback
from captum_dna.render.page import bundle, module
from captum_dna.render.view import View
from captum_dna.reporting.visualize import visualize
from captum_dna.results import Attributions
from tests.fake_attributions import MARKUP, RUN, bpe, hostile, make, many


class Tags(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def image(html):
    """Return the SVG of the first static picture, parsed."""
    source = next(attrs["src"] for tag, attrs in Tags(html).tags if tag == "img")
    return ET.fromstring(unquote(source.removeprefix("data:image/svg+xml,")))  # noqa: S314 - written here


def test_results_of_every_kind_become_a_view_and_nothing_is_displayed(capsys):
    item = make()
    for what in (item, [item], Attributions([item]), {"before": item, "after": [item]}):
        assert isinstance(visualize(what), View)
    assert capsys.readouterr().out == ""


def test_a_classifier_is_explained_with_the_options_given(monkeypatch):
    class Model:
        def encode(self): ...
        def predict(self): ...

    seen = {}

    def attribute(model, sequences, **options):
        seen.update(options, sequences=sequences)
        return Attributions([make()])

    monkeypatch.setattr("captum_dna.pipeline.attribute.attribute", attribute)
    assert len(visualize(Model(), "ACGT", target="promoter")) == 1
    assert seen == {"sequences": "ACGT", "target": "promoter"}
    with pytest.raises(TypeError, match="Give the sequences"):
        visualize(Model())


def test_options_of_a_classifier_are_refused_with_results():
    with pytest.raises(TypeError, match="target: these go with a classifier"):
        visualize(make(), target="promoter")


@pytest.mark.parametrize("what", [7, [7]])
def test_what_cannot_be_drawn_gets_a_sentence(what):
    with pytest.raises(TypeError, match="int"):
        visualize(what)


def test_unknown_choices_get_a_sentence():
    with pytest.raises(ValueError, match="Choose 'bases' or 'sign'"):
        visualize(make(), colors="rainbow")
    with pytest.raises(ValueError, match="Choose 'light', 'dark' or None"):
        visualize(make(), theme="sepia")


def test_only_the_same_sequences_are_compared():
    with pytest.raises(ValueError, match="'after' has 2 sequences and 'before' has 1"):
        visualize({"before": make(), "after": [make(), make()]})
    with pytest.raises(
        ValueError, match=r"Sequence 1 is 'promoter_000'.*in 'before'.*'promoter_001'.*in 'after'"
    ):
        visualize({"before": make(seed=0), "after": make(seed=1)})
    with pytest.raises(ValueError, match="nothing to draw"):
        visualize({})


def test_captum_records_are_drawn_base_by_base():
    from captum.attr import visualization

    item = make(20)
    records = [
        visualization.VisualizationDataRecord(
            item.token_scores,
            0.9,
            "TATA promoter",
            "non-promoter",
            "TATA promoter",
            1.0,
            list(item.tokens),
            0.01,
        )
    ]
    (drawn,) = visualize(records).layers[""]
    assert drawn.sequence == item.sequence
    assert np.allclose(drawn.base_scores, item.base_scores)
    assert (drawn.predicted, drawn.true_label) == ("TATA promoter", "non-promoter")
    records[0].raw_input_ids[3] = "GGGGGG"
    with pytest.raises(ValueError, match=r"[Rr]ecord 1"):
        visualize(records)


def test_a_sequence_costs_at_most_4096_bytes_with_its_static_picture():
    for options in (
        {},
        {"noise": 0.5},
        {"noise": 0.08, "box": False},
        {"name": "chr12:123456789-123457040(-)"},
    ):
        one, two = (len(View([make(seed=s, **options) for s in range(n)]).html().encode()) for n in (1, 2))
        assert two - one <= 4096, options


def test_the_static_picture_has_a_bar_per_base_in_units():
    item = make(40, noise=0.5)
    svg = image(View(item).html())
    texts = [node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [f"{item.base_scores.max():.2g}", f"{min(0, item.base_scores.min()):.2g}"]
    bars = sum(node.get("d").count("v") for node in svg.iter("{http://www.w3.org/2000/svg}path"))
    assert 30 <= bars <= 40


def test_the_bars_of_a_worked_example_stand_at_their_bases():
    item = make(12, base_scores=np.array([0, 1, -1, *np.zeros(9)]), sequence="AACAAAAAAAAA")
    paths = [node.get("d") for node in image(View(item).html()).iter("{http://www.w3.org/2000/svg}path")]
    assert paths[:2] == ["M.5,0m1,0v24", "M.5,0m2,0v-24"]


def test_a_long_sequence_is_cut_into_stretches_by_their_strongest_base_and_says_so():
    scores = np.zeros(3200)
    scores[1234] = -5.0
    text = fallback([make(3200, base_scores=scores)], [""])
    assert "Each bar is the strongest of 10 bases" in text
    assert image(text).findall(".//{http://www.w3.org/2000/svg}text")[1].text == "-5"


def test_the_estimated_error_is_told_without_scripts():
    assert ", estimated error 0.67 %" in fallback([make(relative_error=0.0067)], [""])


def test_the_words_are_there_without_scripts():
    tags = Tags(View(make()).html()).tags
    alt = next(attrs["alt"] for tag, attrs in tags if tag == "img")
    assert alt == make().headline()
    assert "integrated gradients, baseline mask" in View(make()).html(script=False)


def test_markup_in_every_field_makes_no_element():
    html = View({MARKUP: hostile(), "b": hostile()}).html(script=False)
    assert {tag for tag, _ in Tags(html).tags} == {"dna-views", "dna-view", "script", "p", "img"}
    for tag, attrs in Tags(html).tags:
        assert not any(name.startswith("on") for name in attrs)
        if tag == "script":
            assert attrs == {"type": "application/json"}


def test_a_notebook_gets_html_words_and_an_image(monkeypatch):
    monkeypatch.setattr(view_module, "_png", lambda figure: "png")
    shown = View([make(), bpe()])._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html", "image/png"}
    assert shown["text/plain"].startswith("promoter_000: true TATA promoter")
    assert shown["text/html"].count("<dna-view>") == 2
    assert "image/png" not in View(many(11))._repr_mimebundle_()
    assert set(View(make())._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}


def test_a_notebook_is_not_drowned_and_is_told_of_the_rest(monkeypatch):
    monkeypatch.setattr(view_module, "MOST_IN_NOTEBOOK", 2)
    monkeypatch.setattr(view_module, "_png", lambda figure: "png")
    html = View(many(5))._repr_mimebundle_()["text/html"]
    assert html.count("<dna-view>") == 2
    assert "3 more sequences are not drawn here" in html


def test_the_image_is_a_png():
    png = View(make(60))._repr_mimebundle_()["image/png"]
    assert png.startswith("iVBORw0KGgo")


def test_several_runs_are_told_apart_and_stand_once():
    other = replace(RUN, method="deeplift")
    html = View([make(), make(run=other), make()]).html(script=False)
    assert html.count('"method":"integrated_gradients"') == 1
    assert html.count('"method":"deeplift"') == 1


def test_a_page_is_complete_and_asks_for_nothing(tmp_path):
    text = View(many(3)).save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<dna-view>") == 3
    assert "default-src 'none'" in text
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert text.count('customElements.define("dna-view"') == 1


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_figures_are_written(tmp_path, suffix):
    path = View({"a": make(60), "b": make(60)}).save(tmp_path / f"figure.{suffix}")
    assert path.stat().st_size > 1000


def test_other_suffixes_and_bad_paths_get_a_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"picture\.docx.*\.html \(interactive\), \.svg, \.png or \.pdf"):
        View(make()).save(tmp_path / "picture.docx")
    with pytest.raises(ValueError, match=r"There is no folder .*nowhere to write page\.html to"):
        View(make()).save(tmp_path / "nowhere" / "page.html")


def test_show_displays_once(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    view = View(make())
    view.show()
    assert shown == [view]


def test_the_modules_join_into_one_script_without_imports():
    script = bundle()
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert "</script" not in script.lower()
    assert script.index("class CanvasPen") < script.index("class DnaView extends")


def test_modules_keep_their_names_to_themselves(monkeypatch, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.js").write_text(
        'import { x as y } from "../b.js";\nconst same = y;\nexport const z = same;\n'
    )
    (tmp_path / "b.js").write_text("const same = 2;\nexport const x = same + 1;\n")
    monkeypatch.setattr("captum_dna.render.page.files", lambda package: tmp_path)
    assert module("sub/a.js") == (
        "const $b = (() => {\nconst same = 2;\nconst x = same + 1;\nreturn { x };\n})();\n"
        "const $sub_a = (() => {\nconst { x: y } = $b;\nconst same = y;\nconst z = same;\nreturn { z };\n})();\n"
        "export default $sub_a;\n"
    )


def test_modules_that_cannot_be_joined_are_refused(monkeypatch, tmp_path):
    (tmp_path / "c.js").write_text("export default 1;\n")
    (tmp_path / "d.js").write_text('import "./e.js";\n')
    (tmp_path / "e.js").write_text('import "./d.js";\n')
    monkeypatch.setattr("captum_dna.render.page.files", lambda package: tmp_path)
    with pytest.raises(ValueError, match="export default"):
        bundle("c.js")
    with pytest.raises(ValueError, match=r"static/d\.js imports itself by way of d\.js, e\.js"):
        bundle("d.js")
