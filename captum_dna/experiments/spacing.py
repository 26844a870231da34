"""``space()``: whether two motifs act together, and at which distance, in which order and orientation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.slips import names_slips
from captum_dna.core.words import counted
from captum_dna.experiments import words
from captum_dna.experiments.backgrounds import backgrounds_of, outputs_of_negatives
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.planting import Plant, check_fits, check_place, planted
from captum_dna.experiments.readout import OPTIONS, Readout
from captum_dna.experiments.result import About, Experiment, strongest
from captum_dna.experiments.statistics import SIGNIFICANT, is_tested, mean_interval, p_values, with_rates
from captum_dna.io.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.motif import MotifLike
    from captum_dna.experiments.planting import Planted
    from captum_dna.experiments.readout import ExperimentOptions

    Floats = NDArray[np.float64]

ORDERS = {"AB": "the first motif comes first", "BA": "the second motif comes first"}
PAIRS = {
    "++": "both as they are given",
    "+-": "motif_b reversed",
    "-+": "motif_a reversed",
    "--": "both reversed",
}
"""Orientations of motif_a and motif_b, in words."""

_FARTHEST = 30
"""Bases between the motifs, at most, where nobody says which."""


@dataclass(frozen=True, eq=False, repr=False)
class Spacing(Experiment):
    """What :func:`space` found: a row per order, orientation and distance.

    Parameters
    ----------
    interactions
        (N, rows) f(AB) - f(A) - f(B) + f(background) of each background.
    """

    interactions: Floats

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the interaction by distance, a line per order and orientation."""
        from captum_dna.experiments.pictures import along

        return along(
            self.table,
            "distance",
            ("order", "orientation"),
            (
                "bases between the motifs",
                f"interaction, {words.unit(self.about.output).removeprefix('the ')}",
            ),
            width,
        )


def space(
    model: ModelLike,
    motif_a: MotifLike,
    motif_b: MotifLike,
    backgrounds: SequencesLike,
    *,
    distances: Iterable[int] | None = None,
    orders: Iterable[str] = tuple(ORDERS),
    orientations: Iterable[str] = ("++",),
    position: int | None = None,
    shuffle: str | None = None,
    count: int | None = None,
    negatives: SequencesLike | None = None,
    **options: Unpack[ExperimentOptions],
) -> Spacing:
    """Plant two motifs together and alone, and measure what they do beyond the sum of both.

    The interaction is I(AB) - I(A) - I(B), where I is the mean change of the output over the backgrounds, and A and B
    alone stand where they stand together (global importance analysis, Koo et al. 2021,
    doi:10.1371/journal.pcbi.1008925). It is 0 for motifs that add up; the controls are both motifs alone.

    Parameters
    ----------
    model, backgrounds
        As for :func:`captum_dna.marginalize`.
    motif_a, motif_b
        Motifs as for :func:`captum_dna.marginalize`.
    distances
        Bases between the end of the one and the start of the other; by default 0 to 30, as far as they fit.
    orders
        ``"AB"``, ``"BA"`` or both.
    orientations
        ``"++"``, ``"+-"``, ``"-+"`` and ``"--"``: of motif_a and motif_b.
    position
        Base at which motif_a begins; motif_b then stands at the distances on either side of it. By default the longest
        pair stands in the middle.
    shuffle, count, negatives, **options
        As for :func:`captum_dna.marginalize`.

    Returns
    -------
    :class:`Spacing`. Columns of its table: ``order``, ``orientation``, ``distance``, ``effect_a``, ``effect_b``,
    ``effect_ab`` (mean changes), ``interaction`` with its 95 % interval over backgrounds ``low`` and ``high``, ``p``
    (that it is 0) and ``q`` (Benjamini-Hochberg over all rows).

    Raises
    ------
    UserError
        As for :func:`captum_dna.marginalize`, and a distance at which the pair does not fit.

    Examples
    --------
    >>> from captum_dna import demo, space
    >>> found = space("demo", "TATAAAAG", "GGGCGG", demo.designed()[:1], shuffle="gc_random", count=20,
    ...     distances=[5, 10], orders=["BA"], target="TATA promoter")
    >>> found.table["distance"].tolist()
    [5, 10]
    """
    motifs = {"A": Motif.of(motif_a, "motif_a"), "B": Motif.of(motif_b, "motif_b")}
    arranged = _chosen("order", orders, ORDERS), _chosen("orientation", orientations, PAIRS)
    readout, reading = Readout.of(model, options)
    items = backgrounds_of(readout, backgrounds, Reading.of(space, reading, OPTIONS), shuffle, count)
    for key, motif in motifs.items():
        check_fits(motif, items[0], f"motif_{key.lower()}")
    widths = motifs["A"].width, motifs["B"].width
    place = None if position is None else whole_number("position", position, 0)
    if place is not None:
        check_place(place, widths[0], items[0])
    room = min(_room(order, place, widths, len(items[0])) for order in arranged[0])
    gaps = _gaps(distances, room)
    middle = len(items[0]) // 2 - (sum(widths) + max(gaps)) // 2
    rows = []
    for order, pair, gap in product(*arranged, gaps):
        if order == "AB":
            at_a = middle if place is None else place
            at_b = at_a + widths[0] + gap
        else:
            at_b = middle if place is None else place - gap - widths[1]
            at_a = at_b + widths[1] + gap
        rows.append((order, pair, gap, Plant(at_a, "A", pair[0]), Plant(at_b, "B", pair[1])))
    constructs = [frozenset(some) for *_, a, b in rows for some in ({a}, {b}, {a, b})]
    below = outputs_of_negatives(readout, negatives)
    names = {key: motif.name for key, motif in motifs.items()}

    def made(found: Planted) -> Spacing:
        import pandas as pd

        alone_a = np.stack([found.change(frozenset({a})) for *_, a, _ in rows], axis=1)
        alone_b = np.stack([found.change(frozenset({b})) for *_, b in rows], axis=1)
        together = np.stack([found.change(frozenset({a, b})) for *_, a, b in rows], axis=1)
        interactions = together - alone_a - alone_b
        low, high = mean_interval(interactions, readout.seed)
        table = with_rates(
            pd.DataFrame(
                {
                    "order": [row[0] for row in rows],
                    "orientation": [row[1] for row in rows],
                    "distance": [row[2] for row in rows],
                    "effect_a": alone_a.mean(axis=0),
                    "effect_b": alone_b.mean(axis=0),
                    "effect_ab": together.mean(axis=0),
                    "interaction": interactions.mean(axis=0),
                    "low": low,
                    "high": high,
                    "p": p_values(interactions),
                }
            )
        )
        about = found.about("space", readout, shuffle, motif_a=names["A"], motif_b=names["B"])
        sentence = _sentence(table, names, about)
        return Spacing(table, about, found.caveats(about), (sentence,), interactions)

    return made(planted(readout, items, motifs, constructs, below, so_far=readout.shows(made)))


