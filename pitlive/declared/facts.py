"""What is known of the facts of a declared source: all versions of each, by their rows.

Which version counts is decided where every kind of source decides it, in `pitlive.versions`.
Almost all facts have one version, which is kept as the number of its row and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pitlive.messages import Entry, Rejection
from pitlive.versions import is_repeat, misfit, revision, settle

RETRACTED = -1

_TYPE_BITS = 5
"""A source has at most 20 types."""


class FactVersion(NamedTuple):
    """One entry about a fact, without its data.

    Attributes:
        row: Its row in the table of its type, -1 for a retraction.
    """

    revision: int
    uid: str
    amends: bool
    type: str
    row: int

    @property
    def retract(self) -> bool:
        """Whether it takes the fact out."""
        return self.row == RETRACTED


class VersionChange(NamedTuple):
    """What counted of a fact before a batch, and what counts after it; None: nothing."""

    before: FactVersion | None
    after: FactVersion | None


class Reports(NamedTuple):
    """First reports of facts, all of one type.

    Attributes:
        type: The number of their type.
        rows: Their rows in its table.
    """

    uids: Sequence[str]
    type: int
    rows: range


class VersionedFacts:
    """All versions of all facts of one source."""

    def __init__(self, types: Sequence[str] = ()) -> None:
        self._types = types
        self._only: dict[str, int] = {}
        """Fact → the place of its first report, where nothing else is known of it.

        A place is one number, which the garbage collector need not look at.
        """
        self._versions: dict[str, list[FactVersion]] = {}
        self._waiting: list[Reports] = []
        self._uids: set[str] = set()
        """All facts, those that wait to be indexed too, and what was found not to be first."""

    def is_first(self, uid: str, type: int, row: int) -> bool:
        """Enter a first report (revision 0, amends nothing) if nothing is known of its fact.

        >>> facts = VersionedFacts(["score"])
        >>> facts.is_first("a", 0, 0), facts.is_first("a", 0, 1)
        (True, False)
        """
        if self._waiting:
            self._index()
        if uid in self._only or uid in self._versions:
            return False
        self._uids.add(uid)
        self._only[uid] = row << _TYPE_BITS | type
        return True

    def are_first(self, reports: Sequence[Reports]) -> bool:
        """Enter first reports all at once, if of none of their facts anything is known.

        If not, nothing is entered, and each has to be looked at.

        >>> facts = VersionedFacts(["score"])
        >>> facts.are_first([Reports("ab", 0, range(2))])
        True
        >>> facts.are_first([Reports("bc", 0, range(2, 4))])
        False
        """
        want = len(self._uids) + sum(len(one.uids) for one in reports)
        for one in reports:
            self._uids.update(one.uids)
        if len(self._uids) < want:
            return False
        self._waiting += reports
        return True

    def _index(self) -> None:
        """Note where those are that came all at once: something is asked of single facts."""
        for uids, type, rows in self._waiting:
            first, last = (row << _TYPE_BITS | type for row in (rows.start, rows.stop))
            self._only.update(zip(uids, range(first, last, 1 << _TYPE_BITS), strict=True))
        self._waiting.clear()

    def is_known(self, entry: Entry) -> bool:
        """Tell whether a first report repeats the only one of its fact."""
        return entry.uid in self._only

    def take(self, entry: Entry, row: int) -> tuple[VersionChange | None, Rejection | None]:
        """Enter an entry; no change says that it is a repeat, or does not count.

        >>> facts, first = VersionedFacts(), Entry("a", "score", 5, {})
        >>> facts.take(first, 0)[0].after.row, facts.take(first, 1)[0]
        (0, None)
        >>> change, _ = facts.take(Entry("b", "retract", 6, {}, amends="a", retract=True), 2)
        >>> change.before.row, change.after
        (0, None)
        """
        if self._waiting:
            self._index()
        self._uids.add(entry.fact)
        version = FactVersion(
            revision(entry),
            entry.uid,
            entry.amends is not None,
            entry.type,
            RETRACTED if entry.retract else row,
        )
        versions = self._known(entry.fact)
        if versions is None:
            self._versions[entry.fact] = [version]
            return (None if entry.retract else VersionChange(None, version)), None
        if is_repeat(version, versions):
            return None, None
        before = settle(versions)
        versions.append(version)
        after = settle(versions)
        change = None if before == after else VersionChange(before, after)
        return change, misfit(entry, versions)

    def _known(self, fact: str) -> list[FactVersion] | None:
        """Return the versions of a fact; from now on there are several."""
        if (only := self._only.pop(fact, None)) is not None:
            type = self._types[only & ((1 << _TYPE_BITS) - 1)]
            self._versions[fact] = [FactVersion(0, fact, False, type, only >> _TYPE_BITS)]
        return self._versions.get(fact)
