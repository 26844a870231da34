"""Relatives are found in families of any size, and never parted without a word."""

from __future__ import annotations

import numpy as np
import pytest

from captum_dna.core.letters import reverse_complement, substitute
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.training.relatives import families
from captum_dna.training.splits import part


def letters(rng, length: int) -> str:
    return "".join(rng.choice(list("ACGT"), length))


def mutants(rng, element: str) -> list[str]:
    return [substitute(element, i, b) for i in range(0, len(element), 2) for b in "ACGT" if b != element[i]]


def with_inserts(rng, element: str) -> list[str]:
    places = rng.integers(0, len(element), size=60)
    return [element[:p] + letters(rng, 20) + element[p:] for p in places]


def both_strands(rng, element: str) -> list[str]:
    return [element, reverse_complement(element)]


def one_in_forty(rng, element: str) -> list[str]:
    found = []
    for start in (0, 20):
        changed = element
        for place in range(start, len(element), 40):
            changed = substitute(changed, place, "ACGT"["CGTA".index(changed[place])])
        found.append(changed)
    return found


def windows(rng, element: str) -> list[str]:
    locus = element + letters(rng, 600)
    return [locus[start : start + 200] for start in range(0, 601, 160)]


@pytest.mark.parametrize("members", [mutants, with_inserts, both_strands, one_in_forty, windows])
def test_no_family_is_parted(members):
    rng = np.random.default_rng(0)
    rows = [(i, bases) for i in range(10) for bases in members(rng, letters(rng, 200))]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    sequences = [Sequence(str(n), bases, label=i % 2) for n, (i, bases) in enumerate(rows)]
    parted = part(sequences, (0.2, 0.8))
    owner = {s.name: p for p, some in enumerate(parted.parts) for s in some}
    assert all(parted.parts)
    assert not parted.notices
    for family in range(10):
        assert len({owner[str(n)] for n, (i, _) in enumerate(rows) if i == family}) == 1


def test_a_class_of_one_family_is_parted_with_a_sentence_that_gives_the_share():
    rng = np.random.default_rng(0)
    one, other = letters(rng, 120), letters(rng, 120)
    sequences = [
        Sequence(f"{label} {i}", bases, label=label)
        for label, element in (("on", one), ("off", other))
        for i, bases in enumerate(mutants(rng, element))
    ]
    parted = part(sequences, (0.2, 0.8))
    assert [len(p) for p in parted.parts] == [72, 288]
    assert parted.related[0] == 1.0
    assert any("100 % of the smallest part have relatives" in notice for notice in parted.notices)
    assert any("of one family of relatives" in notice for notice in parted.notices)


def test_places_in_the_genome_tell_relatives_that_share_too_few_letters():
    rng = np.random.default_rng(0)
    near = [
        Sequence(str(i), letters(rng, 50), interval=Interval(chromosome, start, start + 50))
        for i, (chromosome, start) in enumerate((("1", 0), ("1", 49), ("2", 0), ("1", 99)))
    ]
    assert families(near).tolist() == [0, 0, 1, 2]


def test_repeats_of_low_complexity_make_nobody_relatives():
    rng = np.random.default_rng(0)
    repeats = ["A" * 60, "CA" * 30, "CAG" * 20]
    sequences = [Sequence(str(i), letters(rng, 120) + repeats[i % 3]) for i in range(60)]
    assert len(set(families(sequences).tolist())) == 60


def test_unrelated_sequences_stay_apart_and_unknown_letters_tell_nothing():
    rng = np.random.default_rng(0)
    rows = [Sequence(str(i), "N" * 40 + letters(rng, 100)) for i in range(300)]
    assert len(set(families(rows).tolist())) == 300
    assert families([]).tolist() == []
    assert families([Sequence("a", "ACG"), Sequence("b", "cgt"), Sequence("c", "AAA")]).tolist() == [0, 0, 1]
