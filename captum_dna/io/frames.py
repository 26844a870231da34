"""Results as pandas tables, for people who go on in pandas, R or a spreadsheet."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from captum_dna.core.agreement import top_bases
from captum_dna.core.checks import check_name
from captum_dna.core.letters import BASES
from captum_dna.core.spread import mean_of_known, shares_of
from captum_dna.core.written import number
from captum_dna.io.arrays import NO_HYPOTHETICAL, one_hot
from captum_dna.io.error_bars import ERROR_BARS, values_of
from captum_dna.io.exporters import SEPARATORS, Exporter
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from captum_dna.core.attribution import Attribution

_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a cell begins with that spreadsheets may take for a formula, full-width forms included."""

FRAME_SUFFIXES = (*SEPARATORS, ".parquet")
"""Suffixes of the files that a data frame is written to."""

SUMMARY_COLUMNS = {
    "name": "name of the sequence",
    "length": "number of bases",
    "true": "the true class, or the measured value that a regression predicts; missing where it is unknown",
    "predicted": "the predicted class, or the value that a regression predicts",
    "probability": "probability of the predicted class; missing for a regression",
    "correct": "whether the prediction is right; missing where the truth is unknown, and for a regression",
    "target": "the class explained",
    "output": "the scalar explained, and the unit of all scores",
    "f_input": "the output at the sequence",
    "f_baseline": "the output at the baseline",
    "delta": "sum of the token scores minus (f_input - f_baseline)",
    "relative_error": "what the scores may be off by, as a share of their L2 norm; missing where that is unknown",
    "converged": "whether the scores are within the tolerance asked for",
    "evaluations": "forward passes spent on the sequence",
    "method": "how the scores were made",
    "baseline": "what the sequence was compared with",
    "special_share": "share of special tokens in the sum of absolute token scores",
    "peak_position": "base with the largest score by magnitude, counted from 1",
    "peak_score": "its score",
    "strongest_kmer": "letters whose token has the largest score by magnitude (the summed score per text)",
}
"""What each column of :func:`summary_frame` says."""

SPREAD_COLUMNS = {
    "repetitions": "other explanations of the sequence, each with one choice changed",
    "depends_on": "the cause with the largest share of the spread",
    "share": "its share",
    "agreement": "mean correlation of the other explanations with the scores",
    "overlap": "mean share of the top-scoring tenth of bases that they have in common with it",
    "stable": "share of that tenth whose sign is stable",
}
"""What is added to :func:`summary_frame` where explanations were repeated."""

CAUSE_COLUMNS = {
    "cause": "what was changed",
    "values": "values tried, without the explanation's own",
    "share": "share of the spread, which is the variance summed over all bases",
    "sd": "standard deviation of a base's score, root mean square over all bases, in units of the output",
    "agreement": "mean correlation with the scores",
    "overlap": "mean share of the top-scoring tenth of bases in common",
}
"""What each column of :func:`cause_frame` says."""


def summary_frame(attributions: Iterable[Attribution]) -> pd.DataFrame:
    """Return one row per sequence: the words and numbers of the headline, and where the peak is.

    Parameters
    ----------
    attributions
        Results of one run or several.

    Returns
    -------
    A data frame with the columns of :data:`SUMMARY_COLUMNS`, and those of :data:`SPREAD_COLUMNS` where explanations were
    repeated. Positions count from 1.
    """
    import pandas as pd

    items = list(attributions)
    repeated = any(item.spread for item in items)
    rows = [_summary(item) | (_spread(item) if repeated else {}) for item in items]
    columns = [*SUMMARY_COLUMNS, *(SPREAD_COLUMNS if repeated else ())]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    frame["correct"] = frame["correct"].astype("boolean")
    frame["peak_position"] = frame["peak_position"].astype("Int64")
    return frame


