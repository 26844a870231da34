"""What a user is warned of: one source, and every face shows its sentences."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import pytest
from click.testing import CliRunner

from captum_dna import Attributions, report
from captum_dna.cli.output import say_caveats
from captum_dna.core.remark import CODES
from captum_dna.core.remarks import ADVICE, remarks_of, remarks_of_set, verdict_of
from captum_dna.core.run import Run
from captum_dna.render.fallback import fallback
from captum_dna.render.figure.figure import figure
from captum_dna.render.payload import picture
from captum_dna.render.view import View
from tests.fake_attributions import RUN, make, nested

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution

STATIC = Path(__file__).parents[2] / "static"
NAN = float("nan")


def _changed(item: Attribution, **changes: object) -> Attribution:
    return replace(item, **nested(changes, item.certificate))


def _with(run: dict[str, object] | None = None, **changes: object) -> Attribution:
    """Return a result of no remark, but for what is changed."""
    item = make(length=60, box=True)
    return _changed(item, run=replace(RUN, **(run or {})), **changes)


def _special(share: float) -> Attribution:
    """Return a result whose special tokens hold this share of the score."""
    item = _with()
    scores = item.token_scores.copy()
    rest = np.abs(scores[1:-1]).sum()
    scores[0], scores[-1] = rest * share / (1 - share), 0.0
    return replace(item, token_scores=scores)


def _joined(**changes: object) -> Attribution:
    windows = tuple(make(length=60, seed=i, **changes) for i in range(2))
    item = make(length=100, f_input=NAN, f_baseline=NAN, windows=windows)
    return _changed(
        item,
        converged=all(one.converged for one in windows),
        extras={"window_starts": np.array([0.0, 40.0])},
    )


def _end(difference: float) -> dict[str, float]:
    return {"f_baseline": 1.0, "f_input": 1.0 + difference}


STRANDS = {"forward": np.ones(60), "reverse": np.ones(60), "strand_agreement": np.array(0.31)}
UNSCORED = {"base_scores": np.full(60, NAN)}

CASES: dict[str, tuple[str, Attribution]] = {
    "no output": ("no_output", _with(f_input=NAN, f_baseline=NAN, **UNSCORED)),
    "no scores": ("no_scores", _with(**UNSCORED)),
    "a record": (
        "not_recorded",
        _with({"complete": False, "output": "unknown"}, f_input=NAN, f_baseline=NAN, converged=False),
    ),
    "not converged": ("not_converged", _with(converged=False, delta=0.9)),
    "not converged by its error": (
        "not_converged",
        _with(converged=False, delta=0.0, error=0.7, relative_error=0.2),
    ),
    "not converged for what is known": ("not_converged", _with(converged=False, delta=0.0, error=NAN)),
    "a preview": ("preview", _with({"tolerance": None}, converged=False)),
    "a preview over bases": ("preview", _with({"tolerance": None, "method": "nucleotide_gradients"})),
    "a preview over baselines": ("preview", _with({"tolerance": None, "method": "expected_gradients"})),
    "nothing to explain": ("nothing_to_explain", _with(**_end(0.0))),
    "a weak logit": ("weak_signal", _with(**_end(0.3))),
    "a weak probability": ("weak_signal", _with({"output": "probability"}, **_end(0.001))),
    "a weak regression": (
        "weak_signal",
        _with(
            {"output": "logit", "head": "regression", "labels": ("expression",)},
            true_label=None,
            **_end(0.001),
        ),
    ),
    "special tokens": ("special_tokens", _special(0.42)),
    "no sign": ("unsigned", _with({"method": "saliency", "signed": False, "complete": False})),
    "a mean": ("not_conserving", _with({"projection": "mean", "conserving": False})),
    "deeplift": ("heights", _with({"method": "deeplift"})),
    "bfloat16": ("rounded", _with({"precision": "bfloat16"}, error=0.01, relative_error=0.001)),
    "strands": ("strands", _with(extras=STRANDS)),
    "error bars": (
        "spread",
        _with(
            {"method_options": {"over": {"baseline": ["zero"], "strand": ["reverse"]}}},
            extras={"repeats": np.stack([make(length=60, seed=seed).base_scores for seed in (1, 2)])},
        ),
    ),
    "windows": ("windows", _joined()),
    "open windows": ("not_converged", _joined(converged=False)),
    "windows that cancel": ("not_converged", _changed(_joined(), converged=False, relative_error=0.3)),
    "a gap in the scores": ("missing_scores", _with(base_scores=np.r_[NAN, make(length=60).base_scores[1:]])),
    "a source with a note": ("source", _with({"method_options": {"note": "These scores have norm 1."}})),
    "an uncertain difference": (
        "uncertain_difference",
        _with({"difference": True}, **_end(0.001), delta=0.004),
    ),
}


def test_every_code_has_a_case_here():
    assert {code for code, _ in CASES.values()} == CODES.keys() - {
        "mixed_targets",
        "informative",
        "not_informative",
        "agreement",
        "scales",
        "other_classes",
    }  # those of several results


@pytest.mark.parametrize(
    ("by_score", "by_chance", "code", "words"),
    [
        (
            4.35,
            0.63,
            "informative",
            "lowers the log-odds by 4.35; replacing random bases, by 0.63. The scores are inf",
        ),
        (
            0.5,
            0.63,
            "not_informative",
            "lowers the log-odds by 0.5; replacing random bases, by 0.63. The scores are no",
        ),
        (
            0.5,
            -0.1,
            "informative",
            "lowers the log-odds by 0.5; replacing random bases raises it by 0.1. The",
        ),
        (
            -0.5,
            0.1,
            "not_informative",
            "raises the log-odds by 0.5; replacing random bases lowers it by 0.1. The",
        ),
    ],
)
def test_scores_are_informative_if_they_beat_chance(by_score, by_chance, code, words):
    said = verdict_of("log_odds", by_score, by_chance)
    assert said.code == code
    assert words in said.text


def test_a_result_that_is_well_has_no_remark():
    assert remarks_of(_with()) == ()


@pytest.mark.parametrize("name", CASES)
def test_a_remark_has_its_code_and_severity(name):
    code, item = CASES[name]
    (remark,) = [one for one in item.caveats if one.code == code]
    assert remark.severity == CODES[code].severity
    assert remark.text[0].isupper()
    assert remark.text.endswith(".")
    assert "nan" not in remark.text
    assert item.remarks == tuple(one.text for one in item.caveats)


@pytest.mark.parametrize("name", CASES)
def test_every_face_says_the_same_sentences(name, tmp_path):
    _, item = CASES[name]
    sentences = item.remarks
    said = {
        "plain text": repr(View(item)),
        "static HTML": unescape(fallback([item], [""])),
        "payload": "\n".join(text for _, _, text in picture([item], [item.run])["l"][0]["k"]),
        "report": _head(report(item, tmp_path / "r.html", pictures=0).read_text(encoding="utf-8")),
        "figure": " ".join(text.get_text() for text in figure(item).texts),
        "terminal": _terminal(Attributions([item])),
    }
    for face, text in said.items():
        missing = [sentence for sentence in sentences if _squeezed(sentence) not in _squeezed(text)]
        assert not missing, face


def _head(page: str) -> str:
    return unescape(" ".join(re.findall(r'<p class="remark[^"]*">(.*?)</p>', page)))


def _terminal(results: Attributions) -> str:
    command = click.Command("say", callback=lambda: say_caveats(results))
    return CliRunner().invoke(command).output


def _squeezed(text: str) -> str:
    return "".join(text.split())


def test_previews_are_never_called_incomplete():
    for name in ("a preview", "a preview over bases", "a preview over baselines"):
        _, item = CASES[name]
        assert [remark.code for remark in item.caveats] == ["preview"]
        assert "NOT CONVERGED" not in item.headline()


def test_no_preview_claims_an_error_that_nothing_measured():
    for name in ("a preview", "a preview over bases", "a preview over baselines"):
        assert "Their error is not known" in CASES[name][1].remarks[0]
        assert "%" not in CASES[name][1].remarks[0]


@pytest.mark.parametrize("relative_error", [NAN, 0.004, 0.3])
@pytest.mark.parametrize("delta", [0.0, 0.9, NAN])
@pytest.mark.parametrize("whole", [True, False])
def test_what_has_not_converged_never_goes_without_a_warning(relative_error, delta, whole):
    """Whatever keeps it from that: the error of the scores, their sum, one window, or windows that cancel."""
    numbers = {"relative_error": relative_error, "delta": delta, "converged": False}
    joined = [_joined(**numbers), _changed(_joined(), **numbers), _changed(_joined(**numbers), **numbers)]
    for item in [_with(**numbers)] if whole else joined:
        said = [remark for remark in remarks_of(item) if remark.code == "not_converged"]
        assert [remark.severity for remark in said] == ["warning"]
        if relative_error == 0.3:
            assert re.search("off by (up to )?30 %", str(said[0]))


def test_the_error_of_the_scores_is_told_before_that_of_their_sum():
    [remark] = remarks_of(_with(converged=False, delta=1e-9, error=0.7, relative_error=0.2))
    assert "within the tolerance of 0.01: the scores may be off by 20 %." in str(remark)
    [remark] = remarks_of(_with(converged=False, delta=1e-9, error=NAN))
    assert "the error of the scores cannot be told" in str(remark)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_what_counts_as_weak_does_not_depend_on_the_unit_of_a_regression(unit):
    run = replace(RUN, output="logit", head="regression", labels=("expression",))
    for share, weak in ((0.01, True), (0.9, False)):
        item = make(length=60, run=run, true_label=None)
        size = float(np.abs(item.token_scores).sum()) * unit
        scaled = _changed(
            item,
            token_scores=item.token_scores * unit,
            base_scores=item.base_scores * unit,
            f_baseline=unit,
            f_input=unit + share * size,
            delta=0.0,
        )
        assert ("weak_signal" in {one.code for one in scaled.caveats}) is weak


def test_a_set_counts_and_names_what_is_said_of_some():
    items = [make(length=60, seed=i, name=f"s{i}") for i in range(4)]
    items[2] = _changed(items[2], converged=False)
    (remark,) = remarks_of_set(items)
    assert remark.code == "not_converged"
    assert remark.text.startswith("For 1 of 4 sequences ('s2'), the scores have not converged")


def test_a_set_says_once_what_holds_for_all():
    items = [make(length=60, seed=i, run=replace(RUN, tolerance=None)) for i in range(4)]
    assert [remark.code for remark in remarks_of_set(items)] == ["preview"]


def test_a_set_says_where_classes_are_mixed():
    items = [make(length=60), make(length=60, target="non-promoter")]
    assert [remark.code for remark in remarks_of_set(items)] == ["mixed_targets"]


def test_warnings_come_before_notes():
    item = _changed(_special(0.9), converged=False)
    assert [remark.severity for remark in item.caveats] == ["warning", "note"]


def test_the_page_makes_no_sentence_of_its_own():
    """The sentences, and what decides on them, stand in Python alone."""
    scripts = {path.name: path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")}
    for name in ("words.js", "verdict.js"):
        assert not re.search(r"[<>]=?\s*0?\.\d|LITTLE|MUCH", scripts[name])
    for name, text in scripts.items():
        for sentence in ("Weak signal", "to explain:", "has no sign", "A preview:"):
            assert sentence not in text, (name, sentence)


def test_a_stored_run_of_an_earlier_version_says_what_it_is():
    old = {"method": "difference of deeplift", "labels": ["expression"], "output": "logit"}
    run = Run.restored(old)
    assert (run.method, run.difference, run.head) == ("deeplift", True, "regression")
    assert run.method_in_words == "difference of deeplift"
    assert Run.restored({"method": "ism", "labels": ["a", "b"], "output": "logit"}).head == ""


def test_markup_in_what_is_said_stays_text():
    item = _with({"method_options": {"note": "<b>bold</b>"}})
    assert "<b>" not in fallback([item], [""])
    assert escape("<b>bold</b>") in fallback([item], [""])


def test_what_scores_may_be_off_by_is_what_the_badge_says():
    assert _with(relative_error=0.2, delta=0.0).off_by == 0.2
    without = _with(relative_error=NAN, delta=0.5)
    assert without.off_by == pytest.approx(0.5 / abs(without.f_input - without.f_baseline))
    assert _with(relative_error=NAN, delta=0.0, converged=False, tolerance=0.01).off_by == math.inf
    joined = _changed(_joined(), relative_error=NAN)
    assert joined.off_by == max(window.off_by for window in joined.windows)


def test_double_precision_is_not_advised_where_it_is_used_already():
    slow = {"converged": False, "error": 0.7, "relative_error": 0.2}
    [single], [double] = (remarks_of(_with(**slow, precision=one)) for one in ("float32", "float64"))
    assert single.text.endswith(ADVICE)
    assert double.text.endswith("by 20 %. Allow more steps or more error.")
    for names, of_all in (
        (("float64", "float64"), "Allow more steps or more error."),
        (("float64", "float32"), ADVICE),
    ):
        several = [replace(_with(**slow, precision=one), name=str(i)) for i, one in enumerate(names)]
        assert remarks_of_set(several)[0].text == (
            f"For all 2 sequences, the scores have not converged within the tolerance. {of_all}"
        )
    windows = tuple(_with(**slow, precision="float64") for _ in range(2))
    joined = _changed(_joined(), windows=windows, converged=False, precision="float64")
    assert "float64" not in next(one.text for one in remarks_of(joined) if one.code == "not_converged")
