"""Places that each car will have gained two and five laps after the restart.

Who restarts where, in which lane, on which tyres, and what the driver made of restarts
before. Under green it is said as if the field of now restarted, and not scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import binned, drivers, families, levels
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import Forecast, ForecastKind, Prior, Sample, nothing
from pitlive.race.forecasting.view import LAST, View

name = "restart"
unit = "places"
kind: ForecastKind = "quantity"

OPTIONS = ("after_2", "after_5")

AFTER = (2, 5)
"""Laps after the restart at which gains are counted."""

K = 30.0
"""Laps of a car that weigh as much as where it runs now in what it usually does."""

STRENGTH = 400.0
"""Cars at restarts of a track that weigh as much as those of its type."""

ROWS = 10
"""Rows of cars, two wide, in which the lane counts: behind, the field is strung out."""

CLIP = 10.0
"""Places beyond which a change is an accident, and says nothing about the score."""

WIDE = 19
"""Circumstances of a case."""


def sample(past: View) -> Sample:
    """Return the field at each lap of a caution and after it, and what every car gained."""
    if not past.flagged:
        return {}
    looks = [(_now(view), of.rows, _seen(of), _change(past, view, of)) for view, of in _looks(past)]
    if not looks:
        return {}
    at_green = [
        (rows, seen, change[:, -1]) for now, rows, seen, change in looks if now == "green 0"
    ]
    about = {"keys": levels.levels_for(past), "drivers": drivers.driver_keys(past), "looks": looks}
    return {**about, "gains": _by_driver(past, at_green), "lanes": _lanes(at_green)}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn lanes and drivers first, then what cars like these gained."""
    known = [s for s in samples if s]
    rated = drivers.fit([s["gains"] for s in known])
    lanes = levels.rates([(s["keys"], *s["lanes"]) for s in known], STRENGTH)
    after = {str(h): _fitted(known, rated, lanes, n) for n, h in enumerate(AFTER)}
    return {"drivers": rated, "lanes": lanes, "after": after}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say what came in history of cars like these, on top of what is gained already."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, range(len(OPTIONS)))
    keys = levels.levels_for(view)
    rating = drivers.ratings(drivers.driver_keys(view), prior["drivers"])[of.rows]
    x = _circumstances(_seen(of), rating, levels.nearest(prior["lanes"], keys))
    change = [_quantiles(view, x, prior, h) for h in AFTER]
    return _said(view, of, np.stack(change, axis=1))


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that every car keeps the place it has."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, range(len(OPTIONS)))
    return _said(view, of, np.zeros((len(of.rows), len(AFTER), len(LEVELS))))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the places gained since the restart, NaN for those that are counted already."""
    ahead = _ahead(view) > 0
    gained = _gained(past, _green(past, view), predicted.rows, AFTER)
    return np.where(ahead, gained, np.nan)


def groups(past: View, view: View, predicted: Forecast) -> Mapping[str, Bools]:  # noqa: ARG001
    """Tell what is said under the caution from what is said after it."""
    yellow = np.full(predicted.value.shape, view.yellow)
    return {"yellow": yellow, "green": ~yellow}


def _looks(past: View) -> Iterator[tuple[View, Field]]:
    for last in past.cautions[past.cautions[:, LAST] >= 0, LAST].tolist():
        for lap in range(max(last - 2, 1), min(last + max(AFTER), past.lap)):
            view = past.until(lap)
            of = field(view)
            if _known(view, of):
                yield view, of


def _known(view: View, of: Field) -> bool:
    return len(of.rows) > 1 and not view.finished


def _run(view: View) -> int:
    """Return the laps run since a restart that was just now, -1 if the next is to come."""
    run = view.lap - view.restart
    return run if not view.yellow and view.restart > 0 and run < max(AFTER) else -1


def _now(view: View) -> str:
    return "to come" if _run(view) < 0 else f"green {_run(view)}"


def _ahead(view: View) -> Ints:
    """Return how many laps each of AFTER is away."""
    return np.array(AFTER) - max(_run(view), 0)


def _green(past: View, view: View) -> int:
    """Return the lap at whose end green began, or ends the caution that is on; 0 if none."""
    if not view.yellow:
        return view.restart if _run(view) >= 0 else 0
    ends = past.cautions[len(view.cautions) - 1 : len(view.cautions), LAST]
    return int(ends.max(initial=0))


def _gained(of: View, lap: int, rows: Ints, after: Sequence[int]) -> Floats:
    """Return the places gained from a lap to some after it, NaN unknown, shape (m, h)."""
    then = np.array([lap + h for h in after])
    there = (then <= of.lap) & (lap > 0)
    place = of.place[rows[:, None], np.where(there, then, 0)]
    before = of.place[rows, min(lap, of.lap)][:, None]
    return np.where(there & (place > 0) & (before > 0), before - place, np.nan)


def _so_far(view: View, of: Field) -> Floats:
    """Return the places that each car has gained since the restart, 0 before it, shape (m, h)."""
    run = max(_run(view), 0)
    after = [min(h, run) for h in AFTER]
    return np.nan_to_num(_gained(view, view.restart, of.rows, after)) * (run > 0)


def _change(past: View, view: View, of: Field) -> Floats:
    """Return what is gained from now on, NaN where that is counted already, shape (m, h)."""
    observed = _gained(past, _green(past, view), of.rows, AFTER) - _so_far(view, of)
    return np.where(_ahead(view) > 0, observed, np.nan)


def _seen(of: Field) -> Floats:
    """Return what is known of each car but its driver, shape (m, 17)."""
    lane = np.where(of.standing <= 2 * ROWS, of.standing % 2 * 2 - 1, 0.0)
    rel, habit = of.standing / of.size, np.clip(of.standing - of.usual, -15, 15)
    older = (of.age[:, None] > of.age + 3).mean(axis=1)
    younger = (of.age[:, None] < of.age - 3).mean(axis=1)
    columns = (
        *(np.ones(len(rel)), lane, rel - 0.5, (rel - 0.5) ** 2, of.standing <= 1),
        *(of.standing == 2, habit, habit * of.last / (K + of.last)),
        *(
            of.pace[:, 1],
            of.pace[:, 0],
            older - younger,
            (older - younger) * rel,
            younger * (1 - rel),
        ),
        *(np.minimum(of.down, 4), of.down > 0, of.stopped, of.fresh),
    )
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)


def _circumstances(seen: Floats, rating: Floats, lane: float) -> Floats:
    """Return what a gain hangs on, shape (m, WIDE)."""
    return np.column_stack((seen, rating, seen[:, 1] * lane))


def _by_driver(past: View, looks: Sequence[tuple[Ints, Floats, Floats]]) -> dict[str, float]:
    """Return what each known driver gained at a restart of a race, on average."""
    total, n = np.zeros(len(past.cars)), np.zeros(len(past.cars))
    for rows, _, gained in looks:
        total[rows] += np.clip(np.nan_to_num(gained), -CLIP, CLIP)
        n[rows] += ~np.isnan(gained)
    mean = total / np.maximum(n, 1)
    named = enumerate(drivers.driver_keys(past))
    return {key: float(mean[row]) for row, key in named if key and n[row]}


def _lanes(looks: Sequence[tuple[Ints, Floats, Floats]]) -> tuple[float, float]:
    """Return by how many places odd starters gained on even ones in all, and of how many cars."""
    joined = [(seen[:, 1], gained) for _, seen, gained in looks]
    if not joined:
        return 0.0, 0.0
    lane, gained = (np.concatenate(of) for of in zip(*joined, strict=True))
    there = (lane != 0) & ~np.isnan(gained)
    return float((lane * np.clip(gained, -CLIP, CLIP))[there].sum()), float(there.sum())


def _regimes(keys: Sequence[str], now: str) -> tuple[str, ...]:
    """Restarts alike, the nearest first: by family and type of track, by family, any.

    Rather than by another family, one is told by what is its own at any time.
    """
    family = families.of_series(keys[2])
    track_type = keys[3].removeprefix("*/")
    own = f"{family}/{track_type} {now}", f"{family} {now}", f"{family}{binned.ANY}"
    return (*own, now, "")


def _fitted(
    known: Sequence[Sample], rated: Prior, lanes: Mapping[str, float], column: int
) -> Prior:
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": [(np.zeros((1, WIDE)), np.zeros(1))]}
    for s in known:
        rating = drivers.ratings(s["drivers"], rated, but=s["gains"])
        lane = levels.nearest(lanes, s["keys"])
        for now, rows, seen, change in s["looks"]:
            there = ~np.isnan(change[:, column])
            x = _circumstances(seen, rating[rows], lane)[there]
            for key in _regimes(s["keys"], now)[:-1]:
                cases.setdefault(key, []).append((x, change[there, column]))
    return binned.regimes(cases, CLIP)


def _quantiles(view: View, x: Floats, prior: Prior, after: int) -> Floats:
    """Return what will be gained from now on, 0 where it is counted already, shape (m, 19)."""
    if _ahead(view)[AFTER.index(after)] <= 0:
        return np.zeros((len(x), len(LEVELS)))
    regime = levels.nearest(
        prior["after"][str(after)], _regimes(levels.levels_for(view), _now(view))
    )
    return binned.quantiles(x, regime)


def _said(view: View, of: Field, change: Floats) -> Forecast:
    gained = _so_far(view, of)[..., None] + change
    n = of.last.astype(np.float64)
    value, ahead = gained[..., len(LEVELS) // 2], np.arange(len(OPTIONS))
    return Forecast(view.lap, of.rows, ahead, value, n, K / (K + n), gained, options=OPTIONS)