def base_frame(attributions: Iterable[Attribution]) -> pd.DataFrame:
    """Return one row per base: ``name``, ``position`` (counted from 1), ``base`` and ``score``.

    Scores are signed and in units of the output; NaN where nothing is known about a base. Where explanations were
    repeated, the columns of :data:`captum_dna.io.error_bars.ERROR_BARS` follow.
    """
    import pandas as pd

    items = list(attributions)
    lengths = [len(item) for item in items]
    frame: pd.DataFrame = pd.DataFrame(
        {
            "name": np.repeat(np.array([item.name for item in items], dtype=object), lengths),
            "position": np.concatenate([np.empty(0, np.int64), *(np.arange(1, n + 1) for n in lengths)]),
            "base": list("".join(item.sequence for item in items)),
            "score": np.concatenate([np.empty(0), *(item.base_scores for item in items)]),
        }
    )
    if any(item.spread for item in items):
        for name in ERROR_BARS:
            frame[name] = np.concatenate([values_of(item, name) for item in items])
    return frame


def token_frame(attributions: Iterable[Attribution]) -> pd.DataFrame:
    """Return one row per token: ``name``, ``index`` (from 0), ``token``, ``start``, ``end``, ``letters`` and ``score``.

    ``start`` and ``end`` are 0-based and half-open; they and the letters are missing for special tokens. Scores are signed
    and in units of the output; NaN where the method scores bases only.
    """
    import pandas as pd

    items = list(attributions)
    counts = [len(item.tokens) for item in items]
    spans = [(item.sequence, span) for item in items for span in item.spans]
    frame: pd.DataFrame = pd.DataFrame(
        {
            "name": np.repeat(np.array([item.name for item in items], dtype=object), counts),
            "index": np.concatenate([np.empty(0, np.int64), *map(np.arange, counts)]),
            "token": [token for item in items for token in item.tokens],
            "start": pd.array([span and span[0] for _, span in spans], "Int64"),
            "end": pd.array([span and span[1] for _, span in spans], "Int64"),
            "letters": [None if span is None else letters[slice(*span)] for letters, span in spans],
            "score": np.concatenate([np.empty(0), *(item.token_scores for item in items)]),
        }
    )
    return frame


def logo_frame(item: Attribution, *, hypothetical: bool = False) -> pd.DataFrame:
    """Return the scores of a sequence as ``logomaker.Logo`` takes them: a row per base, the columns A, C, G and T.

    A base's score stands in the column of its letter. Letters that are no single base have 0 everywhere, as have bases
    without a score. Rows count as the picture does: from the sequence's origin.

    Parameters
    ----------
    item
        One result.
    hypothetical
        What each base would have scored as each letter, instead.

    Raises
    ------
    ValueError
        The method does not tell hypothetical scores.
    """
    import pandas as pd

    scores = item.hypothetical if hypothetical else one_hot(item.sequence) * np.nan_to_num(item.base_scores)
    if scores is None:
        raise ValueError(NO_HYPOTHETICAL.format(method=item.method))
    index = pd.RangeIndex(-item.origin, len(item) - item.origin, name="pos")
    frame: pd.DataFrame = pd.DataFrame(scores.T.astype(np.float64), index=index, columns=list(BASES))
    return frame


def cause_frame(attributions: Iterable[Attribution]) -> pd.DataFrame:
    """Return one row per cause that explanations were repeated over, with the columns of :data:`CAUSE_COLUMNS`.

    Raises
    ------
    ValueError
        No explanation was repeated.
    """
    import pandas as pd

    spreads = [item.spread for item in attributions if item.spread is not None]
    if not spreads:
        raise ValueError(
            "No explanation was repeated, so there are no causes to compare. Attribute with `over=`."
        )
    rows = []
    for cause, share in shares_of(spreads).items():
        own = [spread for spread in spreads if cause in spread.tried]
        variance = np.concatenate([spread.variances[list(spread.tried).index(cause)] for spread in own])
        rows.append(
            {
                "cause": cause,
                "values": len(own[0].tried[cause]),
                "share": share,
                "sd": float(np.sqrt(mean_of_known(variance))),
                "agreement": mean_of_known(np.concatenate([one.pearson[one.of(cause)] for one in own])),
                "overlap": mean_of_known(np.concatenate([one.overlap[one.of(cause)] for one in own])),
            }
        )
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(CAUSE_COLUMNS))
    return frame


TABLES: dict[str, Callable[[Iterable[Attribution]], pd.DataFrame]] = {
    "bases": base_frame,
    "tokens": token_frame,
    "summary": summary_frame,
}
"""What a file that is a table may hold, by name."""


