"""One file that says what a whole run found, how it was made, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from captum_dna.core.attribution import Attribution, results_given
from captum_dna.core.axis import base_name
from captum_dna.core.numbers import fine_percent, percent
from captum_dna.core.paths import at_home
from captum_dna.core.slips import names_slips
from captum_dna.io.frames import summary_frame
from captum_dna.io.writing import check_writable, write_text
from captum_dna.methods.choice import citation_of
from captum_dna.render.page import bundle, policy_hash, style_sheet
from captum_dna.render.view import View
from captum_dna.reporting.charts import bar_chart, line_chart, scatter_chart
from captum_dna.reporting.measured import agreement
from captum_dna.reporting.provenance import recipe
from captum_dna.reporting.summary import TEST, Scored, kmers, profiles
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Run
    from captum_dna.evaluation.result import Evaluation

    Floats = NDArray[np.float64]

_KMERS = 20
"""Rows of the table of k-mers."""
_WEAK = {"weak_signal", "nothing_to_explain"}
"""Codes of the remarks that count as a weak signal."""
_DECADES = (-5, 1)
"""Powers of ten that the histogram of errors spans."""
_BARS_PER_DECADE = 4


@names_slips
def report(
    results: Attribution | Attributions,
    path: str | Path,
    *,
    title: str = "What the model read",
    pictures: int = 10,
    rows: int = 10_000,
    k: int = 6,
    faithfulness: Evaluation | None = None,
) -> Path:
    """Write a report of a run as one HTML file that needs nothing but itself.

    Parameters
    ----------
    results
        Results whose scores have one unit (one ``output``).
    path
        The file to write; its name ends in ``.html``.
    title
        Heading of the report.
    pictures
        Draw the so many sequences whose f(x) is furthest from f(baseline).
    rows
        The table lists at most so many sequences, in the order of the results, and says so.
    k
        Length of the k-mers that are counted, 3 to 8.
    faithfulness
        What :func:`captum_dna.evaluate` returned, to be shown as well.

    Returns
    -------
    The path.

    Raises
    ------
    ValueError
        There are no results, their scores have different units, or the file cannot be written.

    Examples
    --------
    >>> import captum_dna, tempfile
    >>> results = captum_dna.attribute("demo", "GCGCCTATAAAAGGCGGCACG" * 4)
    >>> captum_dna.report(results, tempfile.mkdtemp() + "/report.html").name
    'report.html'
    """
    items = Attributions(results_given("results", results))
    target = at_home(path)
    _check(items, target, pictures, rows, k)
    write_text(target, _html(items, title, pictures, rows, k, faithfulness))
    return target


def _check(items: Attributions, target: Path, pictures: int, rows: int, k: int) -> None:
    if not len(items):
        raise ValueError("There are no results to report on. Explain some sequences first.")
    outputs = sorted({item.output for item in items})
    if len(outputs) > 1:
        raise ValueError(
            f"These scores have different units ({', '.join(outputs)}), so they cannot share a figure. "
            "Write a report for each."
        )
    if target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"Cannot write a report as '{target}': the name must end in .html.")
    if pictures < 0 or rows < 0:
        raise ValueError("pictures and rows must be 0 or more.")
    if not 3 <= k <= 8:
        raise ValueError(f"k must be a length from 3 to 8, not {k}.")
    check_writable(target)


def _html(
    items: Attributions, title: str, pictures: int, rows: int, k: int, faithfulness: Evaluation | None
) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = _number
    environment.filters["share"] = lambda value: "" if not math.isfinite(value) else percent(value)
    environment.filters["error"] = lambda value: "" if not math.isfinite(value) else fine_percent(value)
    template = environment.from_string(
        files("captum_dna.templates").joinpath("report.html").read_text(encoding="utf-8")
    )
    style = style_sheet("element/page.css", "report/report.css")
    script = bundle("report/report.js")
    scored = [_scored(item) for item in items]
    strongest = _strongest(items, pictures)
    return template.render(
        title=title,
        style=Markup(style),  # noqa: S704 - our own files
        style_hash=policy_hash(style),
        script=Markup(script),  # noqa: S704 - our own files
        script_hash=policy_hash(script),
        facts=_facts(items),
        remarks=items.caveats,
        pictures=Markup(View(strongest).html(script=False)) if len(strongest) else "",  # noqa: S704 - View escapes
        drawn=len(strongest),
        count=len(items),
        profiles=_profiles(items, scored),
        errors=_errors(items),
        confusion=_confusion(items),
        measured=_measured(items),
        regression=items[0].regression,
        kmers=kmers(scored, k)[:_KMERS],
        k=k,
        test=TEST,
        faithfulness=_faithfulness(faithfulness),
        table=_rows(items[:rows]),
        runs=[_provenance(run) for run in _runs(items)],
        recipe=recipe(items),
        unit=items[0].output.replace("_", "-"),
    )


def _facts(items: Attributions) -> list[tuple[str, str]]:
    """Return the words and numbers at the head of the report."""
    runs = _runs(items)

    def named(name: str) -> str:
        return ", ".join(dict.fromkeys(str(getattr(run, name)).replace("_", " ") for run in runs))

    targets = list(dict.fromkeys(item.explained for item in items))
    known = [item.correct for item in items if item.correct is not None]
    special = np.array([item.special_share for item in items])
    special = special[np.isfinite(special)]
    facts = [
        ("Sequences", f"{len(items):,}"),
        ("Model", ", ".join(dict.fromkeys(run.model or "without a name" for run in runs))),
        ("Method", ", ".join(dict.fromkeys(run.method_in_words for run in runs))),
        ("Baseline", named("baseline")),
        (
            "Explained" if items[0].regression else "Class explained",
            ", ".join(targets) if len(targets) <= 4 else f"{len(targets)} classes",
        ),
        ("Output", named("output").replace("log odds", "log-odds")),
        (
            "Tolerance",
            ", ".join(
                dict.fromkeys(
                    "preview" if r.tolerance is None else f"{100 * r.tolerance:.3g} %" for r in runs
                )
            ),
        ),
        ("Strands", named("strands")),
    ]
    whole = [item for item in items if item.run.complete and item.run.tolerance is not None]
    if whole:
        facts.append(("Scores within tolerance", _of(sum(item.converged for item in whole), len(whole))))
    if len(special):
        facts.append(("Score on special tokens, median", percent(float(np.median(special)))))
    if known:
        facts.append(("Predicted correctly", _of(sum(known), len(known))))
    if pairs := _pairs(items):
        facts.append(("Measured and predicted", str(agreement(pairs))))
    weak = sum(any(remark.code in _WEAK for remark in item.caveats) for item in items)
    facts.append(("Weak signal", _of(weak, len(items))))
    return facts


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({percent(part / whole)})"


def _strongest(items: Attributions, most: int) -> Attributions:
    difference = np.array([abs(item.f_input - item.f_baseline) for item in items])
    largest = np.array(
        [np.abs(item.base_scores[np.isfinite(item.base_scores)]).max(initial=0) for item in items]
    )
    strength = np.where(np.isfinite(difference), difference, largest)
    return Attributions(items[int(i)] for i in np.argsort(-strength, kind="stable")[:most])


def _scored(item: Attribution) -> Scored:
    groups = [("all", "all sequences")]
    if not item.regression:
        groups.append(("predicted", f"predicted {item.predicted}"))
    if item.correct is not None:
        groups += [("true", f"true {item.true_label}"), ("correct", "right" if item.correct else "wrong")]
    return Scored(item.sequence, np.asarray(item.base_scores), item.origin, tuple(groups))


def _profiles(items: Attributions, scored: list[Scored]) -> Sequence[Mapping[str, object]]:
    """Return a figure per grouping that tells sequences apart, the one of all sequences first."""
    start, drawn = profiles(scored)
    without = sum(not item.origin for item in items)
    axis = "position from the start" if without == len(items) else "position, 0 is the origin"
    if 0 < without < len(items):
        axis += f" ({without} without an origin left out)"
    titles = {
        "all": "All sequences",
        "predicted": "By predicted class",
        "true": "By true class",
        "correct": "Right and wrong",
    }
    figures = []
    for group, title in titles.items():
        members = [one for one in drawn if one["group"] == group]
        if not members or (group != "all" and len(members) < 2):
            continue
        curves = [(one["name"], one["scores"]) for one in members]
        figures.append(
            {
                "title": title,
                "svg": line_chart(start, curves, axis, "mean score"),
                "legend": [(one["name"], one["count"]) for one in members],
            }
        )
    return figures


def _errors(items: Attributions) -> dict[str, object] | None:
    """Return the distribution of the scores' estimated error; where no method told it, of the completeness error."""
    estimated = np.array([item.relative_error for item in items])
    is_told = bool(np.isfinite(estimated).any())
    shares = estimated if is_told else _completeness_errors(items)
    shares = shares[np.isfinite(shares)]
    if not len(shares):
        return None
    low, high = _DECADES
    size = (high - low) * _BARS_PER_DECADE
    places = np.clip((np.log10(np.maximum(shares, 1e-30)) - low) * _BARS_PER_DECADE, 0, size - 1).astype(int)
    tolerances = {item.run.tolerance for item in items}
    tolerance = tolerances.pop() if len(tolerances) == 1 else None
    mark = None if tolerance is None else (math.log10(tolerance) - low) * _BARS_PER_DECADE
    ticks = [((power - low) * _BARS_PER_DECADE, f"{100 * 10.0**power:g} %") for power in range(low, high)]
    counts = np.bincount(places, minlength=size).tolist()
    return {
        "name": "Estimated error of the scores" if is_told else "Completeness error",
        "svg": bar_chart(
            counts,
            ticks,
            "estimated error, as a share of the scores"
            if is_told
            else "completeness error, as a share of f(x) - f(baseline)",
            mark,
        ),
        "median": float(np.median(shares)),
        "largest": float(shares.max()),
        "tolerance": tolerance,
    }


