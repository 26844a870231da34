"""A motif as letters, IUPAC codes or a matrix of probabilities: drawn, turned round and shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from captum_dna.core.errors import UserError
from captum_dna.core.letters import BASES, IUPAC, is_bases, reverse_complement

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    MotifLike: TypeAlias = "str | Motif | ArrayLike"

_ROUNDING = 0.02
"""Databases round their probabilities to a few digits."""

_SHUFFLES = 10
"""Shuffles of a motif among which the one that is least like it is taken."""

_LONGEST_NAME = 24


@dataclass(frozen=True, eq=False)
class Motif:
    """Probabilities of the four bases at W places.

    Parameters
    ----------
    name
        What to call it: its letters, or the most likely ones.
    matrix
        (4, W), rows A, C, G, T; columns sum to 1.
    """

    name: str
    matrix: NDArray[np.float64]

    @classmethod
    def of(cls, given: MotifLike, option: str = "motif") -> Motif:
        """Return what was given as a motif.

        Parameters
        ----------
        given
            Letters, IUPAC codes included, or a (4, W) matrix.
        option
            The argument it was given as.

        Raises
        ------
        UserError
            It is neither, or the columns of the matrix are not probabilities.

        Examples
        --------
        >>> Motif.of("TATAWR").matrix[:, 4].tolist()
        [0.5, 0.0, 0.0, 0.5]
        """
        if isinstance(given, Motif):
            return given
        if isinstance(given, str):
            if not is_bases(given):
                raise UserError(
                    f"`{option}` is {given!r:.60}, and a motif is written in A, C, G, T and IUPAC codes.",
                    option=option,
                )
            return cls(_short(given.upper()), _of_letters(given))
        matrix = np.asarray(given, dtype=float)
        if matrix.ndim != 2 or len(matrix) != len(BASES) or not matrix.shape[1]:
            turned = " Transpose it (.T)." if matrix.ndim == 2 and matrix.shape[1] == len(BASES) else ""
            raise UserError(
                f"`{option}` has the shape {matrix.shape}: a motif is letters, or a matrix of shape (4, width) whose rows "
                f"are the probabilities of A, C, G and T.{turned}",
                option=option,
            )
        _check_probabilities(matrix, option)
        matrix = matrix / matrix.sum(axis=0)
        return cls(_short("".join(BASES[row] for row in matrix.argmax(axis=0))), matrix)

    @property
    def width(self) -> int:
        """Bases that it covers."""
        return int(self.matrix.shape[1])

    @property
    def is_one_letter(self) -> bool:
        """Whether it always spells one letter, so that no order of its letters is another."""
        return bool((self.matrix > 0).any(axis=1).sum() == 1)

    @cached_property
    def _steps(self) -> NDArray[np.float64]:
        return self.matrix.cumsum(axis=0)

    def draw(self, random: np.random.Generator) -> str:
        """Return letters drawn from the probabilities."""
        above = random.random(self.width) >= self._steps[:-1]
        return "".join(BASES[row] for row in above.sum(axis=0).tolist())

    def drawn_shuffled(self, letters: str, random: np.random.Generator) -> str:
        """Return the drawn letters in another order: of some random ones, the one least like either strand of them."""
        own = np.array([list(letters), list(reverse_complement(letters))])
        orders = [random.permutation(own[0]) for _ in range(_SHUFFLES)]
        return "".join(max(orders, key=lambda order: int((order != own).sum(axis=1).min())))


def _of_letters(letters: str) -> NDArray[np.float64]:
    columns = [[float(base in IUPAC[letter]) for base in BASES] for letter in letters.upper()]
    matrix = np.array(columns).T
    found: NDArray[np.float64] = matrix / matrix.sum(axis=0)
    return found


def _check_probabilities(matrix: NDArray[np.float64], option: str) -> None:
    sums = matrix.sum(axis=0)
    wrong = np.flatnonzero(~(np.abs(sums - 1) < _ROUNDING) | (matrix < 0).any(axis=0))
    if len(wrong):
        raise UserError(
            f"`{option}`: place {wrong[0] + 1} of the matrix holds no probabilities: its four numbers must not be negative "
            f"and sum to 1, and sum to {sums[wrong[0]]:.4g}. Divide counts by their sum.",
            option=option,
        )


def _short(letters: str) -> str:
    return letters if len(letters) <= _LONGEST_NAME else f"{letters[: _LONGEST_NAME - 3]}..."
