"""``dependencies()``: which bases need each other? What two substitutions do beyond the sum of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from captum_dna.core.axis import base_name
from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.letters import other_bases, substitute
from captum_dna.core.sequences import Sequence
from captum_dna.core.slips import names_slips
from captum_dna.evaluation.measures.localisation import spans_of
from captum_dna.experiments import caveats, words
from captum_dna.experiments.blocks import pairs_in_blocks
from captum_dna.experiments.readout import Readout
from captum_dna.experiments.result import Experiment, strongest
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading
from captum_dna.model.outputs import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Span
    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.result import About
    from captum_dna.model.encoding import Encoding

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Letters = dict[tuple[int, int], tuple[str, str]]

OF = {
    "output": "what two substitutions do to the output beyond the sum of both",
    "attribution": "how the score of one base changes when another is substituted",
}
SUMMARIES = {"largest": "the value of the largest magnitude", "mean": "the mean"}
"""How the values of several substitutions become one, in words."""

WHOLE = 60
"""Bases up to which every pair is examined where no stretch is given."""


@dataclass(frozen=True, eq=False, repr=False)
class Dependencies(Experiment):
    """What :func:`dependencies` found: a row per pair of bases that was examined.

    Parameters
    ----------
    matrix
        (L, L) dependencies of the bases of the stretch, NaN where a pair was not examined and on the diagonal.
        Symmetric for ``of="output"``; for ``of="attribution"`` row i is what substitutions of base i do to the others.
    shared
        (L, L) whether two bases lie in one token, so that they depend on each other by the way of reading alone.
    sequence
        The sequence.
    start
        The base of the sequence that the first row and column are.
    """

    matrix: Floats
    shared: Flags
    sequence: Sequence
    start: int

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the map with the letters on both axes; pairs in one token are hatched."""
        from captum_dna.experiments.pictures import dependency_map

        unit = "score" if self.about.choices["of"] == "attribution" else words.unit(self.about.output)
        return dependency_map(
            self.matrix, self.shared, self.sequence, self.start, unit.removeprefix("the "), width
        )


def dependencies(
    model: ModelLike,
    sequence: SequencesLike,
    stretch: Span | None = None,
    *,
    of: str = "output",
    substitutions: int = 1,
    summary: str = "largest",
    pairs: int = 2000,
    **options: Any,
) -> Dependencies:
    """Substitute pairs of bases, and measure what they do beyond the sum of both.

    For the output, the dependency of bases i and j is f(both substituted) - f(i) - f(j) + f(sequence): 0 where bases
    add up. For the attribution it is the change of the score of j when i is substituted.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    sequence
        One sequence, as :func:`captum_dna.read` takes it.
    stretch
        ``(start, end)``, 0-based and half-open: the bases to look at. By default the whole sequence; of one longer than
        60 bases, pairs of blocks first, and the bases of those blocks alone that depend on each other most.
    of
        ``"output"`` or ``"attribution"``.
    substitutions
        Other letters tried at each base, those that change the output most: 1, or up to 3 for all nine pairs of letters,
        which takes nine times as long.
    summary
        ``"largest"`` (by magnitude, with its sign) or ``"mean"`` over the substitutions.
    pairs
        Pairs of bases examined, about, where not all are.
    **options
        ``target`` (by default the predicted class), ``output``, ``precision``, ``batch_size``, ``seed`` and ``progress``
        of :func:`captum_dna.attribute`; ``partial``, a function that is called with the result so far as the model reads;
        how to read ``sequence``, as for :func:`captum_dna.read`; for ``of="attribution"`` also how to explain, as for
        :func:`captum_dna.attribute`.

    Returns
    -------
    :class:`Dependencies`. Columns of its table: ``i`` and ``j`` (bases from 0, of the sequence), ``base_i``, ``base_j``,
    ``to_i``, ``to_j`` (the substitutions with the largest dependency; for ``of="output"``), ``dependency`` and
    ``shared_token``.

    Raises
    ------
    UserError
        Several sequences, a stretch outside, or an impossible choice; before any model runs.

    Examples
    --------
    >>> from captum_dna import demo, dependencies
    >>> found = dependencies("demo", demo.designed()[:1], (169, 173), substitutions=1, target="TATA promoter")
    >>> found.matrix.shape, bool(found.shared.all())
    ((4, 4), True)
    """
    check_name("kind of dependency", of, OF, option="of")
    check_name("summary", summary, SUMMARIES, option="summary")
    tried = whole_number("substitutions", substitutions, 1, 3)
    most = whole_number("pairs", pairs, 1)
    readout, rest = Readout.of(model, options)
    reading, how = Reading.apart(rest)
    if how and of == "output":
        name = next(iter(how))
        raise UserError(
            f"`{name}` is a choice of explanations. Leave it out, or give `of='attribution'`.", option=name
        )
    item = _one(read_once(sequence, reading))
    start, end = _stretch(item, stretch)
    encoding = readout.classifier.encode(item)
    shared = sharing(encoding)[start:end, start:end]

    def made(found: Mapped) -> Dependencies:
        about = readout.about(
            "dependencies", found.target, of=of, substitutions=tried, summary=summary, stretch=[start, end]
        )
        honesty = caveats.Honesty("mutants", found.mutants, found.positive)
        remarks = [
            *caveats.of_predictions(honesty, about.explained),
            *caveats.of_tokens(int(np.triu(shared, 1).sum()), readout.classifier.encoder.k),
        ]
        table = _table(item, found.matrix, shared, start, found.letters)
        sentences = (_sentence(table, about, item),)
        return Dependencies(
            table, about, caveats.ordered(remarks), sentences, found.matrix, shared, item, start
        )

    if of == "attribution":
        return made(_of_scores(readout, item, (start, end), tried, summary, options.get("progress"), how))
    limit = most if stretch is None and len(item) > WHOLE else None
    return made(_of_output(readout, item, (start, end), tried, summary, limit, readout.shows(made)))


