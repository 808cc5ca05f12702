"""What the laps until a car stops hang on: the stint usual here, and what is seen of the car."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats
from pitlive.race.forecasting import stop_features
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.view import View

K = 15.0
"""Green stops of this race that weigh as much as the stint of history."""

SLOW, YELLOW, RUN = range(stop_features.IN + 1, stop_features.IN + 4)
"""Columns of a case after those of `stop_features.seen`: laps of the stint under caution,
whether one is on, laps of the car."""

WIDE = 40
"""Circumstances of a case."""


def seen(view: View, of: Field) -> Floats:
    """Return what is seen of cars as of a lap, a row each."""
    more = stop_features.slow_laps(view, of), np.full(len(of.rows), view.yellow), of.last
    return np.column_stack((stop_features.seen(view, of), *more)).astype(np.float32)


def circumstances(seen: Floats, track: Floats) -> Floats:
    """Return what the laps until the stop hang on, in stints, shape (m, WIDE)."""
    s = seen.astype(np.float64)
    typical, middle, long = track.tolist()
    age, known = s[:, stop_features.AGE], s[:, stop_features.N] / (K + s[:, stop_features.N])
    live = np.where(
        s[:, stop_features.RATIO] > 0, age / np.maximum(s[:, stop_features.RATIO], 1e-6), middle
    )
    stint = middle + (np.clip(live, 0.3 * middle, 2 * middle) - middle) * known
    rest, spare = np.maximum(stint - age, 0.0), np.maximum(long - age, 0.0)
    left, stage = (
        np.minimum(s[:, at], 3 * long) for at in (stop_features.LEFT, stop_features.STAGE)
    )
    alone, share, late = (
        s[:, stop_features.UNSTOPPED],
        s[:, stop_features.SHARE],
        s[:, stop_features.LATELY],
    )
    yellow, place = s[:, YELLOW], s[:, stop_features.PLACE]
    near, end = stage[:, None] / stint[:, None], left[:, None] / stint[:, None]
    whole, more = stint[:, None], rest[:, None]
    columns = (
        *(typical * np.ones(len(s)), rest, spare, np.maximum(age - stint, 0.0)),
        *(np.maximum(age - long, 0.0), _even(age, stage, long), _even(age, left, long)),
        *(np.minimum(stage, long), np.minimum(left, long)),
        *((near <= (0.3, 0.6, 1.0)) * more).T,
        *((near <= (0.3, 0.6, 1.0)) * whole).T,
        *((end <= (0.3, 0.6, 1.0, 1.5)) * whole).T,
        *((end <= (0.6, 1.0, 1.5)) * more).T,
        *(alone * stint, share * stint, share * alone * stint, share * alone * rest),
        *(late * stint, late * alone * rest, s[:, stop_features.LAST_LAP] * alone * rest),
        *(np.minimum(s[:, stop_features.SINCE], stint), s[:, SLOW], yellow * stint, yellow * rest),
        *(
            place * stint,
            place * rest,
            s[:, stop_features.DOWN] * stint / 5,
            (s[:, RUN] <= age) * stint,
        ),
        *np.maximum(more - whole * (0.2, 0.4, 0.6), 0.0).T,
    )
    return np.asarray(np.stack(columns, axis=1) / typical)


def _even(age: Floats, ahead: Floats, long: float) -> Floats:
    """Return the laps to the next stop, if those needed on the way cut it evenly."""
    stops = np.ceil(np.maximum(age + ahead - long, 0.0) / long)
    return np.clip(np.where(stops > 0, (age + ahead) / (stops + 1) - age, ahead), 0.0, long)
