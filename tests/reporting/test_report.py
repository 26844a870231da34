from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import captum_dna
from captum_dna import Attributions
from captum_dna.core.attribution import Run
from captum_dna.evaluation.result import Evaluation
from captum_dna.reporting.charts import bar_chart, line_chart
from captum_dna.reporting.provenance import recipe
from tests.fake_attributions import LABELS, RUN, make, nested


class Read(HTMLParser):
    """The cells of the tables, and every address and handler in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.tables[-1][-1][-1] += data


def results():
    """Return twelve results: every third is not a promoter, the first of which is taken for one."""
    items = [make(seed=i, box=i % 3 > 0) for i in range(12)]
    items[0] = replace(items[0], predicted=LABELS[1])
    return Attributions(items)


def written(items, tmp_path, **choices):
    return captum_dna.report(items, tmp_path / "report.html", **choices).read_text(encoding="utf-8")


def facts(text):
    return dict(re.findall(r"<div><dt>([^<]*)</dt><dd>([^<]*)</dd></div>", text))


def test_the_head_counts_what_was_found(tmp_path):
    items = results()
    items = Attributions(
        [replace(items[0], **nested({"converged": False}, items[0].certificate)), *items[1:]]
    )
    text = written(items, tmp_path)
    found = facts(text)
    little = sum(abs(item.f_input - item.f_baseline) < 1 for item in items)
    assert found["Sequences"] == "12"
    assert found["Model"] == "toy"
    assert found["Class explained"] == "TATA promoter"
    assert found["Scores within tolerance"] == "11 of 12 (91.7 %)"
    assert found["Predicted correctly"] == "11 of 12 (91.7 %)"
    assert found["Weak signal"].startswith(f"{little} of 12")
    assert "For 1 of 12 sequences (&#39;other_000&#39;), the scores have not converged" in text


def test_previews_are_not_counted_as_incomplete(tmp_path):
    items = [make(run=replace(RUN, tolerance=None)) for _ in range(2)]
    assert "Complete within tolerance" not in facts(written(Attributions(items), tmp_path))


def test_a_regression_has_no_right_and_wrong_but_a_correlation(tmp_path):
    run = replace(RUN, output="logit", head="regression", labels=("expression",))
    pairs = [("1.0", 1.5), ("2", 2.5), ("4", 4.5), ("3", 2.75)]
    items = [make(seed=i, run=run, true_label=true, probability=got) for i, (true, got) in enumerate(pairs)]
    text = written(Attributions(items), tmp_path)
    assert facts(text)["Measured and predicted"] == "r = 0.957, Spearman 1.000, 4 sequences"
    assert "Predicted correctly" not in text
    assert "True and predicted" not in text
    frame = Attributions(items).to_frame()
    assert frame["true"].tolist() == [1.0, 2.0, 4.0, 3.0]
    assert frame["predicted"].tolist() == [1.5, 2.5, 4.5, 2.75]
    assert frame["correct"].isna().all()


def test_nothing_is_asked_for_and_nothing_runs_but_the_page_s_own_script(tmp_path):
    read = Read(written(results(), tmp_path))
    assert all(address.startswith("data:") for address in read.addresses)
    assert read.handlers == []


def test_names_and_titles_with_markup_stay_text(tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    run = replace(RUN, model=evil, labels=(evil, "b"))
    items = [replace(item, name=evil, true_label=evil, target=evil, run=run) for item in results()]
    text = written(Attributions(items), tmp_path, title=evil)
    assert "<img src=x" not in text
    assert Read(text).handlers == []
    assert Read(text).tables[-1][1][0] == evil


def test_the_confusion_table_counts_true_by_predicted(tmp_path):
    assert Read(written(results(), tmp_path)).tables[0] == [
        ["true \\ predicted", *LABELS],
        [LABELS[0], "3", "1"],
        [LABELS[1], "0", "8"],
    ]


def test_without_truth_there_is_no_confusion_and_no_count_of_right_ones(tmp_path):
    text = written(Attributions(replace(item, true_label=None) for item in results()), tmp_path)
    assert "Predicted correctly" not in text
    assert "True and predicted" not in text
    assert "unknown" in Read(text).tables[-1][1]


def test_the_planted_box_is_among_the_strongest_kmers(tmp_path):
    kmers = [row[0] for row in Read(written(results(), tmp_path)).tables[1][1:]]
    assert {"TATAAA", "ATAAAA", "TAAAAG"} & set(kmers[:3])


def test_pictures_and_rows_are_cut_where_asked_and_it_is_said(tmp_path):
    text = written(results(), tmp_path, pictures=2, rows=5)
    assert text.count("<dna-view>") == 2
    assert "The 2 of 12 sequences" in text
    assert "(5 of 12)" in text
    assert len(Read(text).tables[-1]) == 6
    assert "<dna-view>" not in written(results(), tmp_path, pictures=0)


def test_the_sequences_drawn_are_those_furthest_from_the_baseline(tmp_path):
    items = list(results())
    stronger = nested({"f_input": items[5].f_baseline - 50}, items[5].certificate)
    items[5] = replace(items[5], name="the strongest", **stronger)
    text = written(Attributions(items), tmp_path, pictures=1)
    assert '{"n":"the strongest"' in text


def test_classes_that_are_mixed_in_a_mean_are_told(tmp_path):
    assert "mixes classes" not in written(results(), tmp_path)
    other = replace(results()[0], target=LABELS[0])
    assert "mixes classes" in written(Attributions([other, *results()]), tmp_path)


def test_scores_that_are_missing_leave_gaps(tmp_path):
    empty = make(base_scores=np.full(251, np.nan), token_scores=np.full(248, np.nan), delta=float("nan"))
    text = written(empty, tmp_path)
    assert "Completeness error:" not in text
    assert "nan" not in Read(text).tables[-1][1]


def test_the_error_of_the_scores_is_drawn_where_it_is_estimated(tmp_path):
    """The scores add up exactly here: their sum would say that nothing is wrong."""
    items = [
        replace(item, **nested({"delta": 0.0, "relative_error": 0.002 * (i + 1)}, item.certificate))
        for i, item in enumerate(results())
    ]
    text = written(Attributions(items), tmp_path)
    assert "Estimated error of the scores: median 1.3 %, largest 2.4 %" in text
    assert "Completeness error" not in text
    assert "Completeness error: median" in written(results(), tmp_path)


def test_the_table_says_what_the_pictures_say(tmp_path):
    """The number of the top base is that of the axis, and the error that of the badge, which is never "< 0.1 %"."""
    item = make(relative_error=0.00093)
    top = int(np.abs(item.base_scores).argmax())
    head, row = (Read(written(item, tmp_path)).tables[-1][at] for at in (0, 1))
    told = dict(zip(head, row, strict=True))
    assert told["error"] == "0.093 %"
    assert told[next(name for name in head if name.startswith("top base"))] == str(top - item.origin)


def test_what_cannot_be_reported_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="no results to report on"):
        captum_dna.report(Attributions(), tmp_path / "a.html")
    with pytest.raises(ValueError, match=r"the name must end in \.html"):
        captum_dna.report(results(), tmp_path / "a.pdf")
    with pytest.raises(ValueError, match="no folder"):
        captum_dna.report(results(), tmp_path / "none" / "a.html")
    mixed = Attributions([make(), make(run=replace(RUN, output="probability"))])
    with pytest.raises(ValueError, match=r"different units \(log_odds, probability\)"):
        captum_dna.report(mixed, tmp_path / "a.html")


def test_the_faithfulness_of_methods_is_shown_as_measured(tmp_path):
    items = results()[:1]
    measured = Evaluation(
        explained={"deeplift": items},
        rows={
            ("deeplift", "a"): {"comprehensiveness": 2.0, "seconds": 0.25},
            ("(random order)", "a"): {"comprehensiveness": 0.5},
        },
        drawn=[],
        signed={"deeplift": True},
        about={"sequences": 1, "sequences with known stretches": 0, "model": "toy", "output": "log_odds"}
        | {"hide": "mask", "top": (0.05, 0.1)},
    )
    text = written(items, tmp_path, faithfulness=measured)
    table = next(t for t in Read(text).tables if t[0][0] == "method")
    assert table[0] == ["method", "comprehensiveness higher is better", "seconds lower is better"]
    assert table[1:] == [["deeplift", "2", "0.25"], ["(random order)", "0.5", ""]]
    assert "bases removed by masking" in text


def test_the_python_lines_make_the_same_scores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    items = captum_dna.attribute("demo", _designed(), n_steps=40, baseline="pad", target="other")
    space: dict[str, object] = {}
    exec(recipe(items), space)  # noqa: S102 - that these lines run is what is tested
    again = space["results"]
    np.testing.assert_allclose(again[0].base_scores, items[0].base_scores, atol=1e-6)
    assert again[0].target == "other"
    assert (tmp_path / "report.html").is_file()


def test_names_in_the_python_lines_cannot_become_code():
    text = recipe(Attributions([make(name='"); import os #\n', run=Run(model="'''"))]))
    compile(text, "recipe", "exec")
    assert "\n import os" not in text


def test_a_chart_leaves_gaps_and_names_itself():
    svg = line_chart(-1, [("<a>", [1.0, None, 2.0])], "position", "score")
    assert svg.count("M") >= 2
    assert "<a>" not in svg
    assert "&lt;a&gt;" in svg


def test_a_chart_has_true_minus_signs():
    svg = line_chart(-200, [("a", [-0.5, *[1.0] * 250])], "position", "score")
    assert re.findall(r">(-[^<]*)<", svg) == []
    assert ">\N{MINUS SIGN}200<" in svg
    assert ">\N{MINUS SIGN}0.5<" in svg


def test_bars_are_as_tall_as_their_counts():
    svg = bar_chart([0, 1, 4], [(0, "x")], "error")
    heights = [float(h) for h in re.findall(r'<rect[^>]* height="([\d.]+)"', svg)]
    assert heights[1] == pytest.approx(4 * heights[0], rel=0.01)


def _designed():
    from captum_dna import demo

    return demo.designed()[:1]


def test_a_report_on_something_else_gets_a_sentence(tmp_path):
    with pytest.raises(
        ValueError, match=r"`results` must be results, as attribute\(\) returns them, not an int"
    ):
        captum_dna.report(5, tmp_path / "x.html")
