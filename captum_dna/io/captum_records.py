"""Captum's own ``VisualizationDataRecord``: results as records, and records as results.

A record holds words and a score for each, which is enough to draw it base by base, but not to judge it:
what a record does not say is unknown here too, and never made up.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.attribution import Attribution, Run, Span
from captum_dna.core.certificate import Certificate
from captum_dna.core.errors import UserError
from captum_dna.core.letters import IUPAC
from captum_dna.core.projection import project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum.attr.visualization import VisualizationDataRecord
    from numpy.typing import NDArray

UNKNOWN = "unknown"
_SPECIAL = re.compile(r"\[.*\]|<.*>|\|.*\|")
_UNKNOWN_TOKENS = frozenset({"[unk]", "<unk>"})
_PIECE_MARKS = "##", "▁", "Ġ"  # WordPiece, SentencePiece and byte-level BPE mark word parts or word starts
_UNIT_NORM = 1e-4
"""A norm this close to 1 does not come about by chance; the notebook's records have it to float precision."""


class RecordError(UserError):
    """A record whose words are not a DNA sequence, with the record and the word."""


def to_record(attribution: Attribution) -> VisualizationDataRecord:
    """Return Captum's record of a result: one word per base, special tokens as words of their own.

    Scores are not normalised: they are in units of the output, and ``attr_score`` is their sum.
    Captum's ``visualize_text`` colours scores between -1 and 1 and cuts larger ones.

    Parameters
    ----------
    attribution
        One result. Bases about which the method says nothing get 0.

    Returns
    -------
    ``captum.attr.visualization.VisualizationDataRecord``
    """
    from captum.attr import visualization

    first_base = next((i for i, span in enumerate(attribution.spans) if span is not None), 0)
    words: list[str] = []
    scores: list[float] = []
    tail: list[tuple[str, float]] = []
    for i, (token, span) in enumerate(zip(attribution.tokens, attribution.spans, strict=True)):
        if span is None and not np.isnan(attribution.token_scores[i]):
            place = (token, float(attribution.token_scores[i]))
            if i < first_base:
                words.append(place[0])
                scores.append(place[1])
            else:
                tail.append(place)
    words += [*attribution.sequence, *(token for token, _ in tail)]
    scores += [*np.nan_to_num(attribution.base_scores).tolist(), *(score for _, score in tail)]
    return visualization.VisualizationDataRecord(
        word_attributions=np.array(scores),
        pred_prob=attribution.probability,
        pred_class=attribution.predicted,
        true_class=UNKNOWN if attribution.true_label is None else attribution.true_label,
        attr_class=attribution.target,
        attr_score=float(np.sum(scores)),
        raw_input_ids=words,
        convergence_score=attribution.delta,
    )


def from_records(records: VisualizationDataRecord | Iterable[VisualizationDataRecord]) -> list[Attribution]:
    """Return results from Captum's records of k-mers, of word pieces or of single letters.

    The sequence is put together from the words, and a word's score is shared equally by its bases. A
    record does not say what was explained or with which baseline: ``output`` and ``baseline`` are
    "unknown", f(x) and f(baseline) are NaN, and nothing counts as converged.

    Parameters
    ----------
    records
        One ``VisualizationDataRecord`` or several, as ``visualize_text`` takes them.

    Raises
    ------
    RecordError
        Words that are not DNA, neighbouring k-mers that do not overlap, or not one score per word.
    """
    items = [records] if hasattr(records, "word_attributions") else records
    return [_from_record(record, number) for number, record in enumerate(items, start=1)]


def _from_record(record: VisualizationDataRecord, number: int) -> Attribution:
    tokens = tuple(str(word) for word in record.raw_input_ids)
    scores = _array(record.word_attributions)
    if scores.ndim != 1 or len(scores) < len(tokens):
        raise RecordError(
            f"Record {number} has {len(tokens)} words but scores of shape {scores.shape}: "
            "sum the attributions over the embedding dimension, so that each word has one score."
        )
    scores = scores[: len(tokens)]
    bases, spans = spell(tokens, number)
    options: dict[str, object] = {"source": "VisualizationDataRecord"}
    if abs(float(np.linalg.norm(scores)) - 1) < _UNIT_NORM:
        options["note"] = (
            "The record's scores have norm 1: they were divided by their L2 norm, so their size says nothing "
            "and must not be compared between sequences."
        )
    probability = _number(record.pred_prob)
    return Attribution(
        name=f"record {number}",
        sequence=bases,
        tokens=tokens,
        spans=spans,
        token_scores=scores,
        base_scores=project(scores, spans, len(bases), how="split"),
        target=_word(record.attr_class),
        predicted=_word(record.pred_class),
        probability=probability,
        probabilities=np.array([]),
        true_label=None if _word(record.true_class) == UNKNOWN else _word(record.true_class),
        certificate=Certificate(delta=_number(record.convergence_score)),
        run=Run(
            method="Captum record",
            method_options=options,
            complete=False,
            output=UNKNOWN,
            baseline=UNKNOWN,
            layer=UNKNOWN,
            precision=UNKNOWN,
        ),
    )


