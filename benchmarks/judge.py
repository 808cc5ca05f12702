"""Whether a measurement shows anything: every scenario's results pass through here.

A server that has closed all its readers is very fast. So a figure counts only beside the proof
that what it is about took place: readers who were there to the end, each event delivered to
each of them, latencies that the percentile is of. What lacks it is a failure with its reason,
and never a figure.

Pure: what was counted comes in, the reason comes out, empty if there is none.

>>> verdict([("rate", "events/s", 8960.0)], [Proof("deliveries", 0, 1000 * 26880)])
'deliveries: got 0, want 26,880,000'
>>> verdict([("p99", "ms", 1.5)], delivered({"streams": 2, "deliveries": 6, "lat_n": 6}, 2, 3))
''
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = tuple[str, str, Any]
"""A figure: its name, its unit, and what was measured."""

TIMES = frozenset({"s", "ms", "µs", "us", "ns"})


class Proof(NamedTuple):
    """What had to happen for a figure to say something, and how often it did."""

    what: str
    got: float
    want: float


class Failed(Exception):
    """A measurement that shows nothing; the text says why."""


def delivered(said: Mapping[str, Any], readers: int, events: int) -> list[Proof]:
    """Return what proves that so many readers got so many events each, and that it was timed.

    Args:
        said: What the load has counted: `streams`, `deliveries` and `lat_n`.
    """
    return [
        Proof("readers connected at the end", said["streams"], readers),
        Proof("deliveries", said["deliveries"], readers * events),
        Proof("latencies", said["lat_n"], readers * events),
    ]


def verdict(values: Iterable[Value], proofs: Sequence[Proof]) -> str:
    """Return why a measurement shows nothing, empty if it does."""
    lacking = [_lacks(proof) for proof in proofs] or ["no proof: nothing says what was measured"]
    return "; ".join(filter(None, [*lacking, *(_nonsense(*value) for value in values)]))


def rate(count: float, took: float) -> float:
    """Return how many for each second, byte or reader; NaN, which fails, if that is of nothing.

    >>> rate(500, 2), rate(500, 0), rate(0, 2)
    (250.0, nan, nan)
    """
    return count / took if count > 0 and took > 0 else math.nan


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which a share of all lies; NaN, which fails, if there are none.

    >>> percentile([3, 1, 2], 0.5), percentile([], 0.99)
    (2, nan)
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


def _lacks(proof: Proof) -> str:
    if not proof.want > 0:
        return f"{proof.what}: {_short(proof.want)} wanted, which shows nothing"
    if not proof.got >= proof.want:  # NaN is never enough
        return f"{proof.what}: got {_short(proof.got)}, want {_short(proof.want)}"
    return ""


def _nonsense(name: str, unit: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return f"{name}: got {value}, want a number"
    if value <= 0 and _above_zero(unit):
        return f"{name}: got {value:g} {unit}, want more than nothing"
    return ""


def _above_zero(unit: str) -> bool:
    """Tell whether a unit is of a time or a rate: neither is ever nothing."""
    return unit.removeprefix("CPU ") in TIMES or "/" in unit


def _short(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else str(value)
