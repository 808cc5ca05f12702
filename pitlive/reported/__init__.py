"""Reported JSON: what every kind of source asks of it before it looks at the fields."""

from __future__ import annotations

import reprlib

import orjson

from pitlive.messages import Json, Rejection

ENVELOPE = frozenset({"type", "uid", "at_ms", "revision", "amends", "origin"})
"""Fields that `Entry` has attributes for; the others are its `data`."""

LOG = frozenset({"id", "seen_ms"})
"""Fields that the log writes: an entry read from it may be reported again as it was."""

SOUND = "finite numbers of 64 bits, valid Unicode, and at most 250 levels"
"""What fields that we do not know must hold, for every reader to take them."""

LONGEST_UID = 200
"""Characters."""

MOST_GROUPS = 4_000_000
"""Of a source, unless it is declared otherwise: some GB of an engine's memory."""

LATEST_MS = 10**13
"""Unix time in the year 2286; two such times differ by less than 2**53, exact in a float."""


class Misreported(Exception):
    """A field of a report that cannot be accepted.

    Args:
        field: Where.
        got: What was there.
        want: What would do.
    """

    def __init__(self, field: str, got: Json, want: str) -> None:
        super().__init__(field, got, want)
        self.field, self.got, self.want = field, got, want


def sound(value: Json) -> bool:
    """Tell whether a value is JSON that every reader can take: finite, no lone surrogates.

    >>> sound({"a": [1, "é"]}), sound(float("nan")), sound("\\ud800"), sound(2**70)
    (True, False, False, False)
    """
    try:
        return bool(orjson.loads(orjson.dumps(value)) == value)
    except (TypeError, ValueError, RecursionError):
        return False


def whole(reported: dict[str, Json]) -> dict[str, Json]:
    """Return the object with 5.0 as 5: JSON knows one kind of number, and pandas writes it so.

    >>> whole({"lap": 5.0, "speed": 5.5})
    {'lap': 5, 'speed': 5.5}
    """
    if float not in map(type, reported.values()):
        return reported
    return {
        k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in reported.items()
    }


def present(reported: dict[str, Json]) -> dict[str, Json]:
    """Return the fields that are there, null being as good as absent, with 5.0 as 5.

    >>> present({"lap": 5.0, "place": None})
    {'lap': 5}
    """
    return whole({k: v for k, v in reported.items() if v is not None})


def filled(row: dict[str, Json]) -> dict[str, Json]:
    """Return the cells of a row that are not empty.

    >>> filled({"lap": "5", "place": ""})
    {'lap': '5'}
    """
    return {k: v for k, v in row.items() if v is not None and v != ""}


def aside(reported: dict[str, Json], field: str, got: Json, want: str) -> Rejection:
    """Return why an entry is not taken, in a form that can be kept and shown."""
    uid = reported.get("uid")
    if not isinstance(uid, str) or len(uid) > LONGEST_UID or not sound(uid):
        uid = ""
    return Rejection(uid, str(showable(field)), showable(got), want)


def showable(value: Json) -> Json:
    """Return a value as it was, or a short text of it where it is long or not valid JSON.

    >>> showable(0), showable(float("nan")), showable("x" * 300) == "x" * 100 + "…"
    (0, 'nan', True)
    """
    if isinstance(value, bool | None) or (isinstance(value, int | float) and sound(value)):
        return value
    if isinstance(value, str) and sound(value):
        return value if len(value) <= 100 else value[:100] + "…"
    return reprlib.repr(value)[:100]


def is_whole(value: Json, most: int) -> bool:
    """Tell whether a value is a whole number from 0 to the most that there may be."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def is_text(value: Json, longest: int = LONGEST_UID) -> bool:
    """Tell whether a value is a text that is neither empty nor too long."""
    return isinstance(value, str) and 0 < len(value) <= longest and sound(value)
