"""The words on a static figure: what was explained and how, the units, and the numbers of the bases."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from captum_dna.core.options import UNITS

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution


def facts(name: str, layer: Attribution) -> str:
    """Return the line under which scores are to be read."""
    run = layer.run
    known = np.isfinite([layer.f_input, layer.f_baseline, layer.delta])
    predicted = layer.predicted
    if np.isfinite(layer.probability):
        predicted = (
            f"{layer.probability:.3g}" if layer.regression else f"{predicted} ({layer.probability:.3g})"
        )
    facts = [
        f"predicted {predicted}",
        f"explained {layer.explained}",
        f"{len(layer.windows)} windows of {len(layer.windows[0])} bases" if layer.windows else "",
        f"f(x) = {layer.f_input:.3g}" if known[0] else _by_window([w.f_input for w in layer.windows]),
        f"f(baseline) = {layer.f_baseline:.3g}" if known[1] else "",
        f"{'largest ' if layer.windows else ''}completeness error {layer.delta:.1g}" if known[2] else "",
        run.method_in_words,
        f"baseline {run.baseline}" if known[1] or (layer.windows and known[2]) else "",
        f"{layer.special_share:.0%} on special tokens" if np.isfinite(layer.special_share) else "",
    ]
    unbroken = [fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts if fact]
    line = "\N{NO-BREAK SPACE}\N{MIDDLE DOT} ".join(unbroken).replace(
        "=\N{NO-BREAK SPACE}-", "=\N{NO-BREAK SPACE}\N{MINUS SIGN}"
    )
    return f"{name}: {line}" if name else line


def _by_window(values: list[float]) -> str:
    """Return the range of what each window has of its own."""
    if not values:
        return ""
    low, high = (f"{value:.3g}".replace("-", "\N{MINUS SIGN}") for value in (min(values), max(values)))
    return f"f(x) = {low} to {high} by window"


def unit_of(layer: Attribution) -> str:
    """Return the y axis's label: the output, and of which class."""
    output = f"{'change of ' if layer.run.difference else ''}{UNITS.get(layer.output, layer.output)}"
    target = (
        textwrap.shorten(layer.target, 26, placeholder="...") if " " in layer.target else layer.target[:26]
    )
    return f"{output} for\n'{target}'" if target and layer.output in UNITS else output


def meaning(layers: list[Attribution], *, tokens: bool) -> str:
    """Say what up and down mean."""
    signs = {layer.run.signed for layer in layers}
    said = "up: pushes towards the class explained, down: pushes away from it" if True in signs else ""
    if False in signs:
        unsigned = sorted({layer.run.method_in_words for layer in layers if not layer.run.signed})
        said += (
            "; " * bool(said) + f"{', '.join(unsigned)}: height tells how much a base matters, without a sign"
        )
    if tokens:
        said += "; tokens: blue towards, orange away, as dark as their score is large"
    if any(not np.isfinite(layer.base_scores).all() for layer in layers):
        said += "; grey: nothing known about the base"
    return said


def axis_title(item: Attribution) -> str:
    """Return what the numbers of the bases count, in few words."""
    if item.origin:
        return "from the origin"
    if item.interval is None:
        return "base, from 0"
    return item.interval.chromosome + (" (\N{MINUS SIGN})" if item.interval.strand == "-" else "")


def axis_ticks(item: Attribution, left: int, right: int, size: int) -> tuple[list[int], list[str]]:
    """Return the bases with round numbers among those from ``left`` to ``right``, and their labels.

    Parameters
    ----------
    item
        Whose interval or origin numbers the bases; without either they count from 0.
    left, right
        First base and the one after the last.
    size
        Bases of a full row, for which there are to be about ten labels.
    """
    step = max(1, int(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]).tick_values(0, size)[1]))
    numbers = [(base, _base_number(item, base)) for base in range(left, right)]
    chosen = [(base, number) for base, number in numbers if number % step == 0]
    sign = "+" if item.origin else ""
    return [b for b, _ in chosen], [
        f"{sign if number > 0 else ''}{number:,}".replace("-", "\N{MINUS SIGN}") for _, number in chosen
    ]


def _base_number(item: Attribution, base: int) -> int:
    """Return the number of a base: in the genome, counted from 1, or from the origin."""
    place = item.interval
    if place is None or item.origin:
        return base - item.origin
    return place.end - base if place.strand == "-" else place.start + 1 + base
