"""The stats of a source as text: each with its data points below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.datapoints.names import Called
from pitlive.datapoints.points import nested
from pitlive.messages import Json, Row

MOST_VALUES = 8
"""Values of one point that are shown: of a series the newest."""

Stats = Mapping[str, Called]
"""Channel → what the stat is called."""


def grouped(stats: Stats, channels: Mapping[str, Mapping[str, Row]]) -> dict[str, dict[str, Json]]:
    """Return group → key → stat, so that two stats of one name stay two."""
    found: dict[str, dict[str, Json]] = {}
    for name, stat in stats.items():
        found.setdefault(stat.group, {})[stat.key] = nested(stat.name, channels.get(name, {}))
    return found


def lines(name: str, point: Mapping[str, Json], depth: int = 0) -> Iterator[str]:
    """Yield a stat and its data points as text.

    >>> list(lines("other:how", nested("how", {"": {"web": 4}, "PG": {"web": 1}})))
    ['other:how  web 4', '  PG  web 1']
    """
    values = list(point["data"].items())
    cut = ["…"] if len(values) > MOST_VALUES else []
    shown = cut + [f"{key} {_short(value)}" for key, value in values[-MOST_VALUES:]]
    yield "  " * depth + f"{name}  {', '.join(shown)}".rstrip()
    for below, inner in point["dataPoints"].items():
        yield from lines(below, inner, depth + 1)


def _short(value: Json) -> str:
    """Write a number as people read it.

    >>> _short(1 / 3), _short(1072)
    ('0.3333', '1072')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)
