"""How long one entry may be, and of which bodies it is plain that none in it is longer.

An entry is measured as JSON, many encoded at once: that is 0.05 µs an entry, less than it takes
to look at its bytes in the body. What comes in a short body needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from pitlive.messages import Json, Rejection

LONGEST_ENTRY = 16 * 1024
"""Bytes of one entry as JSON: pages of the log stay of a size that can be held."""

DEEPEST = 250
"""Levels of nesting: a few less than orjson writes, which reads more."""

SIGNATURE = 1024
"""Bytes that the name of who is logged in may add, with which a report is signed."""

GROWTH = 6
"""Bytes of JSON that a byte of a body may become: a control character in a cell is `\\u0001`, and
`1e15` is written `1000000000000000.0`. Names of columns come once, and so does a row of them."""

MEASURED_TOGETHER = 50
"""Things that are encoded together, for most are short."""


def are_surely_short(body: bytes) -> bool:
    """Tell whether nothing that a body reports can be too long or too deep.

    >>> are_surely_short(b'{"lap": 1}'), are_surely_short(b"[" * 300), are_surely_short(b"1" * 9000)
    (True, False, False)
    """
    is_short = len(body) * GROWTH <= LONGEST_ENTRY - SIGNATURE
    return is_short and body.count(b"{") + body.count(b"[") <= DEEPEST


def measured(things: Sequence[Json | Rejection]) -> list[Json | Rejection]:
    """Return things, but for those that are too long, which are refused."""
    starts = range(0, len(things), MEASURED_TOGETHER)
    parts = (things[start : start + MEASURED_TOGETHER] for start in starts)
    return [one for part in parts for one in (part if _are_short(part) else map(_cut, part))]


def _are_short(things: Sequence[Json | Rejection]) -> bool:
    """Whether all of them together are no longer than one may be."""
    try:
        return len(orjson.dumps(things)) <= LONGEST_ENTRY
    except TypeError:
        return False


def _cut(thing: Json | Rejection) -> Json | Rejection:
    return _too_long(thing) or thing


def _too_long(thing: Any) -> Rejection | None:
    """Why an entry cannot be kept, though it may be right otherwise."""
    if isinstance(thing, Rejection):
        return None
    try:
        length = len(orjson.dumps(thing))
    except TypeError:  # deeper than orjson writes, though not than it reads
        return Rejection("", "entry", ascii(thing)[:100], f"at most {DEEPEST} levels of nesting")
    if length <= LONGEST_ENTRY:
        return None
    return Rejection("", "entry", f"{length} bytes", f"at most {LONGEST_ENTRY} bytes as JSON")
