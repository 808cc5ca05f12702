"""Rows by path ↔ a stat with its data points in one another.

A row that is an object is the data of the point its key names; any other is one value of the
data of the point above it. So a series is a row a bucket, and its change a few bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pitlive.messages import Json, Row


def key(path: Iterable[str]) -> str:
    """Return the row key of a point: its names, joined by `/` as in RFC 6901.

    >>> key(["PG", "T"]), key([]), key(["A/B ~"])
    ('PG/T', '', 'A~1B ~0')
    """
    return "/".join(name.replace("~", "~0").replace("/", "~1") for name in path)


def path(key: str) -> list[str]:
    """Return the names of a point, from the top.

    >>> path("PG/T"), path(""), path("A~1B ~0")
    (['PG', 'T'], [], ['A/B ~'])
    """
    if not key:
        return []
    return [name.replace("~1", "/").replace("~0", "~") for name in key.split("/")]


def nested(name: str, rows: Mapping[str, Row]) -> dict[str, Json]:
    """Return a stat as readers of nested points want it.

    >>> nested("turnout", {"": {"current": 3}, "PG": {"current": 1}})["dataPoints"]["PG"]
    {'name': 'PG', 'data': {'current': 1}, 'dataPoints': {}}
    >>> nested("votes", {"60/2": 5, "60/1": 0})["dataPoints"]["60"]["data"]
    {'1': 0, '2': 5}
    """
    top = _point(name)
    for row_key in sorted(rows):
        row, names = rows[row_key], path(row_key)
        if isinstance(row, dict):
            _at(top, names)["data"] = row
        else:
            *above, last = names or [name]
            _at(top, above)["data"][last] = row
    return top


def _at(point: dict[str, Json], names: Iterable[str]) -> dict[str, Json]:
    for name in names:
        point = point["dataPoints"].setdefault(name, _point(name))
    return point


def _point(name: str) -> dict[str, Json]:
    return {"name": name, "data": {}, "dataPoints": {}}
