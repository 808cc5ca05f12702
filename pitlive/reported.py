"""Reported JSON: what every kind of source asks of it before it looks at the fields."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator

import orjson

from pitlive.messages import Json, SetAside

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
"""Unix time in the year 2286."""


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


def aside(reported: dict[str, Json], field: str, got: Json, want: str) -> SetAside:
    """Return why an entry is not taken, in a form that can be kept and shown."""
    uid = reported.get("uid")
    if not isinstance(uid, str) or len(uid) > LONGEST_UID or not sound(uid):
        uid = ""
    return SetAside(uid, str(showable(field)), showable(got), want)


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


def wrong_in_envelope(
    at_ms: Json, revision: Json, amends: Json, uid: Json, origin: Json
) -> Iterator[tuple[str, Json, str]]:
    """Yield the field, what was there and what would do, of all that is wrong in an envelope.

    >>> list(wrong_in_envelope(5, -1, None, "a", None))
    [('revision', -1, 'a whole number from 0 to 10^9')]
    """
    if not is_whole(at_ms, LATEST_MS):
        yield "at_ms", at_ms, "a whole number of milliseconds from 0 to 10^13"
    if not is_whole(revision, 10**9):
        yield "revision", revision, "a whole number from 0 to 10^9"
    if amends is not None and not is_text(amends):
        yield "amends", amends, f"a text of 1 to {LONGEST_UID} characters"
    if not is_text(uid):
        yield "uid", uid, f"a text of 1 to {LONGEST_UID} characters that names the fact"
    if origin is not None and not is_text(origin):
        yield "origin", origin, f"a text of 1 to {LONGEST_UID} characters"


def is_whole(value: Json, most: int) -> bool:
    """Tell whether a value is a whole number from 0 to the most that there may be."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def is_text(value: Json, longest: int = LONGEST_UID) -> bool:
    """Tell whether a value is a text that is neither empty nor too long."""
    return isinstance(value, str) and 0 < len(value) <= longest and sound(value)