def spell(tokens: tuple[str, ...], number: int) -> tuple[str, tuple[Span | None, ...]]:
    """Return the sequence that the words spell and the span of each: overlapping k-mers or end to end."""
    words = _dna_words(tokens, number)
    known = [word for word in words.values() if word is not None]
    if not known:
        raise RecordError(f"Record {number} has no word of DNA: raw_input_ids must hold the tokens as text.")
    overlapping = _overlapping(list(words.values()))
    spans: list[Span | None] = [None] * len(tokens)
    letters: list[str] = []
    start = 0
    for place, word in words.items():
        if word is None and not overlapping:
            raise RecordError(
                f"Record {number} has {tokens[place]!r} at place {place + 1}, and its words do not show "
                "how many bases that covers. Leave the record out, or attribute its sequence with "
                "captum_dna."
            )
        end = start + len(known[0] if word is None else word)
        letters += "N" * (end - len(letters))
        for i, letter in enumerate(word or "", start):
            if letters[i] not in (letter, "N"):
                before = "".join(letters[start:end])
                raise RecordError(
                    f"Record {number} has overlapping {len(known[0])}-mers, but {word!r} at place "
                    f"{place + 1} does not follow those before it, which leave {before!r}. "
                    "Keep all tokens of one sequence, in their order."
                )
            letters[i] = letter
        spans[place] = (start, end)
        start = start + 1 if overlapping else end
    return "".join(letters), tuple(spans)


def _dna_words(tokens: tuple[str, ...], number: int) -> dict[int, str | None]:
    """Return the letters of each token that covers bases, by its place; ``None`` for an unknown token."""
    words: dict[int, str | None] = {}
    for place, token in enumerate(tokens):
        if token.lower() in _UNKNOWN_TOKENS:
            words[place] = None
        elif not _SPECIAL.fullmatch(token):
            letters = _letters(token)
            if not letters or set(letters.upper()) - IUPAC.keys():
                raise RecordError(
                    f"Record {number} has the word {token!r} at place {place + 1}, which is not DNA: "
                    "raw_input_ids must hold the tokens as text, not ids or words of another language."
                )
            words[place] = letters
    return words


def _overlapping(words: list[str | None]) -> bool:
    """Whether the words are k-mers, each one base after the last; most neighbours decide."""
    known = [word for word in words if word is not None]
    pairs = [(left, right) for left, right in pairwise(words) if left is not None and right is not None]
    if any(len(word) != len(known[0]) for word in known):
        return False
    overlaps = sum(left[1:] == right[:-1] for left, right in pairs)
    return len(known[0]) == 1 or 2 * overlaps > len(pairs)


def _letters(token: str) -> str:
    """Return a word piece without its tokenizer's marks."""
    for mark in _PIECE_MARKS:
        token = token.removeprefix(mark)
    return token.removesuffix("</w>")


def _word(value: object) -> str:
    """Return a class as text, whether it is a name, an index, or a tensor that holds one.

    A list is not a class: the notebook puts all token ids into ``attr_class``.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    return UNKNOWN if value is None or isinstance(value, list | tuple) else str(value)


def _number(value: object) -> float:
    """Return a number, also out of a tensor; NaN where there is none, or several."""
    array = _array([] if value is None else value).ravel()
    return float(array[0]) if len(array) == 1 else float("nan")


def _array(value: object) -> NDArray[np.float64]:
    """Return scores as float64, on the host, whatever held them."""
    if hasattr(value, "detach"):
        value = value.detach().to("cpu").double().numpy()
    return np.asarray(value, dtype=np.float64)
