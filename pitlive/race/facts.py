"""What is known of the facts of a race: all versions of each, its cars, and what time it is.

Which version counts is decided where every kind of source decides it, in `pitlive.versions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush

from pitlive.messages import Entry, Rejection
from pitlive.versions import is_repeat, misfit, revision, settle


@dataclass(frozen=True, slots=True)
class EntryChange:
    """What an entry did to the fact it is about: what counted before, what counts now."""

    before: Entry | None = None
    after: Entry | None = None
    aside: Rejection | None = None


@dataclass(slots=True)
class RaceFacts:
    """All versions of all facts of one source, and how many entries each car is in."""

    revisions: dict[str, int] = field(default_factory=dict)
    """Car → how often a fact about it was stated or corrected."""

    corrections: int = 0
    """How often any fact was corrected."""

    _versions: dict[str, list[Entry]] = field(default_factory=dict)

    _times: list[tuple[int, str]] = field(default_factory=list)
    """When what counts of which fact happened, the newest first, as a heap of -at_ms [ms]; those
    of before a correction too, until they are the newest."""

    @property
    def newest_ms(self) -> int:
        """The newest event time of the facts that count [ms], 0 if none does."""
        while self._times:
            before_ms, fact = self._times[0]
            counts = settle(self._versions[fact])
            if counts is not None and counts.at_ms == -before_ms:
                return counts.at_ms
            heappop(self._times)
        return 0

    def add(self, entry: Entry) -> EntryChange | None:
        """Take an entry; None says that it is a repeat and changes nothing."""
        versions = self._versions.get(entry.fact)
        if versions is None:
            self._versions[entry.fact] = [entry]
            self._count([entry], 1)
            return self._timed(EntryChange(after=None if entry.retract else entry))
        if is_repeat(entry, versions):
            return None
        before = settle(versions)
        self._count(versions, -1)
        versions.append(entry)
        self._count(versions, 1)
        return self._timed(EntryChange(before, settle(versions), misfit(entry, versions)))

    def cars(self, fact: str) -> set[str]:
        """Return the cars that any version of a fact is about: each counts all versions."""
        return _cars(self._versions[fact])

    def _timed(self, change: EntryChange) -> EntryChange:
        if change.after is not None and change.after is not change.before:
            heappush(self._times, (-change.after.at_ms, change.after.fact))
        return change

    def _count(self, versions: list[Entry], sign: int) -> None:
        """Count a fact as often as its newest revision says, whether or not we saw them all."""
        newest = max(map(revision, versions))
        self.corrections += sign * newest
        times = sign * (1 + newest)
        for car in _cars(versions):
            self.revisions[car] = self.revisions.get(car, 0) + times


def _cars(versions: list[Entry]) -> set[str]:
    return {v.data["car"] for v in versions if "car" in v.data}