def _completeness_errors(items: Attributions) -> Floats:
    """Return delta as a share of f(x) - f(baseline), where there is one."""
    return np.array(
        [
            abs(item.delta) / abs(item.f_input - item.f_baseline)
            for item in items
            if math.isfinite(item.delta) and item.f_input != item.f_baseline
        ]
    )


def _rows(items: Attributions) -> list[dict[Hashable, object]]:
    """Return what the table says of each sequence, its top base numbered as the picture numbers it."""
    return [
        row
        | {
            "top_base": base_name(item, int(row["peak_position"]) - 1)
            if math.isfinite(row["peak_score"])
            else ""
        }
        for item, row in zip(items, summary_frame(items).to_dict("records"), strict=True)
    ]


def _confusion(items: Attributions) -> dict[str, object] | None:
    known = [(item.true_label, item.predicted) for item in items if item.correct is not None]
    if not known:
        return None
    labels = list(dict.fromkeys([label for pair in known for label in pair if label is not None]))
    order = [label for label in items[0].run.labels if label in labels]
    labels = [*order, *(label for label in labels if label not in order)]
    rows = [(true, [known.count((true, predicted)) for predicted in labels]) for true in labels]
    return {"labels": labels, "rows": rows, "known": len(known)}


def _pairs(items: Attributions) -> list[tuple[float, float]]:
    """Return the measured and the predicted value of each sequence of a regression that has both."""
    return [(item.measured, item.probability) for item in items if item.measured is not None]


