"""What is wrong with some of many items, told together: raised, or left out with a warning."""

from __future__ import annotations

from captum_dna.core.errors import SequenceError
from captum_dna.core.notices import tell

_LISTED = 5
"""How many problems one error lists."""


class Problems:
    """Collects what is wrong with the items of one call.

    Parameters
    ----------
    items
        What the items are called, such as ``"sequences"``.
    skip
        Whether bad items are left out, with a warning that lists all of them.
    """

    def __init__(self, items: str, *, skip: bool) -> None:
        self.items = items
        self.skip = skip
        self.count = 0
        self._sentences: list[str] = []

    def add(self, error: Exception) -> None:
        """Note what is wrong with one item."""
        self.count += 1
        if self.skip or len(self._sentences) < _LISTED:
            self._sentences.append(str(error))

    def settle(self, good: int) -> None:
        """Raise, or warn, once all items have been seen.

        Parameters
        ----------
        good
            How many items are good.

        Raises
        ------
        SequenceError
            There are bad items that are not to be skipped, or no good ones.
        """
        total = good + self.count
        if self.count and (not self.skip or not good):
            listed = "\n  ".join(self._sentences[:_LISTED])
            rest = f"\n  and {self.count - _LISTED} more." if self.count > _LISTED else ""
            head = f"{self.count} of {total} {self.items} cannot be explained:\n  " if total > 1 else ""
            raise SequenceError(f"{head}{listed}{rest}")
        if self.count:
            listed = "\n  ".join(self._sentences)
            tell(f"{self.count} of {total} {self.items} are left out:\n  {listed}")
