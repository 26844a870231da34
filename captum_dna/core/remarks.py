"""What a user is warned of: the sentences of one result, and of a set of results.

Every face of a result (notebook, page, report, figure, terminal) shows these sentences; none makes its own,
and no threshold of a warning stands anywhere but here and beside its kind, in :mod:`captum_dna.core.remark`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.axis import range_name
from captum_dna.core.numbers import fine_percent, percent
from captum_dna.core.remark import CODES, MUCH_ON_SPECIAL, Remark
from captum_dna.core.spread import spread_of
from captum_dna.core.spread_words import said_of_one, said_of_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.core.explained import Explained

LITTLE_LOGIT = 1.0
"""Below this difference of log-odds or logits the signal is weak, and other choices may show something else."""

LITTLE_PROBABILITY = 0.05
"""The same for probabilities."""

LITTLE_SHARE = 0.05
"""The same for outputs of any unit, as a share of the summed sizes of the scores, most of which then cancel.

On the bundled model it is met by 93 % of the sequences whose log-odds differ by less than 1 from the
baseline's, and by none of those that differ by 2 or more (380 results).
"""

STRANDS_AGREE, STRANDS_DIFFER = 0.8, 0.5
"""From this correlation on, two strands agree well; below the other, they hardly agree."""

UNKNOWN = "unknown"
"""The output of scores that were made elsewhere and do not say what they explain."""

_WINDOWS_NAMED = 5

ADVICE = "Allow more steps or more error, or load the model with `dtype='float64'`."
ADVICE_IN_FLOAT64 = "Allow more steps or more error."
HEIGHTS = (
    "DeepLIFT ranks the bases of a sequence much like the integral does. Compare heights within one "
    "sequence only. Between sequences, their scale differs."
)

ROUNDED = (
    "Computed in bfloat16. What this rounds off the weights is the same all along the path, so the estimated error leaves "
    "it out. Compare some results with `precision='float32'`."
)


def remarks_of(result: Explained) -> tuple[Remark, ...]:
    """Return what a reader of one result has to know, warnings first; nothing if all is well."""
    said = [*(_of_windows(result) if result.windows else _of_whole(result)), *_of_any(result)]
    return tuple(sorted(said, key=lambda remark: remark.severity != "warning"))


def remarks_of_set(results: Iterable[Explained]) -> tuple[Remark, ...]:
    """Return what a reader of a set of results has to know; of a set of one, what is said of that one.

    Examples
    --------
    >>> remarks_of_set([])
    ()
    """
    items = list(results)
    if len(items) == 1:
        return remarks_of(items[0])
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        for remark in remarks_of(item):
            if remark.code == "spread":  # said of the whole set below
                continue
            if remark.code != "strands" or _strands_hardly_agree(item):
                found[remark.code][remark.text].append(item.name)
    said = [
        Remark.of(code, f"{text} {_advice(items)}" if code == "not_converged" else text)
        for code in CODES
        if code in found
        for text in _summed_up(code, found[code], len(items))
    ]
    repeated = [spread for item in items if (spread := spread_of(item))]
    if repeated:
        said.append(Remark.of("spread", said_of_set(repeated)))
    if len({item.target for item in items}) > 1:
        said.append(
            Remark.of(
                "mixed_targets",
                "Not all sequences are explained for the same class. A positive score pushes towards the class "
                "explained in its own row, so a mean over all sequences mixes classes.",
            )
        )
    return tuple(sorted(said, key=lambda remark: remark.severity != "warning"))


def verdict_of(output: str, by_score: float, by_chance: float) -> Remark:
    """Return whether scores tell more than chance, by what replacing the top-scoring bases does.

    Parameters
    ----------
    output
        The scalar explained, by its name among the options.
    by_score, by_chance
        How far it falls without the top-scoring bases, and without as many random ones.

    Examples
    --------
    >>> print(verdict_of("log_odds", 4.35, 0.63))
    Replacing the top-scoring bases lowers the log-odds by 4.35; replacing random bases, by 0.63. The scores are \
