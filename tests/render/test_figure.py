"""Figures for papers show every letter at its score, all the words, and are the same file every time."""

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import PathPatch, Rectangle

from captum_dna.core.attribution import Attribution, Run
from captum_dna.core.sequences import Interval, Track
from captum_dna.render.figure.block import _lanes
from captum_dna.render.figure.figure import figure
from captum_dna.render.figure.letters import letter_paths, outline
from captum_dna.render.figure.words import axis_ticks
from captum_dna.results import Attributions
from tests.fake_attributions import make, nested


def result(sequence="ACGTAC", scores=(1.0, -2.0, 0.0, 0.5, np.nan, 3.0), **changes):
    spans = (None, *((i, i + 1) for i in range(len(sequence))), None)
    values = {
        "name": "first",
        "sequence": sequence,
        "tokens": ("[CLS]", *sequence, "[SEP]"),
        "spans": spans,
        "token_scores": np.array([0.5, *np.nan_to_num(scores), -0.5]),
        "base_scores": np.array(scores, dtype=float),
        "target": "TATA promoter",
        "predicted": "other",
        "probability": 0.75,
        "probabilities": np.array([0.75, 0.25]),
        "true_label": None,
        "f_input": 2.0,
        "f_baseline": -1.0,
        "delta": 0.125,
        "error": float("nan"),
        "converged": True,
        "evaluations": 10,
        "run": Run(labels=("other", "TATA promoter"), tolerance=0.05),
    }
    return Attribution(**nested(values | changes))


