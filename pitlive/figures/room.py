"""How many rows a source of figures may have, and which readings would make one too many.

A row stays, a removed one too for what may still come late, so a feed whose paths are always
new would fill the memory; so would one that never ends its readings. Whether there is room is
decided in the order of the log, reading by reading.
"""

from __future__ import annotations

from pitlive.sources.room import MOST_GROUPS

Rows = tuple[int, int]
"""Of a stat: those that are kept, and those that wait for the rest of their readings."""


class Room:
    """The room that a source has for the rows of all its stats, and as much for those waiting.

    >>> room = Room(3)
    >>> room.note("a", (2, 0))
    >>> room.lacks("b", (1, 0)), room.lacks("b", (2, 0))
    ('', 'rows that are there: with these the source had 4, at most 3 are kept (most_groups)')
    """

    def __init__(self, most: int | None) -> None:
        self._most = most or MOST_GROUPS
        self._of: dict[str, Rows] = {}
        self._all: Rows = (0, 0)

    def lacks(self, stat: str, rows: Rows) -> str:
        """Say what would do instead of a reading after which a stat had so many rows."""
        (kept, waiting), (had, waited) = self._with(stat, rows), self._all
        if kept > max(had, self._most):
            return (
                f"rows that are there: with these the source had {kept:,}, "
                f"at most {self._most:,} are kept (most_groups)"
            )
        if waiting > max(waited, self._most):
            return (
                f"the rest of what was begun: with this {waiting:,} rows would wait for other "
                f"parts of their readings, at most {self._most:,} may (most_groups)"
            )
        return ""

    def note(self, stat: str, rows: Rows) -> None:
        """Take down how many rows a stat has."""
        self._all = self._with(stat, rows)
        self._of[stat] = rows

    def _with(self, stat: str, rows: Rows) -> Rows:
        had = self._of.get(stat, (0, 0))
        return self._all[0] + rows[0] - had[0], self._all[1] + rows[1] - had[1]
