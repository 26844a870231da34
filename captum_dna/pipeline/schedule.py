"""Which shard is handed out next, and what becomes of it: order, repeated tries, and shards that end every worker.

Nothing here knows what a shard holds, who computes it, or what a clock is.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TRIES = 3
"""Workers that a shard may end before it is set aside."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a shard that was handed out.

    Parameters
    ----------
    state
        ``"finished"``; ``"held"`` by a process that is none of ours; ``"aside"``, since it cannot be computed;
        ``"failed"``, which may go better elsewhere.
    records
        How many records a finished one has.
    sentence
        What is wrong with one that is not.
    """

    state: Literal["finished", "held", "aside", "failed"]
    records: int = 0
    sentence: str = ""


class Schedule:
    """The shards of a run, or of a part, on their way.

    Every shard is handed out until it is finished or set aside: those that were lost before fresh ones, those that
    other processes hold once these let them go.

    Parameters
    ----------
    numbers
        Shards in the order in which they are wanted; taken one by one, as they are handed out.
    tries
        Workers that a shard may end, or fail on, before it is set aside.
    """

    def __init__(self, numbers: Iterable[int], tries: int = TRIES) -> None:
        self._fresh = iter(numbers)
        self._tries = tries
        self._again: deque[int] = deque()
        self._failures: Counter[int] = Counter()
        self._exhausted = False
        self.out: set[int] = set()
        """Shards that somebody computes for us."""
        self.held: set[int] = set()
        """Shards that other processes held when they were last looked at."""
        self.aside: dict[int, str] = {}
        """Shards that cannot be computed, each with what is wrong."""

    @property
    def over(self) -> bool:
        """Whether all shards are finished or set aside."""
        return self._exhausted and not (self._again or self.out or self.held)

    def next(self) -> int | None:
        """Hand out a shard; ``None`` where there is nothing to do now."""
        number = self._again.popleft() if self._again else next(self._fresh, None)
        if number is None:
            self._exhausted = True
        else:
            self.out.add(number)
        return number

    def note(self, number: int, outcome: Outcome) -> bool:
        """Take down what became of a shard; return whether this set it aside for having been tried too often."""
        self.out.remove(number)
        if outcome.state == "held":
            self.held.add(number)
        elif outcome.state == "aside":
            self.aside[number] = outcome.sentence
        elif outcome.state == "failed":
            self._failures[number] += 1
            if self._failures[number] == self._tries:
                self.aside[number] = outcome.sentence
                return True
            self._again.append(number)
        return False

    def look_again(self, is_held: Callable[[int], bool]) -> bool:
        """Take up shards that other processes have let go; return whether there are any."""
        free = {number for number in self.held if not is_held(number)}
        self.held -= free
        self._again.extend(sorted(free))
        return bool(free)