class Mapped(NamedTuple):
    """A map as far as it is known.

    ``matrix`` is (L, L), ``letters`` are the substitutions behind it where the output was looked at, ``positive`` is the
    share of the ``mutants`` that is predicted as the class explained.
    """

    matrix: Floats
    letters: Letters | None
    target: int
    positive: float
    mutants: int


def sharing(encoding: Encoding) -> Flags:
    """Return (L, L): whether two bases lie in one token."""
    covered = np.zeros((len(encoding), len(encoding.bases)), dtype=np.float32)
    for row, span in zip(covered, encoding.spans, strict=True):
        if span is not None:
            row[slice(*span)] = 1
    found: Flags = covered.T @ covered > 0
    return found


def _one(items: list[Sequence]) -> Sequence:
    if len(items) != 1:
        raise SequenceError(
            f"Dependencies are computed for one sequence, but there are {len(items)}. Give one of them."
        )
    return items[0]


def _stretch(item: Sequence, stretch: Span | None) -> Span:
    if stretch is None:
        return 0, len(item)
    if not isinstance(stretch, tuple | list) or len(stretch) != 2:
        raise SequenceError(
            f"`stretch` must be (start, end), counted from 0, the end excluded, not {stretch!r:.60}."
        )
    span = (whole_number("stretch", stretch[0]), whole_number("stretch", stretch[1]))
    ((found,),) = spans_of([item], {item.name: [span]})
    return found


def _of_output(
    readout: Readout,
    item: Sequence,
    span: Span,
    tried: int,
    summary: str,
    most: int | None,
    so_far: Callable[[Mapped], None] | None,
) -> Mapped:
    """Return what pairs of substitutions do to the output: all pairs, or about so many."""
    (start, end), bases = span, item.bases
    letters = [other_bases(letter) for letter in bases[start:end]]
    singles = [(i, base) for i, others in enumerate(letters) for base in others]
    texts = [bases, *(substitute(bases, start + i, base) for i, base in singles)]
    logits = readout.logits(texts, len(texts), item.name, "Single substitutions")
    (chosen,) = explained([readout.targets(1)[0]], logits[:1])
    f = readout.f(logits, chosen)
    alone = dict(zip(singles, (f[1:] - f[0]).tolist(), strict=True))
    strongest = [
        sorted(others, key=lambda base, i=i: -abs(alone[i, base]))[:tried]  # type: ignore[misc]  # mypy knows no default of a lambda
        for i, others in enumerate(letters)
    ]
    if most is None:
        wanted = [(i, j) for i in range(end - start) for j in range(i + 1, end - start)]
    else:
        wanted = pairs_in_blocks(readout, item, chosen, most)
    doubles = [(i, a, j, b) for i, j in wanted for a in strongest[i] for b in strongest[j]]

    def mutants() -> Iterator[str]:
        for i, a, j, b in doubles:
            yield substitute(substitute(bases, start + i, a), start + j, b)

    def mapped(found: Floats) -> Mapped:
        matrix = np.full((end - start, end - start), np.nan)
        pairs: Letters = {}
        values: dict[tuple[int, int], list[float]] = {}
        tried_at: dict[tuple[int, int], list[tuple[str, str]]] = {}
        for (i, a, j, b), value in zip(doubles, (readout.f(found, chosen) - f[0]).tolist(), strict=False):
            values.setdefault((i, j), []).append(value - alone[i, a] - alone[j, b])
            tried_at.setdefault((i, j), []).append((a, b))
        for (i, j), several in values.items():
            matrix[i, j] = matrix[j, i] = float(summed_up(np.array(several), summary))
            pairs[i, j] = tried_at[i, j][int(np.abs(several).argmax())]
        positive = readout.positive(np.concatenate([logits[1:], found]), chosen)
        return Mapped(matrix, pairs, chosen, positive, len(singles) + len(found))

    if not doubles:
        return mapped(logits[:0])
    show = (lambda found: so_far(mapped(found))) if so_far else None
    return mapped(readout.logits(mutants(), len(doubles), item.name, "Double substitutions", show))


