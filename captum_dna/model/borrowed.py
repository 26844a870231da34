"""A setting of the process that several runs may need at once."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Borrowed(Generic[T]):
    """The first who needs another value sets it, and the last who leaves puts back what was found.

    Parameters
    ----------
    get, put
        Read and write the setting.
    """

    def __init__(self, get: Callable[[], T], put: Callable[[T], object]) -> None:
        self._get, self._put = get, put
        self._lock = Lock()
        self._users = 0

    @contextmanager
    def being(self, value: T, when: Callable[[T], bool] | None = None) -> Iterator[None]:
        """Let the setting have a value, the same for all who borrow it.

        Parameters
        ----------
        value
            What it becomes.
        when
            Whether it is to change at all, by what is found; the first who borrows it is asked, while the others wait.
        """
        with self._lock:
            borrows = bool(self._users) or when is None or when(self._get())
            if borrows and not self._users:
                self._found = self._get()
                self._put(value)
            self._users += borrows
        try:
            yield
        finally:
            if borrows:
                with self._lock:
                    self._users -= 1
                    if not self._users:
                        self._put(self._found)
