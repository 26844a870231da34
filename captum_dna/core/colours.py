"""The colours that Python draws with: those of ``static/element/colours.js``, on paper."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TypedDict


class Theme(TypedDict):
    """The colours of one kind of paper, by use; those that Python does not name are texts as well."""

    towards: str
    away: str
    bases: dict[str, str]
    face: dict[str, str]
    series: list[str]


def _read() -> dict[str, Theme]:
    """Return the colours by theme: what stands between the outer braces is JSON."""
    text = files("captum_dna.static").joinpath("element/colours.js").read_text(encoding="utf-8")
    themes: dict[str, Theme] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return themes


THEMES = _read()
"""By theme (``"light"`` and ``"dark"``) and use: ``"bases"`` by letter, ``"face"`` of pages, ``"series"`` of lines."""

BASE_COLORS = THEMES["light"]["bases"]
"""Of A, C, G, T, U, and of N for all other letters."""

TOWARDS = THEMES["light"]["towards"]
AWAY = THEMES["light"]["away"]
"""Of scores that push towards the class explained and away from it."""


def variables(theme: str) -> str:
    """Return the colours of a theme as declarations of a style sheet: ``--paper: #ffffff; ...``."""
    colors = THEMES[theme]
    named = {name: value for name, value in colors.items() if isinstance(value, str)} | colors["face"]
    named |= {base.lower(): colors["bases"][base] for base in "ACGT"}
    named |= {f"series-{i}": color for i, color in enumerate(colors["series"])}
    return " ".join(f"--{name}: {value};" for name, value in named.items())


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255.

    Examples
    --------
    >>> rgb("#1a66b3")
    (26, 102, 179)
    """
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
