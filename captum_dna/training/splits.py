"""Parts of labelled sequences that share no relatives, so that a test tests.

Alternative promoters of one gene, overlapping windows, mutants of one element and paralogues put almost the
same bases into training and test when sequences are drawn one by one. Here, whole families are drawn; where
one family is all there is of a class, it is parted after all, and that is said.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.notices import tell
from captum_dna.core.numbers import percent
from captum_dna.core.slips import names_slips
from captum_dna.training.relatives import families

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence

    Label = str | int | float | None

LARGE = 0.25
"""A family with more than this share of all sequences is told of."""
_FEW = 20
"""In a smaller set, every pair is a large share."""
_ADAPTER = 8
"""Letters at an end that all relatives share may be an adapter, from so many on."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Sequences in parts.

    Parameters
    ----------
    parts
        One list of sequences per share, in the order of the input.
    related
        For each part, the share of its sequences with relatives in another part.
    notices
        What is to be known of it: families that had to be parted, or that are a large share of the set.
    """

    parts: list[list[Sequence]]
    related: list[float]
    notices: list[str]


@names_slips
def split(
    sequences: SequenceABC[Sequence], shares: SequenceABC[float], *, salt: str = ""
) -> list[list[Sequence]]:
    """Split sequences into parts of about the given shares of every class, relatives in one part.

    Relatives overlap in the genome, or share a stretch of about 23 bases or more on either strand, changes
    in between allowed. The parts depend on the sequences alone, not on their order: families are ordered by
    size and by a hash. Where the families of a class are fewer than the parts, the largest one is parted.

    Parameters
    ----------
    sequences
        Sequences with a label each.
    shares
        Share of each part; they sum to 1.
    salt
        Any text; another one gives another split.

    Returns
    -------
    One list per share, in the order of the input.

    Warns
    -----
    UserWarning
        Relatives had to be parted (with the share of each part that has some in another), or one family
        holds a large share of the sequences.

    Examples
    --------
    >>> from captum_dna.core.letters import BASES
    >>> from captum_dna.core.sequences import Sequence
    >>> letters = np.random.default_rng(0).choice(list(BASES), size=(10, 60))
    >>> sequences = [Sequence(str(i), "".join(row), label=i % 2) for i, row in enumerate(letters)]
    >>> [len(part) for part in split(sequences, (0.8, 0.2))]
    [8, 2]
    """
    parted = part(sequences, shares, salt=salt)
    for notice in parted.notices:
        tell(notice)
    return parted.parts


def part(sequences: SequenceABC[Sequence], shares: SequenceABC[float], *, salt: str = "") -> Parting:
    """Return what :func:`split` does, with what is to be known of it."""
    if abs(sum(shares) - 1) > 1e-6 or min(shares) < 0:
        raise ValueError(f"The shares {tuple(shares)} do not sum to 1.")
    if not sequences:
        return Parting([[] for _ in shares], [0.0] * len(shares), [])
    family = families(sequences)
    notices = large_family(sequences, family)
    groups, broken = family, []
    while True:
        owner = _assign(sequences, groups, shares, salt)
        blocking = _blocking(sequences, groups, owner, shares)
        if blocking is None:
            break
        label, number = blocking
        broken.append(label)
        groups = _parted(sequences, groups, number)
    related = [related_share(family[owner == i], family[owner != i]) for i in range(len(shares))]
    if broken:
        notices += _broken(sequences, family, owner, broken, related)
    parts = [[sequences[i] for i in np.flatnonzero(owner == p).tolist()] for p in range(len(shares))]
    return Parting(parts, related, notices)


def related_share(some: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    """Return which share of some sequences is of the same family as any of the others."""
    return float(np.isin(some, others).mean()) if len(some) else 0.0


def large_family(sequences: SequenceABC[Sequence], family: NDArray[np.int64]) -> list[str]:
    """Return a sentence about a family that is a large share of the set, or nothing."""
    sizes = np.bincount(family)
    number, size = int(sizes.argmax()), int(sizes.max())
    if len(sequences) < _FEW or size <= LARGE * len(sequences):
        return []
    members = [sequences[i] for i in np.flatnonzero(family == number).tolist()]
    sentence = (
        f"{size:,} of {len(sequences):,} sequences are of one family of relatives, such as "
        f"'{members[0].name}' and '{members[1].name}', and stay together where they can. {_common_ends(members)}"
    )
    return [sentence]


def _assign(
    sequences: SequenceABC[Sequence], groups: NDArray[np.int64], shares: SequenceABC[float], salt: str
) -> NDArray[np.int64]:
    """Return the part of each sequence: the largest groups first, each where there is most room left for it."""
    labels: dict[Label, int] = {}
    classes = np.array([labels.setdefault(s.label, len(labels)) for s in sequences])
    sizes = np.zeros((groups.max() + 1, len(labels)))
    np.add.at(sizes, (groups, classes), 1)
    wanted = np.outer(shares, sizes.sum(axis=0))
    filled = np.zeros_like(wanted)
    part_of = np.zeros(len(sizes), dtype=np.int64)
    first: dict[int, str] = {}
    for i, sequence in zip(groups.tolist(), sequences, strict=True):
        first[i] = min(first.get(i, "~"), _hash(sequence.bases, salt))
    for group in sorted(first, key=lambda g: (-sizes[g].sum(), first[g])):
        size, room = sizes[group], wanted - filled
        # Fractions of what a part wants decide among parts with room; the greatest room where there is none.
        fits = (room + 0.5 >= size).all(axis=1) & (np.array(shares) > 0)
        fraction = (room / np.maximum(wanted, 1e-9) * size).sum(axis=1)
        left = np.where(np.array(shares) > 0, (room * (size > 0)).sum(axis=1), -np.inf)
        best = int(np.argmax(np.where(fits, fraction, -np.inf) if fits.any() else left))
        part_of[group] = best
        filled[best] += size
    _fill_up(sizes, part_of, np.flatnonzero(np.array(shares) > 0))
    return part_of[groups]


def _fill_up(sizes: NDArray[np.float64], part_of: NDArray[np.int64], parts: NDArray[np.int64]) -> None:
    """Give a part that lacks a class the smallest group of it, from a part that has several."""
    for label in range(sizes.shape[1]):
        for lacking in parts:
            holders = np.flatnonzero(sizes[:, label] > 0)
            if (part_of[holders] == lacking).any():
                continue
            several = [g for g in holders if (part_of[holders] == part_of[g]).sum() > 1]
            if several:
                part_of[min(several, key=lambda g: sizes[g].sum())] = lacking


def _blocking(
    sequences: SequenceABC[Sequence],
    groups: NDArray[np.int64],
    owner: NDArray[np.int64],
    shares: SequenceABC[float],
) -> tuple[Label, int] | None:
    """Return a class that a part lacks, and the largest of its groups, if parting that would help."""
    for label in dict.fromkeys(s.label for s in sequences):
        mine = np.array([s.label == label for s in sequences])
        if all((mine & (owner == p)).any() for p, share in enumerate(shares) if share > 0):
            continue
        number, size = Counter(groups[mine].tolist()).most_common(1)[0]
        if size > 1 and len(set(_parted(sequences, groups, number).tolist())) > len(set(groups.tolist())):
            return label, number
    return None


def _parted(sequences: SequenceABC[Sequence], groups: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Return the groups with one of them parted; only what has the very same letters stays together."""
    twins: dict[str, int] = {}
    parted = groups.copy()
    for i in np.flatnonzero(groups == number).tolist():
        parted[i] = twins.setdefault(sequences[i].bases.upper(), groups.max() + 1 + len(twins))
    return np.unique(parted, return_inverse=True)[1]