def _measured(items: Attributions) -> dict[str, object] | None:
    pairs = _pairs(items)
    if not pairs:
        return None
    found = agreement(pairs)
    svg = scatter_chart(found.measured, found.predicted, "measured", "predicted")
    return {"svg": svg, "words": str(found)}


def _faithfulness(evaluation: Evaluation | None) -> dict[str, object] | None:
    if evaluation is None:
        return None
    from captum_dna.evaluation.result import better

    table = evaluation.table
    columns = [column for column in table.columns if column != "signed"]
    return {
        "columns": [(column, better()[column]) for column in columns],
        "rows": [(str(label), [float(row[column]) for column in columns]) for label, row in table.iterrows()],
        "note": evaluation.note(),
    }


def _provenance(run: Run) -> list[tuple[str, str]]:
    told = asdict(run)
    versions = told.pop("versions")
    rows = [("cite the method as", citation_of(run.method))]
    for name, value in told.items():
        text = ", ".join(value) if isinstance(value, tuple) else value
        if isinstance(text, dict):
            text = ", ".join(f"{key}={held}" for key, held in text.items())
        rows.append((name.replace("_", " "), str(text)))
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in versions.items())))
    return [(name, text) for name, text in rows if text not in ("", "None")]


def _runs(items: Attributions) -> list[Run]:
    found: list[Run] = []
    for item in items:
        if not any(item.run is run or item.run == run for run in found):
            found.append(item.run)
    return found


def _number(value: object) -> str:
    """Return a number in three significant digits; nothing for what is missing."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return ""
    return f"{value:.3g}"
