"""Which stats are to be read when: not at every update, and never too late."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from pitlive.arithmospora.feed.configuration import Debounce

T = TypeVar("T", bound=Hashable)


class Due(Generic[T]):
    """Updates that wait: each until it has been quiet, or since the first for long enough.

    >>> due = Due(Debounce(quiet_ms=200, latest_ms=1000))
    >>> due.update("total", 0.0), due.update("total", 0.1), due.at
    (None, None, 0.30000000000000004)
    >>> due.take(0.2), due.take(0.31), due.at
    ([], ['total'], None)
    """

    def __init__(self, debounce: Debounce) -> None:
        self._quiet_s, self._latest_s = debounce.quiet_ms / 1000, debounce.latest_ms / 1000
        self._first: dict[T, float] = {}
        self._due: dict[T, float] = {}

    @property
    def at(self) -> float | None:
        """When the next one is due [s], None if none waits."""
        return min(self._due.values(), default=None)

    def update(self, name: T, now: float) -> None:
        """Note an update."""
        first = self._first.setdefault(name, now)
        self._due[name] = min(now + self._quiet_s, first + self._latest_s)

    def at_once(self, names: Iterable[T], now: float) -> None:
        """Have stats read without any delay."""
        self._due.update(dict.fromkeys(names, now))

    def take(self, now: float) -> list[T]:
        """Return those that are due, which then wait no longer."""
        found = [name for name, at in self._due.items() if at <= now]
        for name in found:
            del self._due[name]
            self._first.pop(name, None)
        return found