def _common_ends(members: list[Sequence]) -> str:
    """Return what may have joined a family: the same letters at an end, or else a repeat."""
    letters = [s.bases.upper() for s in members]
    start, end = _shared_start(letters), _shared_start([text[::-1] for text in letters])[::-1]
    for text, verb in ((start, "begin"), (end, "end")):
        if len(text) >= _ADAPTER:
            shown = text if len(text) <= 2 * _ADAPTER else f"{text[:_ADAPTER]}...{text[-_ADAPTER:]}"
            return f"All of these {verb} with {shown}. Cut off what is an adapter or a backbone."
    return "If a repeat, an adapter or a backbone is all that they share, mask it with N or cut it off."


def _shared_start(texts: list[str]) -> str:
    """Return the letters that all texts begin with, which are those of the first and last in order."""
    first, last = min(texts), max(texts)
    differing = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differing, len(first))]


def _broken(
    sequences: SequenceABC[Sequence],
    family: NDArray[np.int64],
    owner: NDArray[np.int64],
    labels: list[Label],
    related: list[float],
) -> list[str]:
    """Return a sentence about classes whose relatives had to be parted."""
    names = ", ".join(repr(str(label)) for label in dict.fromkeys(labels))
    counts = Counter(family[[i for i, s in enumerate(sequences) if s.label in labels]].tolist())
    smallest = int(np.argmin([(owner == p).sum() or len(owner) + 1 for p in range(len(related))]))
    sentence = (
        f"The sequences of class {names} are of {len(counts):,} "
        f"{'family' if len(counts) == 1 else 'families'} of relatives, too few to keep them together: "
        f"{percent(related[smallest])} of the smallest part have relatives in another part, so metrics are "
        "better there than on new elements. Use other elements to measure those."
    )
    return [sentence]


def _hash(bases: str, salt: str) -> str:
    return hashlib.sha256((bases.upper() + salt).encode()).hexdigest()
