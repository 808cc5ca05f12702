"""Figures of single laps at the line: places, leaders, times to the leader, passes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pitlive.numerics import NEVER, Ints
from pitlive.numerics.reached import reached
from pitlive.race.laps import GREEN, NONE, Index, Laps, index
from pitlive.race.order import fronts, leaders, places
from pitlive.race.passes import passes


class AtTheLine:
    """What happened on each lap, kept up as laps change.

    Attributes:
        leader: Row of the car that led each lap, -1 for none, shape (laps,).
        lead_at: When it completed it [ms], `NEVER` if it has not, shape (laps,); lap 0 is the
            start, before any time.
        led: How many laps each car led, shape (cars,).
        last: The last lap led.
        place_sum, place_n: Sum and number of the places of each car, shape (cars,).
        made, suffered: Passes of each car, shape (cars,).
        moved: Whether leaders or their times have changed since this was last set to False.
    """

    def __init__(self) -> None:
        self._front = np.full(1, -1, np.int64)
        self._first = np.zeros(1, bool)
        self.leader = np.full(1, -1, np.int64)
        self.lead_at = np.full(1, -1, np.int64)
        self.last = 0
        self.moved = True
        none = np.empty(0, np.int64)
        self.led, self.place_sum, self.place_n, self.made, self.suffered = [none] * 5

    def fit(self, laps: Laps) -> None:
        """Make room for new cars and laps."""
        cars, columns = laps.at.shape
        if (more := columns - len(self.leader)) > 0:
            self._front = np.append(self._front, np.full(more, -1))
            self._first = np.append(self._first, np.zeros(more, bool))
            self.leader = np.append(self.leader, np.full(more, -1))
            self.lead_at = np.append(self.lead_at, np.full(more, NEVER))
        if (more := cars - len(self.made)) > 0:
            for name in ("led", "place_sum", "place_n", "made", "suffered"):
                setattr(self, name, np.append(getattr(self, name), np.zeros(more, np.int64)))

    def update(self, laps: Laps, changed: set[int], turned: Iterable[int], text_rank: Ints) -> None:
        """Work out the laps in `changed` anew, and the passes of those that turned green too.

        Args:
            laps: The laps of the field.
            changed: Laps that were completed anew or differently.
            turned: Laps that turned green or ceased to be for some car.
            text_rank: Rank of the car numbers as text, shape (cars,).
        """
        if changed:
            columns = index(changed)
            if self._places(laps, columns, text_rank):
                columns = index(changed.union(self._leaders()))
            self._to_leader(laps, columns)
        after = changed.union((lap + 1 for lap in changed), turned)
        after.discard(laps.columns)
        if after:
            self._passes(laps, min(after), index(after))

    def done(self, at_ms: int) -> int:
        """Return how many laps the leader had completed by a time."""
        return int(self.done_all(np.array([at_ms]))[0])

    def done_all(self, at_ms: Ints) -> Ints:
        """Return how many laps the leader had completed by each time [ms], shape (n,)."""
        return np.maximum(reached(self.lead_at[: self.last + 1], at_ms), 0)

    def _places(self, laps: Laps, changed: Index, text_rank: Ints) -> bool:
        """Work out places on some laps; tell whether the foremost car of one is another."""
        at = laps.at[:, changed]
        place = places(at, laps.scored[:, changed], text_rank)
        before = laps.place[:, changed]
        self.place_sum += (place - before).sum(axis=1)
        self.place_n += (place > 0).sum(axis=1) - (before > 0).sum(axis=1)
        laps.put("place", (slice(None), changed), place)
        front, first = fronts(at, place, text_rank)
        if not ((front != self._front[changed]) | (first != self._first[changed])).any():
            return False
        self._front[changed], self._first[changed] = front, first
        return True

    def _leaders(self) -> list[int]:
        """Find out who led each lap; return the laps that have another leader now."""
        before = self.leader
        self.leader, self.last = leaders(self._front, self._first)
        self.led = np.bincount(self.leader[self.leader >= 0], minlength=len(self.led))
        others: list[int] = (self.leader != before).nonzero()[0].tolist()
        self.moved |= bool(others)
        return others

    def _to_leader(self, laps: Laps, stale: Index) -> None:
        at, of = laps.at[:, stale], self.leader[stale]
        led = of >= 0
        lead_at = np.where(led, at[of, np.arange(len(of))], NEVER)
        if (lead_at != self.lead_at[stale]).any():
            self.moved = True
            self.lead_at[stale] = lead_at
        to_leader = np.where((at >= 0) & led, at - lead_at, NONE)
        laps.put("to_leader", (slice(None), stale), to_leader)

    def _passes(self, laps: Laps, first: int, stale: Index) -> None:
        previous = slice(first - 1, stale.stop - 1) if isinstance(stale, slice) else stale - 1
        before, after = laps.place[:, previous], laps.place[:, stale]
        counts = (before > 0) & (laps.mark[:, stale] & GREEN > 0)  # a green lap is completed
        made, suffered = passes(before, after, counts)
        self.made += (made - laps.gained[:, stale]).sum(axis=1)
        self.suffered += (suffered - laps.lost[:, stale]).sum(axis=1)
        laps.gained[:, stale], laps.lost[:, stale] = made, suffered
