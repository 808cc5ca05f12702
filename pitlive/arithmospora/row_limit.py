"""How many rows a source of figures may have, and what is said where there is no room for more.

A row stays, a removed one too for what may still come late, so a feed whose paths are always
new would fill the memory; so would one that never ends its readings. Whether there is room is
decided in the order of the log, row by row: a row that is there is read on whatever comes
beside it, for whoever sent it does not send it again until it changes.
"""

from __future__ import annotations

from pitlive.arithmospora.waiting_parts import Lack
from pitlive.messages import Rejection
from pitlive.reported import MOST_GROUPS

NAMED = 10
"""Keys of rows that are named where many are set aside."""


class RowLimit:
    """The room of all stats of a source.

    >>> room = RowLimit(3)
    >>> room.note("a", 2)
    >>> room.of("a"), room.of("b")
    (3, 1)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[str, int] = {}
        self._all = 0

    def of(self, stat: str) -> int:
        """Return how many rows a stat may have beside those of the others."""
        return max(self._most - self._all + self._of.get(stat, 0), 0)

    def note(self, stat: str, rows: int) -> None:
        """Take down how many rows a stat has."""
        self._all += rows - self._of.get(stat, 0)
        self._of[stat] = rows


class Rooms:
    """The room for rows that are kept, and as much for those that wait.

    Attributes:
        kept: For what was read.
        waiting: For parts of readings of which others are still to come.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most or MOST_GROUPS
        self.kept, self.waiting = RowLimit(self._most), RowLimit(self._most)

    def no_new(self, stat: str, lack: Lack) -> Rejection:
        """Say that rows are not kept.

        >>> from pitlive.messages import Entry
        >>> entry = Entry("a", "reading", 5, {})
        >>> Rooms(3).no_new("other:n", Lack(entry, ["x", "y"])).want
        'rows that are there: 2 of other:n are new, at most 3 are kept (most_groups)'
        """
        new = f"{len(lack.keys):,} of {stat} {'is' if len(lack.keys) == 1 else 'are'} new"
        return _aside(
            lack, f"rows that are there: {new}, at most {self._most:,} are kept (most_groups)"
        )

    def no_wait(self, stat: str, lack: Lack) -> Rejection:
        """Say that rows cannot wait for the other parts of their reading."""
        rest = f"the rest of the reading before {len(lack.keys):,} rows of {stat} have to go"
        return _aside(lack, f"{rest}: at most {self._most:,} wait for other parts (most_groups)")


def _aside(lack: Lack, want: str) -> Rejection:
    more = ["…"] if len(lack.keys) > NAMED else []
    return Rejection(lack.entry.uid, "rows", [*lack.keys[:NAMED], *more], want, lack.entry.id)
