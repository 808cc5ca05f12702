"""What a place is worth: where cars finished that were there, on such tyres, with so much to go.

The end of a simulated stretch of a race is judged by this. A score is linear in all but the
place, so that thousands of ends are a sum and a look into a table each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.race.forecasting import binned, families, pit_cycle
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import LAST, View

BOUNDS = (0.4, 0.75, 0.92)
"""Parts of a race that are told apart."""

CLIP = 24.0
"""Places beyond which a change is a wreck, and says nothing about the score."""

K = 30.0
"""Laps of a car that weigh as much as where it runs now in what it usually does."""

AHEAD = 30
"""Laps within which stops that are due blur what the order says."""

STATE = 6
"""The first circumstances: what a future changes."""


class CarsState(NamedTuple):
    """What a future changes of m cars, each of shape (…, m).

    Attributes:
        place: In the order, from 1.
        down: Laps down.
        used: Share of a stint that the tyres have run.
        need: Stops that fuel still calls for, in parts.
    """

    place: Floats
    down: Floats
    used: Floats
    need: Floats


def need(age: Floats, left: Floats | float, stint: float) -> Floats:
    """Return how many stops are still to be made for fuel, in parts.

    >>> need(np.array([10.0, 40.0]), 50.0, 40.0)
    array([0.5 , 1.25])
    """
    return np.asarray(np.clip((age + left) / stint - 1.0, 0.0, 3.0))


def state(of: Field, stint: float) -> CarsState:
    """Return how a field stands now."""
    age = of.age if of.stops_known else np.zeros(len(of.rows))
    left = of.left if of.left == of.left else 0.0
    return CarsState(of.standing, of.down, np.clip(age / stint, 0, 1.5), need(age, left, stint))


def changing(of: CarsState, mean: tuple[float, float], size: int) -> Floats:
    """Return the circumstances that a future changes, shape (…, m, STATE).

    Args:
        of: The state of the cars.
        mean: Of `used` and `need` over the field, to be subtracted.
        size: Cars in the race.
    """
    share = of.place / max(size, 2)
    used, needed = of.used - mean[0], of.need - mean[1]
    columns = (np.log(share), of.place == 1, share, np.minimum(of.down, 6), used, needed)
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)


def lasting(of: Field) -> Floats:
    """Return what stays of each car, shape (m, 6): where it belongs, and its pace."""
    size = max(of.size, 2)
    seen = of.last / (K + of.last)
    usual = (of.place + (of.usual - of.place) * seen) / size
    columns = (np.ones(len(of.rows)), usual, np.log(usual), of.grid / size)
    return np.stack((*columns, of.pace[:, 1], of.pace[:, 0]), axis=1)


def passing(of: Field, typical: Floats) -> Floats:
    """Return what blurs the order of now and is over by the end of a future, shape (m, 3)."""
    due = pit_cycle.cycle(of, typical, AHEAD)
    places = (due.gain - due.cost) / max(of.size, 2)
    return np.stack((places, of.stopped * 1.0, of.fresh * 1.0), axis=1)


def circumstances(of: Field, typical: Floats) -> Floats:
    """Return all that a finish hangs on, shape (m, 15)."""
    now = state(of, float(typical[0]))
    mean = (float(now.used.mean()), float(now.need.mean()))
    return np.concatenate((changing(now, mean, of.size), lasting(of), passing(of, typical)), axis=1)


def taught(series: str, track_type: str, fraction: float, restart: bool) -> tuple[str, ...]:
    """Return the regimes that a case teaches: a part of a race, as green begins or later."""
    part = f"{int(np.digitize(fraction, BOUNDS))}{' restart' if restart else ''}"
    apart = track_type if track_type in ("superspeedway", "road") else "oval"
    family = families.of_series(series)
    family = f"nascar/{apart}" if family == "nascar" else family
    return (f"{family} {part}", f"* {part}", "")


def regimes(series: str, track_type: str, fraction: float, restart: bool) -> tuple[str, ...]:
    """Return the regimes to ask, the nearest first; rather the family than its restarts."""
    own, every, _ = taught(series, track_type, fraction, restart)
    green = taught(series, track_type, fraction, False)
    return (own, green[0], every, *green[1:])


def restarts(past: View) -> Iterator[tuple[float, Field]]:
    """Return fraction and running cars of a past race as each caution ends."""
    for lap in np.unique(past.cautions[:, LAST]).tolist():
        if 1 < lap < past.lap:
            view = past.until(lap)
            of = field(view)
            if len(of.rows) > 1:
                yield view.fraction, of


def fit(cases: Mapping[str, Sequence[tuple[Floats, Floats]]]) -> Prior:
    """Learn what came of cars by regime: `circumstances` and the change of place of each race."""
    return binned.regimes(cases, CLIP)


class Judge(NamedTuple):
    """Reads what ends of futures are worth.

    Attributes:
        lasting: What stays of each car, shape (m, 6).
        prior: Of the regime, as `binned.fit` gives it.
        size: Cars in the race.
    """

    lasting: Floats
    prior: Prior
    size: int

    def bins(self, ends: CarsState) -> Ints:
        """Return the bin of each end, the first plan being that of the field.

        Args:
            ends: Of shape (draws, m, plans).
        """
        slope, kept = self.prior["slope"], self.lasting.shape[1]
        place, none = np.arange(1, self.size + 1, dtype=np.float64), np.zeros(self.size)
        of_place = (
            changing(CarsState(place, none, none, none), (0.0, 0.0), self.size) @ slope[:STATE]
        )
        own = self.lasting @ slope[STATE : STATE + kept]
        score = of_place[ends.place.astype(np.int64) - 1] + own[:, None]
        score += slope[3] * np.minimum(ends.down, 6)
        for by, of in ((slope[4], ends.used), (slope[5], ends.need)):
            score += by * (of - of[:, :, :1].mean(axis=1, keepdims=True))
        return np.asarray(np.digitize(score, self.prior["bounds"]))

    def finish(self, ends: CarsState, luck: Floats) -> Floats:
        """Return where each end finishes, by luck from 0 to 1, shape (draws, m)."""
        table = self.prior["quantiles"]
        level = np.minimum((luck * table.shape[1]).astype(np.int64), table.shape[1] - 1)
        change = table[self.bins(ends), level[:, :, None]]
        return np.asarray(np.clip(ends.place + change, 1, self.size))
