"""How much of a log is folded in one go: as much as takes a moment, whatever it costs.

Pure. Sources take turns between two goes, so no large log makes small sources wait.
"""

from __future__ import annotations

MOMENT_S = 0.05
"""What one go is to take: little enough to wait for, and a thousand times what a turn costs."""

FEWEST = 50
"""Entries folded in one go however long they take."""


class Slices:
    """The size of the next go, learnt from those before.

    >>> slices = Slices(most=10_000)
    >>> slices.took(entries=10_000, seconds=0.5)
    >>> slices.size
    1000
    >>> slices.took(entries=1000, seconds=0.01)
    >>> slices.size
    2000
    """

    def __init__(self, most: int) -> None:
        self.size = self._most = most

    def took(self, entries: int, seconds: float) -> None:
        """Note how long a go took."""
        if seconds > MOMENT_S:
            self.size = min(self._most, max(FEWEST, int(entries * MOMENT_S / seconds)))
        elif entries >= self.size:
            self.size = min(self._most, 2 * self.size)
