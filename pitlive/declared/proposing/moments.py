"""Whether a column says when things happened, and how it writes that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from pitlive.declared.times import EventTime
from pitlive.messages import Json

_DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y",
         "%d %B %Y", "%b %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y")  # fmt: skip
_HOURS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_NAMED = re.compile(r"(^|[^a-z])(time|date|ts|at|epoch|unix|when|stamp|timestamp)([^a-z]|$)")

_SECONDS = range(3 * 10**8, 5 * 10**9)
"""From 1979 to 2128."""

LOOKED = 50
"""Texts by which most formats are ruled out, before one is tried on all."""


def moment(name: str, cells: Sequence[str], texts: set[str]) -> dict[str, Json] | None:
    """Return how the event time is declared, None if the column is not one of every row.

    >>> moment("day", ["31.12.2019", "01.01.2020"], {"31.12.2019", "01.01.2020"})
    {'field': 'day', 'format': '%d.%m.%Y'}
    >>> moment("ts", ["1577836800"], {"1577836800"})
    {'field': 'ts', 'unit': 's'}
    >>> moment("votes", ["1577836800"], {"1577836800"})
    """
    if not all(cells):
        return None
    few = sorted(texts)[:: max(1, len(texts) // LOOKED)]
    fit = [
        at
        for at in _possible(name, few)
        if all(at.read(text) is not None for text in few)
        and all(at.read(text) is not None for text in texts)
    ]
    if not fit:
        return None
    best = min(fit, key=lambda at: _disorder(at, cells)) if len(fit) > 1 else fit[0]
    return best.model_dump(exclude_defaults=True) | ({} if best.format else {"unit": best.unit})


def _possible(name: str, few: Sequence[str]) -> Iterator[EventTime]:
    if all(text.isdecimal() and text.isascii() for text in few):
        if _NAMED.search(name.lower()):
            for unit, scale in (("s", 1), ("ms", 1000)):
                if all(len(text) < 15 and int(text) // scale in _SECONDS for text in few):
                    yield EventTime.model_validate({"field": name, "unit": unit})
    elif all(re.match(r"\d{4}-\d\d-\d\d", text) for text in few):
        yield EventTime.model_validate({"field": name})
    elif all(re.search(r"\d", text) for text in few):
        for day, hour in product(_DAYS, _HOURS):
            yield EventTime.model_validate({"field": name, "format": day + hour})


def _disorder(at: EventTime, cells: Sequence[str]) -> int:
    """How often time runs backwards: of two ways to read days, the one that is in order."""
    times = [at.read(cell) or 0 for cell in cells[:5000]]
    return sum(later < earlier for earlier, later in pairwise(times))