def _chosen(what: str, given: Iterable[str], known: dict[str, str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys((given,) if isinstance(given, str) else given))
    for one in chosen or ("",):
        check_name(what, one, known, option=f"{what}s")
    return chosen


def _room(order: str, place: int | None, widths: tuple[int, int], length: int) -> int:
    """Return the bases that may lie between the motifs in an order; negative where the pair does not fit at all."""
    if place is None:
        return length - sum(widths)
    return length - place - sum(widths) if order == "AB" else place - widths[1]


def _gaps(distances: Iterable[int] | None, room: int) -> list[int]:
    """Return the distances asked for, once it is known that the pair fits at all of them."""
    if room < 0:
        raise SequenceError(
            f"The two motifs together are {counted(-room, 'base')} longer than the backgrounds have room for. Give longer "
            "backgrounds, another `position`, or one of the `orders`."
        )
    if distances is None:
        return list(range(min(_FARTHEST, room) + 1))
    gaps = [whole_number("distances", one, 0) for one in distances]
    if not gaps:
        raise UserError("`distances` is empty.", option="distances")
    if max(gaps) > room:
        raise SequenceError(
            f"`distances` reaches {max(gaps)}, and the backgrounds have room for {room} bases between the motifs. Give "
            "longer backgrounds or shorter distances.",
            option="distances",
        )
    return gaps


def _sentence(table: pd.DataFrame, names: dict[str, str], about: About) -> str:
    best = strongest(table, "interaction")
    beyond = table[table["q"] < SIGNIFICANT]
    first, second = (names[key] for key in best.order)
    apart = counted(int(best.distance), "base")
    said = (
        f"{first} {apart} before {second} ({best.orientation}) change {words.unit(about.output)} "
        f"of '{about.target}' by {words.number(best.interaction)}{words.between(best.low, best.high)} beyond the sum "
        f"of both alone ({words.number(best.effect_a)} and {words.number(best.effect_b)})"
    )
    if not is_tested(table):
        return f"{said}. Whether any arrangement differs from a sum was not tested."
    if not len(beyond):
        return f"{said}; no arrangement differs from a sum."
    near, far = int(beyond["distance"].min()), int(beyond["distance"].max())
    verb = "differs" if len(beyond) == 1 else "differ"
    where = f"{near}" if near == far else f"{near} to {far}"
    return f"{said}; {len(beyond)} of {len(table)} arrangements {verb} from a sum, at {where} bases."
