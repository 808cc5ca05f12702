"""What was read of a stat → entries: all of it at first, then what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pitlive.arithmospora.feed.configuration import ConfiguredStat
from pitlive.messages import Json

Fields = Mapping[str, Json]
"""Path of a data point → its numbers."""

LONGEST = 12 * 1024
"""Bytes of the rows of one entry: a reading that is longer goes in parts."""

FIELDS = {"proportion": ("current", "total"), "rolling": ("current", "total", "peak")}


@dataclass(frozen=True, slots=True)
class Point:
    """A data point as Redis has it: where it is, and its value or its hash as it stands there."""

    path: tuple[str, ...]
    value: bytes | Mapping[bytes, bytes] | None


def rows(stat: ConfiguredStat, points: Sequence[Point]) -> dict[str, Json]:
    """Return the rows of a stat and its data points.

    What is not there is 0, as the programme has it. What is no number stays a text, which
    the server refuses with its place.

    >>> total = ConfiguredStat("proportion:total", "proportion", "e:stats:total")
    >>> rows(total, [Point((), {b"current": b"7"}), Point(("A/B",), {b"total": b"x"})])
    {'': {'current': 7, 'total': 0}, 'A~1B': {'current': 0, 'total': 'x'}}
    """
    found: dict[str, Json] = {}
    for point in points:
        key = "/".join(name.replace("~", "~0").replace("/", "~1") for name in point.path)
        hashed = point.value if isinstance(point.value, Mapping) else {}
        if stat.kind == "single_value":
            found[key] = _number(point.value)
        elif stat.kind == "timed":
            found |= {f"{key}/{_text(bucket)}": _number(n) for bucket, n in hashed.items()}
        elif stat.kind == "generic":
            found[key] = {_text(name): _number(value) for name, value in hashed.items()}
        else:
            fields = FIELDS[stat.kind]
            found[key] = {name: _number(hashed.get(name.encode())) for name in fields}
    return found


def entries(
    stat: ConfiguredStat, us: int, before: Fields | None, now: Fields
) -> list[dict[str, Json]]:
    """Return what is to be reported of a reading; nothing if nothing has changed.

    Args:
        us: When it was read [us since 1970].
        before: What the server is sure to have, None if that is not known.

    >>> votes = ConfiguredStat("timed:votes", "timed", "e:stats:votes", (60,))
    >>> entries(votes, 7, {"60/1": 4, "60/2": 1}, {"60/2": 2})[0]["rows"]
    {'60/2': 2}
    """
    if before is None:
        changed, gone = dict(now), []
    else:
        changed = {key: row for key, row in now.items() if before.get(key) != row}
        gone = [key for key in before if key not in now]
        if not changed and not gone:
            return []
    parts = list(_parts(changed)) or [{}]
    about: dict[str, Any] = {"type": "reading", "stat": stat.name, "us": us}
    about |= {"parts": len(parts)} if len(parts) > 1 else {}
    about |= {"whole": True} if before is None else {}
    reports = [{**about, "part": n, "rows": part} for n, part in enumerate(parts, 1)]
    if gone:
        reports[0]["gone"] = gone
    return reports


def _parts(changed: Fields) -> Iterator[dict[str, Json]]:
    """Yield rows in portions that fit into an entry."""
    part: dict[str, Json] = {}
    size = 0
    for key, row in changed.items():
        length = len(orjson.dumps(key)) + len(orjson.dumps(row)) + 2
        if part and size + length > LONGEST:
            yield part
            part, size = {}, 0
        part[key] = row
        size += length
    if part:
        yield part


def _number(value: Any) -> int | str:
    if value is None:
        return 0
    try:
        return int(value)
    except ValueError:
        return _text(value)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
