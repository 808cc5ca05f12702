"""How long one entry may be: nearly always its bytes in the body show that it is short.

Only what they do not show is encoded again to be measured. A reader of a body marks that as
`Unmeasured`; where in a body an entry stands, nobody knows later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from pitlive.messages import Json, SetAside

LONGEST_ENTRY = 16 * 1024
"""Bytes of one entry as JSON: pages of the log stay of a size that can be held."""

DEEPEST = 250
"""Levels of nesting: a few less than orjson writes, which reads more."""

SIGNATURE = 1024
"""Bytes that the name of who is logged in may add, with which a report is signed."""

JSON_GROWTH = 4
"""Bytes that a byte of JSON may become: `1e15` is written `1000000000000000.0`."""

TEXT_GROWTH = 6
"""Bytes that a character of a cell may become: one that JSON has no other way to write."""

MEASURED_TOGETHER = 50
"""Things that are encoded together, for most are short."""


class Unmeasured(NamedTuple):
    """A thing that may be too long, or too deep."""

    thing: Json


def is_surely_short(text: bytes) -> bool:
    """Tell whether nothing in a piece of JSON can be too long or too deep.

    >>> is_surely_short(b'{"lap": 1}'), is_surely_short(b"[" * 300), is_surely_short(b"1" * 9000)
    (True, False, False)
    """
    return (
        len(text) * JSON_GROWTH <= LONGEST_ENTRY - SIGNATURE
        and text.count(b"{") + text.count(b"[") <= DEEPEST
    )


def elements(text: bytes, things: list[Json]) -> list[Json | Unmeasured]:
    r"""Return the elements of an array, marked if they may be too long.

    Where there are as many closing braces as objects, none is nested and none is in a text:
    each object lies between two of them.

    Args:
        text: The array as it came.

    >>> elements(b'[{"lap": 1}]', [{"lap": 1}])
    [{'lap': 1}]
    """
    if is_surely_short(text):
        return things
    if set(map(type, things)) == {dict} and text.count(b"}") == len(things):
        longest = max(map(len, text.split(b"}")))
        if is_surely_short(b" " * longest) and text.count(b"[") < DEEPEST:
            return things
    return [Unmeasured(thing) for thing in things]


def row(cells: Sequence[str], names_length: int, entry: Json) -> Json | Unmeasured:
    """Return the entry of a row of a table, marked if it may be too long.

    Args:
        names_length: Bytes of its fields as JSON without their values.
    """
    length = sum(map(len, cells)) * TEXT_GROWTH + names_length
    return entry if length <= LONGEST_ENTRY - SIGNATURE else Unmeasured(entry)


def names_length(names: Sequence[str]) -> int:
    """Return the bytes of an object of these fields as JSON, but for what is in its texts.

    >>> names_length(["lap"]) == len('{"lap":""}')
    True
    """
    return len(orjson.dumps(dict.fromkeys(names, "")))


def measured(things: Sequence[Json | SetAside | Unmeasured]) -> list[Json | SetAside]:
    """Return things, but for those that are too long, which are refused."""
    if Unmeasured not in set(map(type, things)):
        return list(things)
    starts = range(0, len(things), MEASURED_TOGETHER)
    parts = (things[start : start + MEASURED_TOGETHER] for start in starts)
    return [one for part in parts for one in _measured(part)]


def _measured(part: Sequence[Json | SetAside | Unmeasured]) -> list[Json | SetAside]:
    bare = [one.thing if isinstance(one, Unmeasured) else one for one in part]
    try:
        if len(orjson.dumps(bare)) <= LONGEST_ENTRY:
            return bare
    except TypeError:  # one of them is too deep
        pass
    return [_too_long(one) or one for one in bare]


def _too_long(thing: Any) -> SetAside | None:
    """Why an entry cannot be kept, though it may be right otherwise."""
    if isinstance(thing, SetAside):
        return None
    try:
        length = len(orjson.dumps(thing))
    except TypeError:
        return SetAside("", "entry", ascii(thing)[:100], f"at most {DEEPEST} levels of nesting")
    if length <= LONGEST_ENTRY:
        return None
    return SetAside("", "entry", f"{length} bytes", f"at most {LONGEST_ENTRY} bytes as JSON")