def write_table(
    attributions: Iterable[Attribution],
    path: str | Path,
    *,
    table: Literal["bases", "tokens", "summary"] = "bases",
) -> Path:
    """Write a table in text, by its suffix TSV or CSV: a row per base, per token, or the summary's row per sequence.

    Raises
    ------
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    check_name("table", table, TABLES, option="table")
    write_frame(TABLES[table](attributions), path)
    return path


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a data frame as TSV, CSV or Parquet, by the suffix of the name, whole or not at all."""
    suffix = path.suffix.lower()
    with unfinished(path) as part:
        if suffix in SEPARATORS:
            without_formulas(frame).to_csv(part, sep=SEPARATORS[suffix], index=False, lineterminator="\n")
        else:
            frame.to_parquet(part, index=False)


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table that a spreadsheet runs nothing of: a text that it would take for a formula gets an apostrophe.

    Numbers and single signs, such as strands, stay as they are.
    """
    safe = frame.copy(deep=False)
    for place, kind in enumerate(frame.dtypes):
        if kind == object or kind == "string":  # noqa: E721, PLR1714 - pandas compares kinds of columns so
            safe.isetitem(place, frame.iloc[:, place].map(_no_formula))
    renamed: pd.DataFrame = safe.rename(columns=_no_formula)
    return renamed


def _no_formula(cell: object) -> object:
    if not isinstance(cell, str) or len(cell) < 2 or cell[0] not in _FORMULA:
        return cell
    is_number = number(cell) is not None or cell[1:] == "inf"
    return cell if is_number else f"'{cell}"


def _summary(item: Attribution) -> dict[str, object]:
    position, score = _peak(item)
    return {
        "name": item.name,
        "length": len(item),
        "true": item.measured if item.regression else item.true_label,
        "predicted": item.probability if item.regression else item.predicted,
        "probability": float("nan") if item.regression else item.probability,
        "correct": item.correct,
        "target": item.target,
        "output": item.output,
        "f_input": item.f_input,
        "f_baseline": item.f_baseline,
        "delta": item.delta,
        "relative_error": item.relative_error,
        "converged": item.converged,
        "evaluations": item.evaluations,
        "method": item.method,
        "baseline": item.run.baseline,
        "special_share": item.special_share,
        "peak_position": position,
        "peak_score": score,
        "strongest_kmer": _strongest_kmer(item),
    }


def _spread(item: Attribution) -> dict[str, object]:
    spread = item.spread
    if spread is None:
        return {}
    shares = {cause: share for cause, share in spread.shares.items() if np.isfinite(share)}
    most = max(shares, key=lambda cause: shares[cause], default=None)
    known = np.flatnonzero(np.isfinite(item.base_scores))
    top = known[top_bases(item.base_scores[known])] if len(known) else known
    return {
        "repetitions": spread.count,
        "depends_on": most,
        "share": float("nan") if most is None else shares[most],
        "agreement": spread.agreement,
        "overlap": mean_of_known(spread.overlap),
        "stable": float(spread.stable[top].mean()) if len(top) else float("nan"),
    }


def _peak(item: Attribution) -> tuple[int | None, float]:
    """Return the place, from 1, and the score of the base that matters most."""
    if not np.isfinite(item.base_scores).any():
        return None, float("nan")
    index = int(np.nanargmax(np.abs(item.base_scores)))
    return index + 1, float(item.base_scores[index])


def _strongest_kmer(item: Attribution) -> str | None:
    """Return the letters of the token text with the largest summed score; ``None`` without token scores."""
    totals: dict[str, float] = defaultdict(float)
    for span, score in zip(item.spans, item.token_scores, strict=True):
        if span is not None and np.isfinite(score):
            totals[item.sequence[slice(*span)].upper()] += float(score)
    return max(totals, key=lambda text: abs(totals[text]), default=None)


TABLE = Exporter(
    "table",
    "TSV",
    "a row per base",
    tuple(SEPARATORS),
    write_table,
    options=("table",),
    download="bases.tsv",
    gzips=True,
    media_type="text/tab-separated-values",
)
