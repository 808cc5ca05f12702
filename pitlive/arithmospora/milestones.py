"""What has been reached: told once, and silently held where it was so from the start."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from pitlive.arithmospora.spec import Milestone
from pitlive.datapoints.points import key
from pitlive.messages import Json, Row

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "<=": operator.le,
    "<": operator.lt,
}


class Milestones:
    """Those of one stat that have not been reached yet."""

    def __init__(self, milestones: Sequence[Milestone]) -> None:
        self._ahead = list(milestones)

    def reached(
        self, row: Callable[[str], Row], at_ms: int, *, announced: bool
    ) -> dict[str, dict[str, Json]]:
        """Return the rows of those that are reached now.

        Args:
            row: Returns the row of a data point, None if there is none.
            announced: False at the start: what holds already is no news.
        """
        now = [one for one in self._ahead if _holds(one, row(key(one.points)))]
        self._ahead = [one for one in self._ahead if one not in now]
        return {_key(one): _row(one, at_ms, announced=announced) for one in now}


def _holds(one: Milestone, row: Row) -> bool:
    """Unknown is not compared: a point that is not there yet has reached nothing."""
    value = row.get(one.field) if isinstance(row, dict) else None
    return value is not None and COMPARE[one.comparator](value, one.target)


def _key(one: Milestone) -> str:
    return key([one.stat, one.collection, one.name, *one.points])


def _row(one: Milestone, at_ms: int, *, announced: bool) -> dict[str, Json]:
    row = one.model_dump(mode="json", exclude={"points"})
    return {**row, "points": list(one.points), "at_ms": at_ms, "announced": announced}
