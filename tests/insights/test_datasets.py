"""Columns and numbers of the list, against the plain way to find them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.letters import IUPAC, reverse_complement
from captum_dna.core.sequences import Sequence
from captum_dna.insights import datasets
from captum_dna.insights.datasets import Dataset, parse
from captum_dna.insights.limits import Limits, Problem
from captum_dna.reporting.summary import Scored, kmers, profiles

LETTERS = st.text("ACGTacgtNRYU", min_size=1, max_size=30)
PATTERNS = st.text("ACGTNRYSW", min_size=1, max_size=9)


def places(pattern, bases):
    """Return where a pattern fits, comparing letter by letter."""
    return [
        (i, i + len(pattern))
        for i in range(len(bases) - len(pattern) + 1)
        if all(set(IUPAC[bases[i + j].upper()]) <= set(IUPAC[letter]) for j, letter in enumerate(pattern))
    ]


def holds(pattern, bases):
    return bool(places(pattern, bases))


@given(st.lists(LETTERS, min_size=1, max_size=8), PATTERNS)
def test_motifs_are_found_where_letters_fit(rows, pattern):
    data = Dataset([Sequence(str(i), bases) for i, bases in enumerate(rows)], "x")
    one = [holds(pattern, bases) for bases in rows]
    assert data.with_motif(pattern, both=False).tolist() == one
    turned = [holds(reverse_complement(pattern), bases) for bases in rows]
    assert data.with_motif(pattern, both=True).tolist() == [a or b for a, b in zip(one, turned, strict=True)]


@given(st.lists(LETTERS, min_size=1, max_size=8), PATTERNS, st.lists(st.integers(0, 7), max_size=6))
def test_hits_are_where_letters_fit_in_any_rows(rows, pattern, chosen):
    data = Dataset([Sequence(str(i), bases) for i, bases in enumerate(rows)], "x")
    chosen = [row % len(rows) for row in chosen]
    one = [places(pattern, rows[row]) for row in chosen]
    both = [
        sorted({*own, *places(reverse_complement(pattern), rows[row])})
        for own, row in zip(one, chosen, strict=True)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "_BLOCK", 16)
        assert data.hits(chosen, pattern, both=False) == one
        assert data.hits(chosen, f" {pattern.lower()} ", both=True) == both


def test_a_motif_of_other_letters_gets_a_sentence():
    with pytest.raises(Problem, match="IUPAC"):
        Dataset([Sequence("a", "ACGT")], "x").with_motif("T?", both=True)


def test_the_same_data_has_the_same_address():
    rows = [Sequence("a", "ACGT", "1"), Sequence("b", "ACGA")]
    assert Dataset(rows, "x").id == Dataset(list(rows), "y").id
    assert Dataset(rows[:1], "x").id != Dataset(rows, "x").id


def test_profiles_are_aligned_at_the_origin():
    rows = [
        Scored("ACGT", np.array([1.0, 2.0, 3.0, np.nan]), 1, (("all", "all"), ("true", "a"))),
        Scored("AC", np.array([10.0, 20.0]), 2, (("all", "all"),)),
    ]
    first, found = profiles(rows)
    assert first == -2
    assert found[0] == {
        "group": "all",
        "name": "all",
        "count": 2,
        "scores": [10.0, 10.5, 2.0, 3.0, None],
        "rows": [1, 2, 1, 1, 0],
    }
    assert found[1]["scores"] == [None, 1.0, 2.0, 3.0, None]


def test_a_planted_kmer_stands_out():
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(30):
        letters = rng.choice(list("ACGT"), 100)
        scores = rng.normal(0, 0.1, 100)
        letters[40:46], scores[40:46] = list("TATAAA"), 1.0
        rows.append(Scored("".join(letters), scores, 0, (("all", "all"),)))
    best = kmers(rows, 6)[0]
    assert best["kmer"] == "TATAAA"
    assert best["count"] >= 30
    assert best["sequences"] == 30
    assert best["top"] >= 30
    assert best["score"] == pytest.approx(6, abs=0.5)
    assert best["enrichment"] == pytest.approx(
        19, abs=2
    )  # 95 windows of each sequence, of which 5 are at the top
    assert best["q"] < 1e-6


def test_too_short_sequences_have_no_kmers():
    assert kmers([Scored("ACG", np.ones(3), 0, ())], 6) == []
    assert profiles([]) == (0, [])


def test_rows_without_an_origin_are_not_laid_over_those_that_have_one():
    rows = [Scored("ACGT", np.arange(4.0), origin, (("all", "all"),)) for origin in (2, 0, 2)]
    first, (found,) = profiles(rows)
    assert (first, found["count"], found["scores"]) == (-2, 2, [0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (">a\nACXT\n", "The text: Sequence 1 ('a') has 'X' at position 3"),
        ("name,letters\na,ACGT\n", "The text has no column called seq"),
        ("seq,label\nACGT\nACGT,1,2\n", "The text"),
        ("chr1\t5\t9\n", "The text"),
    ],
)
def test_what_is_wrong_with_a_pasted_text_is_told_of_the_text(text, said):
    with pytest.raises(Problem) as told:
        parse(text, None, Limits())
    assert told.value.sentence.startswith(said)
    assert "/" not in told.value.sentence


@pytest.mark.parametrize(
    "text", [">a\nACGT\n>a\nTTGA", "\ufeff>a\r\nACGT\r\n>a\r\nTTGA\r\n", "seq,name\nACGT,a\nTTGA,a\n"]
)
def test_a_pasted_text_is_read_as_a_file_is(text):
    data = parse(text, "mine", Limits())
    assert [(one.name, one.bases) for one in data.sequences] == [("a", "ACGT"), ("a (2)", "TTGA")]
    assert data.remarks == (
        'The text: 1 of 2 sequences have a name that is used already. They are kept and renamed "name (2)" and so on.',
    )
