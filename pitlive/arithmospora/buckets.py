"""Which buckets of a timed stat are shown: zero-filled, from a moment to a moment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pitlive.arithmospora.spec import FiguresSpec, Period

KEY = re.compile(r"(?:0|[1-9][0-9]{0,14})/(?:0|[1-9][0-9]{0,14})")
"""Of a bucket: its length [s] and its number, each written in one way only."""

AFTER_S = 3600
"""Shown after the end, of the whole time: for those who were still in the voting booth."""

STOP_S = 300
"""How long after the end a window goes on moving."""


def shown(period: Period, spec: FiguresSpec, now_ms: int) -> range:
    """Return the numbers of the buckets that are shown.

    >>> week = {"start_ms": 0, "end_ms": 604_800_000, "kind": "figures", "stats": []}
    >>> len(shown(Period(granularity=300, cycles=-1), FiguresSpec(**week), 5))
    2029
    >>> shown(Period(granularity=60, cycles=2), FiguresSpec(**week), 3_600_000)
    range(58, 61)
    """
    start_s, end_s, long_s = spec.start_ms // 1000, spec.end_ms // 1000, period.granularity
    if period.cycles < 0:
        return range(start_s // long_s, (end_s + AFTER_S) // long_s + 1)
    last = min(now_ms // 1000, end_s + STOP_S) // long_s
    return range(last - period.cycles, last + 1)


def due_ms(spec: FiguresSpec, now_ms: int) -> int | None:
    """Return when a window next moves [ms], None if none will."""
    now_s = now_ms // 1000
    if now_s > spec.end_ms // 1000 + STOP_S:
        return None
    moving = (p.granularity for p in spec.periods if p.cycles >= 0)
    return min(((now_s // long_s + 1) * long_s * 1000 for long_s in moving), default=None)


def starts(spec: FiguresSpec, now_ms: int) -> dict[int, int]:
    """Return the first bucket of each length [s] that is shown, now or ever after.

    >>> week = {"start_ms": 0, "end_ms": 604_800_000, "kind": "figures", "stats": []}
    >>> starts(FiguresSpec(**week, periods=[Period(granularity=60, cycles=2)]), 3_600_000)
    {60: 58}
    """
    return {one.granularity: shown(one, spec, now_ms).start for one in spec.periods}


def is_past(key: str, starts: Mapping[int, int]) -> bool:
    """Tell whether a bucket is shown no more, or is none, or of a length that never is.

    >>> is_past("60/57", {60: 58}), is_past("60/58", {60: 58}), is_past("300/99", {60: 58})
    (True, False, True)
    >>> is_past("x", {60: 58}), is_past("060/58", {60: 58})
    (True, True)
    """
    if not KEY.fullmatch(key):  # of a log from before the edge refused it
        return True
    long_s, _, bucket = key.partition("/")
    start = starts.get(int(long_s))
    return start is None or int(bucket) < start


def passed(before: Mapping[int, int], now: Mapping[int, int], kept: Collection[str]) -> list[str]:
    """Return which buckets of those that are kept are past now and were not before.

    >>> passed({60: 56}, {60: 58}, ["60/56", "60/57", "60/58"])
    ['60/56', '60/57']
    """
    moved = {long_s: range(before.get(long_s, 0), start) for long_s, start in now.items()}
    if sum(map(len, moved.values())) > len(kept):
        return [key for key in kept if is_past(key, now)]
    return [key for long_s, of in moved.items() for n in of if (key := f"{long_s}/{n}") in kept]
