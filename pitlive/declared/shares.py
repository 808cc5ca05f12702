"""Shares of a whole: what is counted over what it is divided by."""

from __future__ import annotations

from collections.abc import Mapping


class Shares:
    """What counts are divided by: as declared by row key, else as counted.

    A row whose whole is not known has its count alone. Rows whose whole is declared are there
    before any entry.

    >>> Shares({"arts": 8}).row("arts", 2, counted=3)
    {'current': 2, 'total': 8, 'proportion': 0.25, 'percentage': 25.0}
    >>> Shares({"arts": 8}).row("law", 2, counted=3), Shares({}).row("law", 0, counted=0)
    ({'current': 2}, None)
    """

    def __init__(self, totals: Mapping[str, float], total: float | None = None) -> None:
        self._totals, self._total = totals, total
        self._untold = tuple(totals)

    def row(self, key: str, current: int, counted: int) -> dict[str, float] | None:
        """Return what is told of a row; None if there is nothing to tell of.

        Args:
            counted: Entries of all time, which are the whole where none is declared.
        """
        if key in self._totals:
            return share(current, self._totals[key])
        if not counted:
            return None
        return {"current": current} if self._totals else share(current, self._total or counted)

    def untold(self) -> tuple[str, ...]:
        """Return, once, the keys of the rows that are there from the beginning."""
        untold, self._untold = self._untold, ()
        return untold


def share(current: int, total: float) -> dict[str, float]:
    """Return a count and its share of a whole; of nothing it is 0."""
    of = current / total if total else 0.0
    return {"current": current, "total": total, "proportion": of, "percentage": of * 100}
