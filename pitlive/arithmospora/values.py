"""What is told of the numbers that were read: shares and percentages, kind by kind.

Nothing read is 0 here, as the programme has it whose figures these are, and a share of
nothing is 0: its pages divide by no unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.datapoints.points import path
from pitlive.messages import Json, Row


def row(kind: str, name: str, key: str, read: Json) -> Row:
    """Return the row of a point, from what was read of it.

    Args:
        name: The bare name of the stat.
        key: The point's row key.

    >>> row("proportion", "total", "", {"current": 71, "total": 200})["percentage"]
    35.5
    >>> row("single_value", "totalvotes", "", 2345)
    {'totalvotes': 2345}
    """
    if kind == "single_value":
        return {[name, *path(key)][-1]: read}
    if kind == "proportion":
        return _shares(read)
    if kind == "rolling":
        peak = _share(read["peak"], read["total"])
        peaks = {"peak": read["peak"], "peakProportion": peak, "peakPercentage": peak * 100}
        return _shares(read) | peaks
    return read


def _shares(read: Mapping[str, int]) -> dict[str, float]:
    of = _share(read["current"], read["total"])
    counts = {"current": read["current"], "total": read["total"]}
    return {**counts, "proportion": of, "percentage": of * 100}


def _share(part: int, total: int) -> float:
    return part / total if total else 0
