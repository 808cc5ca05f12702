"""Who will win: chances that add up to 1 over the running cars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.fits import choice
from pitlive.race.forecasting import checkpoints, drivers, levels, pit_cycle
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import (
    END,
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.view import View

name = "win"
unit = "probability"
kind: ForecastKind = "winner"
groups = ungrouped

PLACES = 40
"""Places that the table of the baseline tells apart."""

PRIOR_WINS = 0.3
"""Wins that the table adds to every place, spread thin as places go back."""

OUT_LAP = 15
"""Circumstance of a finish that is left out: winners on one are too few to learn from."""

FEWEST = 60
"""Looks at races without which a part is not fitted by itself."""


def sample(past: View) -> Sample:
    """Return the field at every look, and who won."""
    if past.lap < checkpoints.PARTS:
        return {}
    winner = int(past.order[0])
    seen = [look for look in checkpoints.looks(past) if winner in look[1].rows]
    family, stops = checkpoints.family(past), pit_cycle.green_stops(past)
    return {
        **{"keys": levels.levels_for(past), "family": family, "stops": stops},
        **{"drivers": drivers.driver_keys(past), "finishes": drivers.finishes(past)},
        **{"seen": seen, "winner": winner},
    }


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what winners are like, by part of the race, and how often each place wins."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    cases: dict[str, list[tuple[Floats, int]]] = {"": []}
    table = {part: PRIOR_WINS / np.arange(1, PLACES + 1) for part in checkpoints.EVERY_PART}
    rated = drivers.fit([s["finishes"] for s in known])
    for of_race in known:
        rating = drivers.ratings(of_race["drivers"], rated, but=of_race["finishes"])
        of_track = levels.nearest(typical, of_race["keys"])
        for fraction, of in of_race["seen"]:
            won = int(np.flatnonzero(of.rows == of_race["winner"])[0])
            part = checkpoints.part(fraction)
            for regime in (f"{of_race['family']} {part}", f"* {part}", ""):
                cases.setdefault(regime, []).append((_alike(of, of_track, rating), won))
            table[part][_place(of)[won]] += 1
    enough = {key: of for key, of in cases.items() if len(of) >= (FEWEST if key else 1)}
    parts = {key: choice.choice(of, 3.0) for key, of in enough.items()}
    return {"typical": typical, "drivers": rated, "parts": parts, "table": table}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how like a winner each running car is, against the others."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, (END,))
    rating = drivers.ratings(drivers.driver_keys(view), prior["drivers"])
    x = _alike(of, levels.nearest(prior["typical"], levels.levels_for(view)), rating)
    part = checkpoints.part(view.fraction)
    keys = (f"{checkpoints.family(view)} {part}", f"* {part}", "")
    return _said(view, of, choice.chances(x, levels.nearest(prior["parts"], keys)))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say how often the place of each car won from here."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, (END,))
    wins = prior["table"][checkpoints.part(view.fraction)][_place(of)]
    return _said(view, of, wins / wins.sum())


def outcome(past: View, view: View, predicted: Forecast) -> Floats:  # noqa: ARG001 - the protocol's
    """Return 1 for the winner, 0 for the others."""
    return np.asarray((predicted.rows == past.order[0])[:, None] * 1.0)


def _alike(of: Field, typical: Floats, rating: Floats) -> Floats:
    """Return what a win hangs on, shape (m, 17)."""
    return np.delete(checkpoints.alike(of, typical, rating), OUT_LAP, axis=1)


def _known(view: View, of: Field) -> bool:
    """Whether there is a field: as the leader ends lap 1 nobody else has come round."""
    return len(of.rows) > 0 and view.lap > 1 and bool(view.scheduled) and not view.finished


def _place(of: Field) -> Ints:
    """Column of the table of each car."""
    return np.asarray(np.minimum(of.standing.astype(np.int64), PLACES) - 1)


def _said(view: View, of: Field, chance: Floats) -> Forecast:
    n = of.last.astype(np.float64)
    weight = checkpoints.K / (checkpoints.K + n)
    return Forecast(view.lap, of.rows, np.array([END]), chance[:, None], n, weight)
