"""One file of colours for every face: readable on both papers, and told apart by colour-blind readers."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from captum_dna.core.colours import THEMES, rgb
from captum_dna.render.page import style_sheet

STATIC = Path(__file__).parents[2] / "static"
TEXT = 4.5
"""Least contrast of text on its paper (WCAG 2.2, level AA)."""
TOLD_APART = 14
"""Least difference in CIELAB of two bases as a colour-blind reader sees them; 2 is just noticeable."""

# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.
SEEN = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    shares = np.array(rgb(color)) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(light):
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    share = np.array(matrix) @ light / [0.9505, 1, 1.089]
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_letters_are_readable_on_their_paper(theme):
    colors = THEMES[theme]
    texts = {name: colors[name] for name in ("ink", "muted", "towards", "away")} | colors["bases"]
    assert {
        name: contrast(c, colors["paper"]) for name, c in texts.items() if contrast(c, colors["paper"]) < TEXT
    } == {}


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("theme", THEMES)
def test_bases_and_sides_are_told_apart(theme, seen):
    colors = THEMES[theme]
    pairs = [
        *combinations([colors["bases"][base] for base in "ACGT"], 2),
        (colors["towards"], colors["away"]),
    ]
    for pair in pairs:
        one, other = (lab(np.clip(np.array(SEEN[seen]) @ linear(color), 0, 1)) for color in pair)
        assert np.linalg.norm(one - other) > TOLD_APART, pair


def test_both_themes_have_the_same_uses():
    assert THEMES["light"].keys() == THEMES["dark"].keys()
    assert THEMES["light"]["bases"].keys() == THEMES["dark"]["bases"].keys()


@pytest.mark.parametrize("sheet", ["viewer/viewer.css", "report/report.css", "element/page.css"])
def test_style_sheets_take_every_colour_that_they_name_from_the_file(sheet):
    css = style_sheet(sheet)
    defined = set(re.findall(r"--([\w-]+):", css)) | {"swatch"}
    assert set(re.findall(r"var\(--([\w-]+)", css)) <= defined
    for theme in THEMES:
        assert f"--a: {THEMES[theme]['bases']['A']};" in css


def test_no_style_sheet_writes_a_colour_out():
    for path in STATIC.rglob("*.css"):
        assert not re.findall(r"#[0-9a-f]{3,8}\b", path.read_text(encoding="utf-8")), path
    element = (STATIC / "element" / "style.js").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-f]{3,8}\b", element)


def test_no_colour_of_a_base_stands_anywhere_else():
    bases = {color for theme in THEMES.values() for color in theme["bases"].values()}
    root = STATIC.parent
    for path in (*STATIC.rglob("*.js"), *STATIC.rglob("*.css"), *(root / "captum_dna").rglob("*.py")):
        if path != STATIC / "element" / "colours.js":
            assert not bases & set(re.findall(r"#\w{6}", path.read_text(encoding="utf-8"))), path
