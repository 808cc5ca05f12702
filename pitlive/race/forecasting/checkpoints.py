"""Figures of the finish: a race looked at twenty times, and what cars are like then."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pitlive.numerics import Floats
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.pit_cycle import cycle
from pitlive.race.forecasting.view import View

PARTS = 20
"""Looks at a race from which the finish is learnt."""

K = 30.0
"""Laps of a car that weigh as much as where it runs now in what it usually does."""

HORIZON = 60
"""Laps ahead within which a stop is looked for; more of the race is anybody's guess."""

BOUNDS = (0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.985)
"""Parts of a race: the nearer the end, the shorter, for the faster it is decided."""

EVERY_PART = tuple(str(n) for n in range(len(BOUNDS) + 1))
"""The names of the parts, as `part` gives them."""


def looks(past: View) -> Iterator[tuple[float, Field]]:
    """Return fraction and running cars of a past race at each look."""
    laps = np.unique(np.linspace(past.lap / PARTS, past.lap - 1, PARTS).astype(np.int64))
    for lap in laps[laps > 1].tolist():
        view = past.until(lap)
        of = field(view)
        if len(of.rows) > 1:
            yield view.fraction, of


def part(fraction: float) -> str:
    """Return which part of the race it is.

    >>> part(0.1), part(0.5), part(0.97)
    ('0', '2', '7')
    """
    return str(int(np.digitize(fraction, BOUNDS)))


def family(view: View) -> str:
    """Races that end alike."""
    if not view.series.startswith("nascar"):
        return view.series
    apart = ("superspeedway", "road")
    return f"nascar/{view.track_type if view.track_type in apart else 'oval'}"


def alike(of: Field, typical: Floats, rating: Floats) -> Floats:
    """What a car's finish hangs on, shape (m, 18).

    Args:
        of: The running cars.
        typical: Stint [laps] and loss of a stop [s].
        rating: Of the driver of every row of the race, as `drivers.ratings`.
    """
    ahead = int(min(of.left, HORIZON)) if of.left == of.left else HORIZON
    due = cycle(of, typical, max(ahead, 1))
    seen = of.last / (K + of.last)
    usual = of.place + (of.usual - of.place) * seen
    lap_s = of.lap_s if of.lap_s == of.lap_s else 60.0
    size = max(of.size, 2)
    rel = np.log(of.place / size)
    used = due.used - due.used.mean()
    return np.stack(
        (
            np.ones(len(of.rows)),
            *(rel, np.log(usual / size), np.log(of.grid / size), of.place == 1),
            *((of.place - usual) / size, (of.place - of.grid) / size, of.place / size),
            *(of.pace[:, 1], of.pace[:, 0], np.minimum(of.down, 6)),
            np.clip(of.behind_s / lap_s, 0, 3),
            *((due.gain - due.cost) / size, used, of.stopped * 1.0, of.fresh * 1.0),
            *(rating[of.rows], rating[of.rows] * of.place / size),
        ),
        axis=1,
    )
