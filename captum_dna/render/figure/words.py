"""The words on a static figure: what was explained and how, the units, and the numbers of the bases."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from matplotlib.ticker import MaxNLocator

from captum_dna.core.axis import base_number
from captum_dna.core.numbers import fine_percent, percent
from captum_dna.core.options import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.attribution import Attribution

FACT = "fact"
"""What a line of a caption is that is no remark, beside the severities of remarks."""
_T = TypeVar("_T")


def caption(layers: dict[str, Attribution]) -> list[tuple[str, str]]:
    """Return what must be known to read the scores, line by line with its severity.

    What holds for all layers is said once, before what only one of them has under its name.
    """
    stated = {name: _facts(layer) for name, layer in layers.items()}
    noted = {name: [(one.text, str(one.severity)) for one in layer.caveats] for name, layer in layers.items()}
    shared = _in_all(stated.values())
    lines = [(_line(shared), FACT)] if shared else []
    for name, facts in stated.items():
        own = [fact for fact in facts if fact not in shared]
        if own:
            lines.append((f"{name}: {_line(own)}" if name else _line(own), FACT))
    everywhere = _in_all(noted.values())
    lines += everywhere
    for name, remarks in noted.items():
        own_remarks = [one for one in remarks if one not in everywhere]
        lines += [(f"{name}: {text}" if name else text, severity) for text, severity in own_remarks]
    return lines


def _in_all(lists: Iterable[list[_T]]) -> list[_T]:
    """Return the items of the first list that are in all others."""
    first, *others = lists
    return [item for item in first if all(item in other for other in others)]


def _line(facts: list[str]) -> str:
    """Return facts as one line that breaks between them."""
    unbroken = [fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts]
    return "\N{NO-BREAK SPACE}\N{MIDDLE DOT} ".join(unbroken)


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many digits and a true minus sign."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def _facts(layer: Attribution) -> list[str]:
    """Return the words and numbers under which scores are to be read."""
    run = layer.run
    known = np.isfinite([layer.f_input, layer.f_baseline, layer.delta])
    predicted = layer.predicted
    if np.isfinite(layer.probability):
        predicted = (
            f"{layer.probability:.3g}" if layer.regression else f"{predicted}, {percent(layer.probability)}"
        )
    said = [
        f"predicted {predicted}",
        f"explained {layer.explained}",
        f"{len(layer.windows)} windows of {len(layer.windows[0])} bases" if layer.windows else "",
        f"f(x) = {number(layer.f_input)}" if known[0] else _by_window([w.f_input for w in layer.windows]),
        f"f(baseline) = {number(layer.f_baseline)}" if known[1] else "",
        f"{'largest ' if layer.windows else ''}completeness error {number(layer.delta, 1)}"
        if known[2]
        else "",
        f"estimated error {fine_percent(layer.relative_error)}" if np.isfinite(layer.relative_error) else "",
        run.method_in_words,
        f"baseline {run.baseline}" if known[1] or (layer.windows and known[2]) else "",
        f"{percent(layer.special_share)} on special tokens" if np.isfinite(layer.special_share) else "",
    ]
    return [fact for fact in said if fact]


def _by_window(values: list[float]) -> str:
    """Return the range of what each window has of its own."""
    if not values:
        return ""
    low, high = number(min(values)), number(max(values))
    return f"f(x) = {low} to {high} by window"


def unit_of(layer: Attribution) -> str:
    """Return the y axis's label: the output, and of which class."""
    unit = "units of the output" if layer.regression else UNITS.get(layer.output, layer.output)
    output = f"{'change of ' if layer.run.difference else ''}{unit}"
    if layer.regression and len(layer.run.labels) <= 1:
        return output
    target = (
        textwrap.shorten(layer.target, 26, placeholder="...") if " " in layer.target else layer.target[:26]
    )
    return f"{output} for\n'{target}'" if target and layer.output in UNITS else output


def meaning(layers: list[Attribution], *, tokens: bool) -> str:
    """Say what up and down mean."""
    signs = {layer.run.signed for layer in layers}
    towards = (
        "up: raises the output, down: lowers it"
        if all(layer.regression for layer in layers)
        else "up: towards the explained class, down: away from it"
    )
    said = towards if True in signs else ""
    if False in signs:
        unsigned = sorted({layer.run.method_in_words for layer in layers if not layer.run.signed})
        said += (
            "; " * bool(said) + f"{', '.join(unsigned)}: height is how much a base matters, without a sign"
        )
    if tokens:
        said += "; tokens: blue towards, orange away, darker for larger scores"
    if any(not np.isfinite(layer.base_scores).all() for layer in layers):
        said += "; grey: no score"
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
    numbers = [(base, base_number(item, base)) for base in range(left, right)]
    chosen = [(base, number) for base, number in numbers if number % step == 0]
    sign = "+" if item.origin else ""
    return [b for b, _ in chosen], [
        f"{sign if number > 0 else ''}{number:,}".replace("-", "\N{MINUS SIGN}") for _, number in chosen
    ]
