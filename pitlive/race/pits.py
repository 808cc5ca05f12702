"""Stops of one car: which `pit_out` closes which `pit_in`, and on which laps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from pitlive.messages import Entry
from pitlive.numerics import NEVER, Ints
from pitlive.numerics.first_at_least import first_at_least

CLOCK_OFF_MS = 10_000
"""How far a lane time may miss the `pit_in` it points at: a poll or two."""


def _ints(values: Iterable[int] = ()) -> Ints:
    return np.array(list(values), np.int64)


@dataclass(frozen=True, slots=True)
class Stops:
    """The stops of one car in order of time.

    Attributes:
        ins: The `pit_in` of each stop.
        outs: The `pit_out` that closes it, None if there is none (yet).
        in_at, out_at: Their times [ms], `NEVER` for those not closed, shape (n,).
        entered: Laps completed on entering, -1 unknown, shape (n,).
    """

    ins: tuple[Entry, ...] = ()
    outs: tuple[Entry | None, ...] = ()
    in_at: Ints = field(default_factory=_ints)
    out_at: Ints = field(default_factory=_ints)
    entered: Ints = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.ins)


def pair(ins: Iterable[Entry], outs: Iterable[Entry], end_ms: int = NEVER) -> Stops:
    """Find the stops of a car among its `pit_in` and `pit_out` entries, in any order.

    A `pit_out` closes the open `pit_in` that its lane time points at; without a lane
    time, the latest one open. A stop begins before `end_ms`, the checkered flag.

    >>> one = pair([Entry("a", "pit_in", 100, {})], [Entry("b", "pit_out", 130, {})])
    >>> one.in_at.tolist(), one.out_at.tolist()
    ([100], [130])
    """
    entered = sorted(ins, key=lambda e: (e.at_ms, e.uid))
    closed: dict[str, Entry] = {}
    for out in sorted(outs, key=lambda e: (e.at_ms, e.uid)):
        possible = [e for e in entered if e.fact not in closed and _may_close(out, e)]
        if possible:
            closed[_nearest(out, possible).fact] = out
    stops = tuple(e for e in entered if e.at_ms < end_ms)
    left = tuple(closed.get(e.fact) for e in stops)
    return Stops(
        ins=stops,
        outs=left,
        in_at=_ints(e.at_ms for e in stops),
        out_at=_ints(NEVER if e is None else e.at_ms for e in left),
        entered=_ints(e.data.get("lap", -1) for e in stops),
    )


def _may_close(out: Entry, entered: Entry) -> bool:
    """A car leaves after it came, and on the lap and at the time that it says."""
    if entered.at_ms > out.at_ms:
        return False
    laps = (out.data.get("lap"), entered.data.get("lap"))
    if None not in laps and laps[0] != laps[1]:
        return False
    return "lane_ms" not in out.data or _off(out, entered) <= CLOCK_OFF_MS


def _off(out: Entry, entered: Entry) -> int:
    """How far the lane time misses the `pit_in`."""
    return abs(int(out.at_ms - out.data["lane_ms"] - entered.at_ms))


def _nearest(out: Entry, possible: list[Entry]) -> Entry:
    if "lane_ms" not in out.data:
        return possible[-1]
    return min(possible, key=lambda e: _off(out, e))


InOut = tuple[list[int], list[int]]
"""Something of the in-laps, and of the out-laps, of the stops of one car."""


def in_out_laps(stops: Stops, at: Ints) -> InOut:
    """Return in-lap and out-lap of each stop, -1 where not known yet.

    Args:
        stops: n stops of a car.
        at: When the car completed each lap [ms], -1 unknown, shape (laps,).

    Returns:
        Laps, n of both. The in-lap may be one that is still being run.
    """
    if not len(stops):
        return [], []
    into = stops.entered + 1
    if (unsaid := stops.entered < 0).any():
        found = first_at_least(at, stops.in_at, np.zeros(len(stops), np.int64))
        into = np.where(unsaid, found, into)
    return into.tolist(), first_at_least(at, stops.out_at, into).tolist()