def _of_scores(
    readout: Readout,
    item: Sequence,
    span: Span,
    tried: int,
    summary: str,
    progress: bool | Tell | None,
    how: dict[str, Any],
) -> Mapped:
    """Return how scores change with substitutions."""
    from captum_dna.pipeline.attribute import attribute

    (start, end), bases = span, item.bases
    settings = readout.settings
    how = {
        "output": settings.output,
        "precision": settings.precision,
        "batch_size": settings.batch_size,
        "seed": settings.seed,
        "progress": progress,
    } | how
    asked = readout.targets(1)[0]
    before = attribute(readout.classifier, [Sequence(item.name, bases)], target=asked, **how)[0]
    chosen = before.target_index
    if chosen is None:
        chosen = readout.classifier.label_index(before.target)
    places = [(i, base) for i in range(end - start) for base in other_bases(bases[start + i])[:tried]]
    mutants = [
        Sequence(f"{start + i}{base}", substitute(bases, start + i, base), drawn_from=bases)
        for i, base in places
    ]
    after = attribute(readout.classifier, mutants, target=chosen, **how)
    readout.count += len(mutants) + 1
    changes: dict[int, list[Floats]] = {}
    for (i, _), one in zip(places, after, strict=True):
        changes.setdefault(i, []).append((one.base_scores - before.base_scores)[start:end])
    matrix = np.stack([summed_up(np.stack(changes[i]), summary) for i in range(end - start)])
    np.fill_diagonal(matrix, np.nan)
    labels = readout.classifier.labels
    positive = (
        float("nan")
        if before.regression
        else float(np.mean([one.predicted == labels[chosen] for one in after]))
    )
    return Mapped(matrix, None, chosen, positive, len(mutants))


def summed_up(values: Floats, summary: str) -> Floats:
    """Return one value for those along the first axis: their mean, or the one of the largest magnitude."""
    if summary == "mean":
        mean: Floats = values.mean(axis=0)
        return mean
    largest: Floats = np.take_along_axis(values, np.abs(values).argmax(axis=0)[None], axis=0)[0]
    return largest


def _table(item: Sequence, matrix: Floats, shared: Flags, start: int, pairs: Letters | None) -> pd.DataFrame:
    import pandas as pd

    symmetric = np.array_equal(matrix, matrix.T, equal_nan=True)
    known = (
        np.isfinite(np.triu(matrix, 1)) & np.triu(np.ones(matrix.shape, bool), 1)
        if symmetric
        else np.isfinite(matrix)
    )
    i, j = np.nonzero(known)
    letters = np.array(list(item.bases[start : start + len(matrix)]), dtype=object)
    frame: pd.DataFrame = pd.DataFrame(
        {
            "i": i + start,
            "j": j + start,
            "base_i": letters[i],
            "base_j": letters[j],
            **_substitutes(pairs, i.tolist(), j.tolist()),
            "dependency": matrix[i, j],
            "shared_token": shared[i, j],
        }
    )
    return frame


def _substitutes(pairs: Letters | None, i: list[int], j: list[int]) -> dict[str, list[str]]:
    """Return the columns of the letters that were substituted; none where scores were looked at."""
    if pairs is None:
        return {}
    found = [pairs[place] for place in zip(i, j, strict=True)]
    return {"to_i": [a for a, _ in found], "to_j": [b for _, b in found]}


def _sentence(table: pd.DataFrame, about: About, item: Sequence) -> str:
    apart = table[~table["shared_token"]]
    unit = words.unit(about.output) if about.choices["of"] == "output" else "scores"
    if not len(apart):
        return f"{item.name}: all {len(table):,} pairs that were examined lie in one token."
    best = strongest(apart, "dependency")
    where = [base_name(item, int(getattr(best, one))) for one in "ij"]
    return (
        f"{item.name}: of {len(apart):,} pairs of bases in different tokens, {best.base_i} at {where[0]} and "
        f"{best.base_j} at {where[1]} depend on each other most: {words.number(best.dependency)} in {unit} of "
        f"'{about.target}', beyond the sum of both."
    )
