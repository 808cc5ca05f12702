"""What stats are called, and which channel holds each.

A full name is `group:key`: `proportion:total`, `rolling:5m:total`, `other:totalvotes`. The key
carries the period, so that two stats of one name stay two; the name that people read is bare.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from pitlive.messages import Json

GROUPS = ("proportion", "rolling", "timed", "other")
"""In the order in which readers are told of them."""

MILESTONES = "milestones"
"""The channel of what was reached."""

PERIOD = r"[0-9]+[smhdw]"

_UNITS = ((604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))

_CONVENTION = re.compile(rf"({'|'.join(GROUPS)})[:_](?:({PERIOD})[:_])?(.+)", re.DOTALL)


class Called(NamedTuple):
    """A stat's group, its key within it, and its bare name."""

    group: str
    key: str
    name: str

    @property
    def full(self) -> str:
        """What it is called among all stats of its source.

        >>> Called("rolling", "5m:total", "total").full
        'rolling:5m:total'
        """
        return f"{self.group}:{self.key}"


def called(stat: Mapping[str, Json]) -> Called:
    """Return what a declared stat is called.

    A name that begins with a group says it all; else its kind is its group, and a rolling
    one's period is how long it looks back.

    >>> called({"name": "rolling:5m:total", "kind": "rolling"})
    Called(group='rolling', key='5m:total', name='total')
    >>> called({"name": "rolling_5m_total", "kind": "rolling"}).key
    '5m:total'
    >>> called({"name": "lately", "kind": "rolling", "over_s": 3600.0}).key
    '1h:lately'
    >>> called({"name": "schools", "kind": "mean"})
    Called(group='other', key='schools', name='schools')
    """
    name, kind = str(stat["name"]), str(stat.get("kind"))
    if match := _CONVENTION.fullmatch(name):
        group, period, bare = match.groups()
        return Called(group, f"{period}:{bare}" if period else bare, bare)
    if kind == "rolling" and "over_s" in stat:
        return Called(kind, f"{_period(stat['over_s'])}:{name}", name)
    return Called(kind if kind in GROUPS else "other", name, name)


def channel(name: str) -> str:
    """Return the channel of a stat: its full name, without what has a meaning in patterns.

    >>> channel("rolling:5m:total"), channel("other:total votes, 50*")
    ('rolling:5m:total', 'other:total%20votes%2C%2050%2A')
    """
    return quote(name, safe=":")


def declared(spec: Mapping[str, Json]) -> dict[str, Called]:
    """Return the stats of a declaration by channel, in the order of their groups.

    Milestones are none: they are told when they are reached.
    """
    stats = [one for one in spec.get("stats", ()) if one.get("kind") != "milestone"]
    found = {channel(one["name"]): called(one) for one in stats}
    return dict(sorted(found.items(), key=lambda one: GROUPS.index(one[1].group)))


def _period(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds % size == 0:
            return f"{int(seconds) // size}{unit}"
    return f"{seconds:g}s"
