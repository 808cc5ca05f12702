"""The laws of learning, run over every figure: how history lies does not matter, only what it is.

Series stand one after the other in what is learnt from. A split by position would learn from
one and judge another, and so would depend on where each stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain
from random import Random
from typing import Any

import numpy as np
import pytest

from pitlive.race.forecasting import levels
from pitlive.race.forecasting.protocol import Sample
from pitlive.race.forecasting.splits import dealt
from pitlive.race.forecasting.view import View, view
from pitlive.race.kind import RACE as kind
from pitlive.race.registry import EVERY
from pitlive.race.simulation import simulate
from tests import races

SERIES = {"f1": ("road", 1.0), "nascar-cup": ("short", 2.0)}
"""Type of track of each series, and its times against those simulated."""

RACES = {"f1": 2, "nascar-cup": 6}
"""Races of each: all of Formula 1 are a quarter of history, as they once were."""


def past(series: str, seed: int) -> View:
    """A simulated race of a series, folded whole."""
    track_type, scale = SERIES[series]
    plan = simulate.RacePlan(cars=14, laps=150, seed=seed, reports=False)
    about = {"series": series, "track_type": track_type, "track": f"Track {seed % 2}"}
    spec = {**simulate.spec(plan), **about}
    told = [
        {name: int(of * scale) if name.endswith("_ms") else of for name, of in one.items()}
        for one in simulate.entries(plan)
    ]
    race = kind.fold(kind.spec(spec))
    race.outcome(races.checked(told, spec))
    return view(race)


@cache
def history() -> Mapping[str, list[View]]:
    """Some races of each series."""
    return {series: [past(series, seed) for seed in range(RACES[series])] for series in SERIES}


def taught(name: str) -> dict[str, list[Sample]]:
    """What the races of each series teach a figure."""
    return {series: [EVERY[name].sample(race) for race in of] for series, of in history().items()}


def same(one: Any, other: Any) -> None:
    """Equal, but for the order in which numbers were added up: it may tip one over a bound."""
    if isinstance(one, Mapping):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    else:
        assert np.isclose(one, other, rtol=1e-5, atol=1e-7).mean() > 0.95


@pytest.mark.parametrize("name", EVERY)
def test_what_is_learnt_does_not_hang_on_where_series_stand(name: str) -> None:
    """One after the other, the other way round, or taking turns: the same priors."""
    of = taught(name)
    orders = [
        [*of["f1"], *of["nascar-cup"]],
        [*of["nascar-cup"], *of["f1"]],
        [
            of["nascar-cup"][0],
            of["f1"][0],
            *of["nascar-cup"][1:5],
            of["f1"][1],
            of["nascar-cup"][5],
        ],
    ]
    priors = [EVERY[name].fit(samples) for samples in orders]
    same(priors[0], priors[1])
    same(priors[0], priors[2])


def test_every_part_has_its_share_of_every_series_and_a_track_is_in_several() -> None:
    """Whatever order the series come in, and however long a season is."""
    f1 = [levels.levels("f1", "road", f"Circuit {n % 20}") for n in range(83)]
    cup = [levels.levels("nascar-cup", "short", f"Oval {n % 36}") for n in range(180)]
    for known in ([*f1, *cup], [*cup, *f1], Random(4).sample([*f1, *cup], 263)):
        part = dealt(known, 4)
        for series in ("f1", "nascar-cup"):
            share = np.bincount(part[[keys[2] == series for keys in known]])
            assert share.max() - share.min() <= 1
        assert len({int(of) for of, keys in zip(part, known, strict=True) if keys == f1[0]}) > 1


@pytest.mark.parametrize("series", SERIES)
def test_a_series_is_told_its_own_lane_time_with_another_beside_it(series: str) -> None:
    """Twice as long in the one as in the other: each is within a tenth of what comes."""
    figure = EVERY["lane_time"]
    prior = figure.fit([*chain.from_iterable(taught("lane_time").values())])
    race = past(series, seed=77)
    off = []
    for lap in range(1, race.lap):
        now = race.until(lap)
        predicted = figure.forecast(now, prior)
        off += (predicted.value / figure.outcome(race, now, predicted) - 1).ravel().tolist()
    assert np.isfinite(off).sum() > 20
    assert abs(np.nanmedian(off)) < 0.1
