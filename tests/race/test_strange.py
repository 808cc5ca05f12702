"""Every figure in races as no race should be: finite or unknown, and nothing raised.

Warnings are errors in this suite, so a division by nothing would be found as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from pitlive.race.backtest.tally import ScoreTally
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.protocol import Forecast
from pitlive.race.forecasting.view import View
from pitlive.race.registry import EVERY
from tests import races
from tests.race.test_forecasts import folded

LAP_MS = 20_000
STINT = 17
DECLARED = {"laps": 60, "series": "nascar-cup", "stages": [25, 60]}

Facts = list[dict[str, Any]]


class Strange(NamedTuple):
    """What was reported of a race, what was declared of it, and laps to look at."""

    facts: Facts
    spec: Mapping[str, Any] = DECLARED
    looks: tuple[int, ...] = (1, 9, 21, 24, 26, 40)


def laps(cars: int, until: int, first: int = 1, begin: int = 0) -> Iterator[dict[str, Any]]:
    """Cars that follow each other closely and are slow under the caution of laps 20 to 24."""
    for car in range(begin, begin + cars):
        for lap in range(first, until + 1):
            at_ms = LAP_MS * lap + 250 * car + (lap * car) % 90
            yield {"type": "lap", "car": str(car), "lap": lap, "at_ms": at_ms, "place": car + 1}


def stops(cars: int, until: int) -> Iterator[dict[str, Any]]:
    """A stop of every car each `STINT` laps: for all tyres, two, or none; some never leave."""
    for car in range(cars):
        for lap in range(STINT + car % 3, until, STINT):
            of = {"car": str(car), "lap": lap}
            yield {"type": "pit_in", **of, "at_ms": LAP_MS * lap - 4_000}
            out = {"lane_ms": 30_000, "service_ms": 11_000, "tires": (4, 2, 0)[lap % 3]}
            if car != 1:
                yield {"type": "pit_out", **of, **out, "at_ms": LAP_MS * lap + 26_000}


def flags(*shown: tuple[str, int]) -> Facts:
    """Flags by the lap at whose end they are shown."""
    return [{"type": "flag", "flag": f, "lap": n, "at_ms": LAP_MS * n} for f, n in shown]


USUAL = flags(("green", 0), ("yellow", 20), ("green", 24), ("yellow", 26), ("green", 29))
FULL: Facts = [*USUAL, *laps(8, 45), *stops(8, 45)]
LATE = [fact | {"at_ms": fact["at_ms"] + 90_000} for fact in laps(2, 30, first=12, begin=8)]

STRANGE = {
    "as it should be": Strange(FULL),
    "red flag": Strange([*FULL, *flags(("red", 30), ("green", 33))]),
    "red flag to the end": Strange([*FULL, *flags(("red", 30))]),
    "one car": Strange([*USUAL, *laps(1, 45), *stops(1, 45)]),
    "all retired": Strange([*USUAL, *laps(8, 22), *stops(8, 22), *laps(1, 24)], looks=(9, 21, 24)),
    "all but one retired": Strange([*USUAL, *laps(8, 12), *laps(1, 45)]),
    "no stops": Strange([*USUAL, *laps(8, 45)]),
    "only stops": Strange([*USUAL, *stops(8, 45)], looks=(0,)),
    "missing laps": Strange(
        [*USUAL, *stops(8, 45), *(e for n, e in enumerate(laps(8, 45)) if n % 3)]
    ),
    "only every tenth lap": Strange([*USUAL, *(e for e in laps(8, 45) if e["lap"] % 10 == 0)]),
    "late cars": Strange([*FULL, *LATE]),
    "everything twice": Strange([*FULL, *FULL]),
    "no flags": Strange([*laps(8, 45), *stops(8, 45)]),
    "green was never shown": Strange([*USUAL[1:2], *laps(8, 45), *stops(8, 45)]),
    "always yellow": Strange([*flags(("yellow", 1)), *laps(8, 45), *stops(8, 45)]),
    "nothing declared": Strange(FULL, {}),
    "no scheduled laps": Strange(FULL, {"series": "nascar-cup", "track_type": "short"}),
    "longer than planned": Strange(FULL, {"laps": 20, "stages": [10, 20]}),
    "a series without tyres": Strange(FULL, {"laps": 60, "series": "f1", "track_type": "road"}),
    "a thousand laps": Strange(
        [*flags(("green", 0), ("yellow", 400), ("green", 405)), *laps(3, 1000), *stops(3, 1000)],
        {"laps": 1000},
        (1, 402, 999),
    ),
}


@cache
def past(name: str) -> View:
    """A strange race as it ended."""
    strange = STRANGE[name]
    return shipped().placed(folded(races.checked(strange.facts, dict(strange.spec)), strange.spec))


def check(predicted: Forecast, kind: str) -> None:
    """Numbers that are there can be shown: chances are chances, and bands are in order."""
    assert not np.isinf(predicted.value).any()
    assert np.isfinite(predicted.weight).all()
    assert np.isfinite(predicted.n).all()
    assert ((predicted.weight >= 0) & (predicted.weight <= 1)).all()
    if kind in ("chance", "winner"):
        known = predicted.value[~np.isnan(predicted.value)]
        assert ((known >= 0) & (known <= 1)).all()
    if predicted.quantiles is not None:
        known = predicted.quantiles[~np.isnan(predicted.quantiles).any(axis=-1)]
        assert np.isfinite(known).all()
        assert (np.diff(known, axis=-1) >= 0).all()
    if predicted.chances is not None:
        assert ((predicted.chances >= 0) & (predicted.chances <= 1)).all()


@pytest.mark.parametrize("figure", EVERY)
@pytest.mark.parametrize("name", STRANGE)
def test_a_figure_stands_a_strange_race(name: str, figure: str) -> None:
    """It says what is possible or nothing, whatever came can be scored, and a fit stands it."""
    race, of, tally = past(name), EVERY[figure], ScoreTally()
    for lap in (lap for lap in STRANGE[name].looks if lap <= race.lap):
        now = race.until(lap)
        both = (
            of.forecast(now, shipped().figures[figure]),
            of.baseline(now, shipped().figures[figure]),
        )
        check(both[0], of.kind)
        check(both[1], of.kind)
        assert both[0].value.shape == both[1].value.shape
        if len(both[0].rows):
            observed = of.outcome(race, now, both[0])
            assert observed.shape == both[0].value.shape
            tally.add(of, now.fraction, both, observed, of.groups(race, now, both[0]))
    assert np.isfinite(tally.rows()[["ours", "base"]].to_numpy(float)).all()


@pytest.mark.parametrize("figure", EVERY)
def test_a_figure_learns_from_strange_races_alone(figure: str) -> None:
    """History may be short, and hold nothing that is as it should be."""
    of = EVERY[figure]
    prior = of.fit([of.sample(past(name)) for name in STRANGE if name != "a thousand laps"])
    for name in ("as it should be", "no stops", "one car"):
        check(of.forecast(past(name).until(21), prior), of.kind)
