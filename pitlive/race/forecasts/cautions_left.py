"""How many unplanned cautions are still to come: a distribution over counts.

The rate of a race is history's at the track, uncertain as it varied from race to race;
what this race has had sharpens it. Laps do not count alike: the last ones are wild.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.numerics.scores.ranked_probability import ranked_probability
from pitlive.race.forecasting import factors, levels, negative_binomial
from pitlive.race.forecasting.cautions import unplanned
from pitlive.race.forecasting.protocol import (
    END,
    RACE,
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.view import View

name = "cautions_left"
unit = "cautions"
kind: ForecastKind = "count"
groups = ungrouped

COUNTS = 31
"""Counts told apart; the last is so many or more, which no race has had."""

STRENGTH = 700.0
"""Laps of a track that weigh as much as those of its type."""

LEFT = np.array([0, 2, 5, 10, 20, 40])
"""Bounds of the laps left: the last, 1-2, 3-5, …; more than 40 is as usual."""

START = 0.02
"""Share of a race that counts as its start."""

WIDE = len(LEFT) + 1
"""Circumstances of a lap."""

SHAPES = 2.0 ** np.arange(0, 9)
"""Cautions that history may count for: much where races of a track are alike."""

CERTAIN = 1e9
"""A shape so large that the counts are Poisson's."""

EVERY = 0.05
"""Share of a race between two looks at a past one."""


def sample(past: View) -> Sample:
    """Return how long a race was, and on which laps its unplanned cautions came out."""
    if not past.flagged or not past.scheduled:
        return {}
    return {"keys": levels.levels_for(past), "laps": past.scheduled, "came": _came(past)}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn rates by track, what the part of a race multiplies them by, and how they vary."""
    known = [s for s in samples if s]
    counted = [(s["keys"], float(len(s["came"])), float(s["laps"])) for s in known]
    rates = levels.rates(counted, STRENGTH)
    cases = [_case(s, levels.nearest(rates, s["keys"])) for s in known]
    learnt = {"rates": rates, "factors": factors.fit(cases, WIDE)}
    return {**learnt, "shape": _shape(known, learnt)}


def forecast(view: View, prior: Prior) -> Forecast:
    """Let the rate of this race be what history and its own cautions say."""
    if not _known(view):
        return nothing(view, (END,))
    keys = levels.levels_for(view)
    seen, left = _exposure(view.scheduled, np.array([view.lap]), keys, prior)
    shape, rate = float(prior["shape"]), levels.nearest(prior["rates"], keys)
    return _said(view, _chances(shape, rate, (seen, left), len(unplanned(view))), shape / rate)


def baseline(view: View, prior: Prior) -> Forecast:
    """Say Poisson's counts at the rate of the track."""
    if not _known(view):
        return nothing(view, (END,))
    rate = levels.nearest(prior["rates"], levels.levels_for(view))
    left = np.array([max(view.scheduled - view.lap, 1)])
    chances = negative_binomial.chances(np.array([CERTAIN]), rate * left / CERTAIN, COUNTS)
    return _said(view, chances, np.inf)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return how many unplanned cautions came out later."""
    return np.full(predicted.value.shape, (unplanned(past) > view.lap).sum(), np.float64)


def _known(view: View) -> bool:
    return view.flagged and bool(view.scheduled) and not view.finished


def _came(past: View) -> Ints:
    """Laps of the cautions; overtime counts as the last lap."""
    return np.minimum(unplanned(past), past.scheduled)


def _said(view: View, chances: Floats, k: float) -> Forecast:
    """Read value and quantiles off the chances; k laps of this race weigh as much as history."""
    below = chances.cumsum(axis=1)[:, None, :]
    quantiles = (below < LEVELS[:, None] - 1e-9).sum(axis=-1).astype(np.float64)
    middle, n = quantiles[:, 9:10], np.array([float(view.lap)])
    figures = (1 / (1 + n / k), quantiles[:, None], chances)
    return Forecast(view.lap, RACE, np.array([END]), middle, n, *figures)


def _circumstances(scheduled: int) -> Floats:
    """What multiplies the rate on each lap of a race: laps left, the start; shape (laps, WIDE)."""
    laps = np.arange(1, scheduled + 1)
    left = np.digitize(scheduled - laps, LEFT, right=True)
    start = laps < START * scheduled
    return np.column_stack((left[:, None] == np.arange(len(LEFT)), start)).astype(np.float64)


def _case(of: Sample, rate: float) -> factors.RaceLaps:
    observed = np.bincount(of["came"], minlength=of["laps"] + 1)[1:].astype(np.float64)
    return factors.RaceLaps(
        of["keys"], _circumstances(of["laps"]), observed, np.full(of["laps"], rate)
    )


def _exposure(
    scheduled: int, laps: Ints, keys: Sequence[str], prior: Prior
) -> tuple[Floats, Floats]:
    """Return how many usual laps were run by some laps, and how many are left.

    All laps of a race together count for themselves, so that the rate is that of the track.
    """
    each = np.exp(_circumstances(scheduled) @ factors.nearest(prior["factors"], keys))
    each /= each.mean()
    run = np.append(0.0, each.cumsum())
    seen = run[np.minimum(laps, scheduled)]
    return seen, np.maximum(run[-1] - seen, each[-1])


def _chances(
    shape: float, rate: float, exposure: tuple[Floats, Floats], observed: int | Ints
) -> Floats:
    """Chances of the counts to come, by Bayes: the rate of history is as many cautions seen."""
    seen, left = exposure
    return negative_binomial.chances(
        shape + np.broadcast_to(observed, seen.shape), left / (shape / rate + seen), COUNTS
    )


def _shape(known: Sequence[Sample], learnt: Prior) -> float:
    """Return the shape by which past races would have been forecast best."""
    missed = [sum(_missed(s, learnt, shape) for s in known) for shape in SHAPES.tolist()]
    return float(SHAPES[int(np.argmin(missed))])


def _missed(of: Sample, learnt: Prior, shape: float) -> float:
    """Mean ranked probability score over looks at a past race."""
    laps = np.unique((np.arange(EVERY, 1, EVERY) * of["laps"]).astype(np.int64))
    before = (of["came"][:, None] <= laps).sum(axis=0)
    exposure = _exposure(of["laps"], laps, of["keys"], learnt)
    rate = levels.nearest(learnt["rates"], of["keys"])
    chances = _chances(shape, rate, exposure, before)
    return float(ranked_probability(chances, len(of["came"]) - before + 1.0).mean())