informative.
    """
    unit = output.replace("_", "-")
    top = f"Replacing the top-scoring bases {_moves(by_score)} the {unit} by {_number(abs(by_score))}"
    moved = "" if (by_score < 0) == (by_chance < 0) else f"{_moves(by_chance)} it "
    chance = f"replacing random bases{'' if moved else ','} {moved}by {_number(abs(by_chance))}"
    if by_score > by_chance:
        return Remark.of("informative", f"{top}; {chance}. The scores are informative.")
    return Remark.of(
        "not_informative", f"{top}; {chance}. The scores are no better than chance. Do not trust them."
    )


def _moves(fall: float) -> str:
    return "raises" if fall < 0 else "lowers"


def _summed_up(code: str, by_text: dict[str, list[str]], total: int) -> Iterator[str]:
    """Yield one sentence for many sequences, or the sentences that are the same for all of them."""
    names = [name for same in by_text.values() for name in same]
    if not CODES[code].of_many:
        yield from by_text
    elif len(names) == total:
        yield f"For all {total:,} sequences, {CODES[code].of_many}"
    else:
        shown = ", ".join(f"'{name}'" for name in names[:3])
        which = f" ({shown}{', ...' if len(names) > 3 else ''})"
        yield f"For {len(names):,} of {total:,} sequences{which}, {CODES[code].of_many}"


def _of_whole(result: Explained) -> Iterator[Remark]:
    """Yield what is to be known of the scores of a sequence that the model saw whole."""
    run, difference = result.run, result.f_input - result.f_baseline
    scored = bool(np.isfinite(result.base_scores).any())
    if run.output == UNKNOWN:
        yield Remark.of(
            "not_recorded", "Completeness cannot be checked: f(x) and f(baseline) were not recorded."
        )
        return
    if not np.isfinite(result.f_input):
        yield Remark.of(
            "no_output", "The model's output is not a number for this sequence, so there are no scores."
        )
        return
    if not scored:
        yield Remark.of("no_scores", "There are no scores. The method returned no number for any base.")
        return
    if run.complete and run.tolerance is not None and not result.converged:
        yield _not_converged(result, _how_far(result, difference))
    if run.difference:
        smaller = min(result.f_input, difference, key=abs)
        errors = [error for error in (abs(result.delta), result.error) if np.isfinite(error)]
        if max(errors, default=0.0) > abs(smaller) > 0:
            yield Remark.of(
                "uncertain_difference",
                f"Uncertain: the difference of the outputs, {_number(smaller)}, is smaller than the error of the "
                "scores.",
            )
    elif difference == 0:
        yield Remark.of("nothing_to_explain", "Nothing to explain: f(x) equals f(baseline).")
    elif _little(result, difference):
        yield Remark.of(
            "weak_signal",
            f"Weak signal: f(x) = {result.f_input:.4g} and f(baseline) = {result.f_baseline:.4g} hardly differ. "
            "Other baselines or methods may show a different pattern.",
        )


def _advice(results: Iterable[Explained]) -> str:
    """Return what to do about those of some results that have not converged."""
    open_ones = [one for one in results if not one.converged]
    return ADVICE_IN_FLOAT64 if all(one.precision == "float64" for one in open_ones) else ADVICE


def _not_converged(result: Explained, why: str, where: str = "") -> Remark:
    text = (
        f"Not converged within the tolerance of {result.run.tolerance:g}{where}: {why}. {_advice([result])}"
    )
    return Remark.of("not_converged", text)


def _how_far(result: Explained, difference: float) -> str:
    """Return how far scores are off: their own error, where that is known, or else that of their sum."""
    tolerance = result.run.tolerance or 0.0
    if np.isinf(result.relative_error):
        return "the scores are all zero, and their error is not"
    if result.relative_error > tolerance:
        return f"the scores may be off by {fine_percent(result.relative_error)}"
    if abs(result.delta) <= tolerance * abs(difference):
        return "the error of the scores cannot be told"
    return f"the scores miss f(x) - f(baseline) = {_number(difference)} by {_number(abs(result.delta))}"


def _little(result: Explained, difference: float) -> bool:
    """Whether the outputs at both ends are too close for the pattern between them to mean much."""
    size = abs(difference)
    if not np.isfinite(size):
        return False
    if result.run.output == "probability":
        return size < LITTLE_PROBABILITY
    if result.run.head != "regression":
        return size < LITTLE_LOGIT
    scores = result.token_scores if np.isfinite(result.token_scores).any() else result.base_scores
    return size < LITTLE_SHARE * float(np.nansum(np.abs(scores)))


def _of_windows(result: Explained) -> Iterator[Remark]:
    """Yield which windows cannot be trusted."""
    windows, starts = result.windows, result.extras["window_starts"].astype(int).tolist()
    size = len(windows[0].sequence)
    yield Remark.of(
        "windows",
        f"Joined from {len(windows)} overlapping windows of {size} bases, each with its own f(x), all explained for "
        f"{result.explained}.",
    )

    def places(bad: list[int]) -> str:
        shown = ", ".join(range_name(result, starts[i], starts[i] + size) for i in bad[:_WINDOWS_NAMED])
        return f"bases {shown}{' and others' if len(bad) > _WINDOWS_NAMED else ''}"

    broken = [i for i, window in enumerate(windows) if not np.isfinite(window.f_input)]
    if broken:
        yield Remark.of(
            "no_output", f"The model's output is not a number in the windows of {places(broken)}."
        )
    run = result.run
    unfinished = [i for i, window in enumerate(windows) if not window.converged and i not in broken]
    if run.complete and run.tolerance is not None and unfinished:
        worst = max((windows[i].relative_error for i in unfinished), key=np.nan_to_num)
        off = fine_percent(worst) if worst > run.tolerance else _number(abs(result.delta))
        where = f" in {len(unfinished)} of {len(windows)} windows ({places(unfinished)})"
        yield _not_converged(result, f"the scores there may be off by up to {off}", where)
    elif run.complete and run.tolerance is not None and not (result.converged or broken):
        off = fine_percent(result.relative_error)
        yield _not_converged(
            result, f"windows that overlap cancel, so that the joined scores may be off by {off}"
        )
    weak = [
        window
        for window in windows
        if any(one.code in ("nothing_to_explain", "weak_signal") for one in _of_whole(window))
    ]
    if weak:
        yield Remark.of(
            "weak_signal",
            f"Weak signal in {len(weak)} of {len(windows)} windows: f(x) and f(baseline) hardly differ.",
        )


def _of_any(result: Explained) -> Iterator[Remark]:
    """Yield what does not depend on how the sequence was given to the model."""
    run = result.run
    if run.complete and run.tolerance is None:
        yield Remark.of("preview", "Preview: trust the pattern, not the heights. Their error is not known.")
    if run.method == "deeplift":
        yield Remark.of("heights", HEIGHTS)
    if run.precision == "bfloat16" and np.isfinite(result.relative_error):
        yield Remark.of("rounded", ROUNDED)
    if not run.signed:
        yield Remark.of(
            "unsigned", "The scores have no sign: they show how much a base matters, not in which direction."
        )
    if result.special_share > MUCH_ON_SPECIAL:
        yield Remark.of(
            "special_tokens",
            f"Special tokens, which belong to no base, carry {percent(result.special_share)} of the score.",
        )
    if not run.conserving:
        yield Remark.of(
            "not_conserving",
            f'The "{run.projection}" projection does not keep the sum of the token scores.',
        )
    yield from _of_strands(result)
    spread = spread_of(result)
    if spread is not None:
        yield Remark.of("spread", said_of_one(result, spread))
    letters = np.array(list(result.sequence)) != "-"
    known = np.isfinite(result.base_scores)
    missing = int((letters & ~known).sum())
    if missing and known.any():
        yield Remark.of(
            "missing_scores",
            f"There is no score for {missing} {'base, which is' if missing == 1 else 'bases, which are'} left blank.",
        )
    if note := run.method_options.get("note"):
        yield Remark.of("source", str(note))


def _of_strands(result: Explained) -> Iterator[Remark]:
    agreement = _strand_agreement(result)
    if agreement is None:
        return
    if np.isnan(agreement):
        how = "cannot be compared, because the scores of one are all equal"
    elif agreement >= STRANDS_AGREE:
        how = f"agree well (r = {agreement:.2f})"
    elif agreement >= STRANDS_DIFFER:
        how = f"partly agree (r = {agreement:.2f})"
    else:
        how = f"{'hardly agree' if agreement > -STRANDS_DIFFER else 'contradict each other'} (r = {agreement:.2f})"
    yield Remark.of("strands", f"The two strands {how}. The scores are the mean of both.")


def _strands_hardly_agree(result: Explained) -> bool:
    agreement = _strand_agreement(result)
    return agreement is not None and not agreement >= STRANDS_DIFFER


def _strand_agreement(result: Explained) -> float | None:
    value = result.extras.get("strand_agreement")
    return None if value is None else float(value)


def _number(value: float) -> str:
    return f"{value:.3g}"