def long_result(length):
    return result("ACGT" * (length // 4), np.linspace(-1, 1, length))


def texts(drawing):
    found = [text.get_text() for text in drawing.texts]
    for axes in drawing.axes:
        found += [text.get_text() for text in axes.texts]
        found.append(axes.get_ylabel())
        found += [label.get_text() for label in axes.get_xticklabels()]
    return "\n".join(found).replace("\u00a0", " ")


def logos(drawing):
    return [axes for axes in drawing.axes if axes.get_ylabel()]


def letters(axes):
    return [artist for artist in axes.get_children() if isinstance(artist, PathPatch)]


def written(drawing, kind):
    buffer = io.BytesIO()
    drawing.savefig(buffer, format=kind, dpi=72)
    return buffer.getvalue()


# --- letters ----------------------------------------------------------------------------------------


def test_a_letter_reaches_from_zero_to_its_score_within_its_place():
    [(letter, path)] = letter_paths("c", np.array([-2.0]), first=7)
    box = path.get_extents()
    assert letter == "C"
    assert (box.y0, box.y1) == pytest.approx((-2.0, 0.0), abs=1e-6)
    assert (box.x0, box.x1) == pytest.approx((7.04, 7.96), abs=1e-6)


def test_one_path_per_letter_and_none_for_zero_or_unknown_scores():
    paths = dict(letter_paths("ACGTAC", np.array([1.0, -2.0, 0.0, 0.5, np.nan, 3.0])))
    assert sorted(paths) == ["A", "C", "T"]
    assert len(paths["C"].codes) == 2 * len(outline("C")[1])


def test_letters_stand_upright_below_zero():
    # T is wide at its top: the crossbar lies next to zero when the letter hangs below it.
    [(_, path)] = letter_paths("T", np.array([-1.0]))
    top = path.vertices[path.vertices[:, 1] > -0.05]
    assert np.ptp(top[:, 0]) == pytest.approx(0.92)


def test_a_logo_is_four_compound_paths_whatever_its_length():
    [axes] = logos(figure(long_result(200)))
    assert len(letters(axes)) == 4


# --- words ------------------------------------------------------------------------------------------


def test_all_that_is_needed_to_read_the_scores_is_written():
    words = texts(figure(result()))
    for phrase in (
        "first",
        "predicted other, 75 %",
        "explained TATA promoter",
        "f(x) = 2",
        "f(baseline) = \N{MINUS SIGN}1",
        "completeness error 0.1",
        "integrated gradients",
        "baseline mask",
        "on special tokens",
        "log-odds for\n'TATA promoter'",
        "up: towards the explained class",
        "grey: no score",
    ):
        assert phrase in words


def test_the_error_of_the_scores_is_written_where_it_is_estimated():
    assert "estimated error 0.4 %" in texts(figure(result(relative_error=0.004)))
    assert "estimated error" not in texts(figure(result()))


def test_a_regression_has_no_class_to_push_towards():
    run = Run(output="logit", head="regression", labels=("expression",), tolerance=0.01)
    words = texts(figure(result(run=run, target="expression", predicted="expression")))
    assert "units of the output" in words
    assert "up: raises the output, down: lowers it" in words
    assert "explained class" not in words


def test_small_scores_have_numbers_of_their_own_on_the_axis():
    tiny = result()
    drawn = figure(replace(tiny, base_scores=1e-6 * tiny.base_scores))
    drawn.canvas.draw()
    assert not any(axes.yaxis.get_offset_text().get_text() for axes in drawn.axes)
    labels = [label.get_text() for axes in logos(drawn) for label in axes.get_yticklabels()]
    assert any("e\N{MINUS SIGN}0" in label for label in labels)


def test_what_is_unknown_is_not_written_as_a_number():
    words = texts(figure(result(f_input=np.nan, f_baseline=np.nan, delta=np.nan, run=Run(output="unknown"))))
    assert "nan" not in words
    assert "f(x) =" not in words
    assert "f(x) and f(baseline) were not recorded" in words


def test_remarks_on_a_result_are_written_and_none_where_all_is_well():
    bad = result(converged=False)
    assert bad.remarks[0] in texts(figure(bad)).replace("\n", " ")
    assert len(figure(result()).texts) < len(figure(bad).texts)


def test_methods_without_a_sign_are_told():
    unsigned = result(run=Run(method="saliency", signed=False), scores=(1.0,) * 6)
    assert "saliency: height is how much a base matters, without a sign" in texts(figure(unsigned))
    assert "up:" not in texts(figure(unsigned))


def test_long_names_are_cut_and_short_ones_are_not():
    assert figure(result(name="x" * 40)).texts[0].get_text() == "x" * 40
    assert figure(result(name="x" * 400)).texts[0].get_text().endswith("xxx...")


def test_dollar_signs_in_names_are_no_mathematics():
    drawing = figure(result(name="$x_{", target="$a$ {"))
    assert written(drawing, "png")
    assert "$x_{" in texts(drawing)


# --- axis -------------------------------------------------------------------------------------------


def test_bases_count_from_zero_from_the_origin_or_along_the_genome():
    item = result("A" * 20, np.ones(20))
    assert axis_ticks(item, 0, 20, 20) == (
        [0, 2, 4, 6, 8, 10, 12, 14, 16, 18],
        [str(i) for i in range(0, 20, 2)],
    )
    bases, labels = axis_ticks(replace(item, origin=10), 0, 20, 20)
    assert (bases[0], labels[0]) == (0, "\N{MINUS SIGN}10")
    assert labels[bases.index(12)] == "+2"
    plus = replace(item, interval=Interval("chr1", 999, 1019))
    assert axis_ticks(plus, 0, 20, 20)[1][:2] == ["1,000", "1,002"]
    minus = replace(item, interval=Interval("chr1", 999, 1019, "-"))
    assert axis_ticks(minus, 0, 20, 20) == (
        [1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
        [f"1,0{i:02d}" for i in range(18, -1, -2)],
    )


def test_layers_of_one_output_share_their_y_axis_and_others_do_not():
    small, large = result(scores=(0.1,) * 6), result(scores=(5.0,) * 6)
    other = replace(small, run=Run(output="probability"))
    first, second, third = logos(figure({"a": small, "b": large, "c": other}))
    assert first.get_ylim() == second.get_ylim() == pytest.approx((0, 5.25))
    assert third.get_ylim() == pytest.approx((0, 0.105))


def test_a_window_shows_its_bases_only():
    [axes] = logos(figure(long_result(200), window=(40, 60)))
    assert axes.get_xlim() == (40, 60)


# --- shape ------------------------------------------------------------------------------------------


def test_long_sequences_are_wrapped_and_very_long_ones_become_a_profile():
    wrapped = logos(figure(long_result(1000)))
    assert [axes.get_xlim() for axes in wrapped] == [(0, 250), (250, 500), (500, 750), (750, 1000)]
    [profile] = logos(figure(long_result(6000)))
    assert len(letters(profile)) == 2


def test_rows_and_style_can_be_chosen():
    assert len(logos(figure(long_result(100), rows=3))) == 3
    assert len(letters(logos(figure(long_result(100), style="profile"))[0])) == 2


def test_tokens_and_tracks_have_their_own_strips():
    item = result(tracks=(Track("planted", ((1, 3, "box"),)), Track("elsewhere", ())))
    plain, full = figure(item), figure(item, tokens=True)
    assert "planted" in texts(plain)
    assert "box" in texts(plain)
    assert "elsewhere" not in texts(plain)
    assert len(full.axes) == len(plain.axes) + 1
    assert any(
        isinstance(a, Rectangle) and a.get_x() == 1 and a.get_width() == 2
        for a in plain.axes[1].get_children()
    )


def test_overlapping_tokens_take_as_many_lanes_as_overlap():
    kmers = result(
        tokens=("ACG", "CGT", "GTA", "TAC"), spans=((0, 3), (1, 4), (2, 5), (3, 6)), token_scores=np.ones(4)
    )
    assert _lanes(kmers) == [0, 1, 2, 0]


def test_several_sequences_and_a_comparison_stand_below_each_other():
    items = Attributions([result(), result(name="second")])
    assert len(logos(figure(items))) == 2
    compared = figure({"mask": items, "pad": items})
    assert len(logos(compared)) == 4
    assert texts(compared).count("predicted other") == 2  # once for each sequence, not for each track


def test_a_caption_says_once_what_all_tracks_share():
    known = {"integral": result(), "quick": result(run=Run(method="deeplift", baseline="mask"))}
    words = texts(figure(known))
    assert words.count("predicted other") == words.count("baseline mask") == 1
    assert "integral: integrated gradients" in words
    assert "quick: DeepLIFT ranks the bases" in words


def test_scores_that_are_all_zero_or_unknown_are_drawn_without_complaint():
    assert written(figure(result(scores=(0.0,) * 6)), "png")
    assert written(figure(result(scores=(np.nan,) * 6, token_scores=np.full(8, np.nan)), tokens=True), "png")


# --- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_same_results_make_the_same_file(kind):
    assert written(figure(result(), tokens=True), kind) == written(figure(result(), tokens=True), kind)


def test_svg_needs_no_font(tmp_path):
    path = tmp_path / "a.svg"
    figure(result()).savefig(path)
    drawing = path.read_text()
    assert "<text" not in drawing
    assert "<dc:date>" not in drawing


def test_pyplot_is_not_touched():
    figure(result())
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


# --- mistakes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "options", "sentence"),
    [
        ([], {}, "nothing to draw"),
        (result(), {"window": (2, 9)}, r"window 2-9 is not within 'first', which has 6 bases"),
        (result(), {"window": (3, 3)}, "window 3-3"),
        (result(), {"rows": 0}, "`rows` must be at least 1"),
        (result(), {"style": "heat"}, "no style 'heat'"),
        ([result()] * 101, {}, "101 sequences is too tall"),
        ({"a": [result()], "b": []}, {}, "numbers differ"),
        ({"a": result(), "b": result("TTTTTT")}, {}, "other letters in another layer"),
    ],
)
def test_mistakes_are_told(drawn, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        figure(drawn, **options)


@pytest.mark.parametrize("width", [float("inf"), float("nan"), 0, -1, 1e9])
def test_a_width_that_no_picture_has_is_told(width):
    with pytest.raises(ValueError, match=r"`width` must be a number of inches, at most 200"):
        figure(make(12, box=False), width=width)
