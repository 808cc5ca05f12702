"""What forecasts of stops and tyres are made from, on races small enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pitlive.race.forecasting import caution_stops, fuel_range, stop_features
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.fresh_tires import gains
from pitlive.race.forecasting.packs import packs, shares
from pitlive.race.forecasting.view import View
from pitlive.race.registry import EVERY
from tests import races
from tests.race.test_forecasts import folded

SPEC = {"laps": 60, "series": "nascar-cup"}
STOPS = (20, 40)
FALLOFF_MS = 50
LOSS_MS = 30_000
LATE_CAR = "2"


def car(name: str, behind_ms: int, stops: tuple[int, ...] = STOPS) -> Iterator[dict[str, Any]]:
    """Sixty laps that get slower by a steady amount until the car stops, for all tyres."""
    at_ms = behind_ms
    since = 0
    for lap in range(1, 61):
        slow = LOSS_MS // 2 if lap in stops or lap - 1 in stops else 0
        lap_ms = 20_000 + FALLOFF_MS * (lap - since) + slow
        at_ms += lap_ms
        of = {"car": name, "lap": lap}
        yield {"type": "lap", **of, "at_ms": at_ms, "lap_ms": lap_ms}
        if lap in stops:
            since = lap
            yield {"type": "pit_in", **of, "at_ms": at_ms - 2_000, "lap": lap - 1}
            out = {"lane_ms": 14_000, "tires": 4}
            yield {"type": "pit_out", **of, "at_ms": at_ms + 12_000, "lap": lap - 1, **out}


def flag(shown: str, lap: int, at_ms: int) -> dict[str, Any]:
    """A flag."""
    return {"type": "flag", "flag": shown, "lap": lap, "at_ms": at_ms}


def race(*more: dict[str, Any]) -> View:
    """Two cars nose to tail and a third that is a second back and stops five laps later."""
    late = tuple(lap + 5 for lap in STOPS)
    cars = (*car("0", 0), *car("1", 100), *car(LATE_CAR, 1_200, late))
    return folded(races.checked([flag("green", 0, 0), *cars, *more], SPEC), SPEC)


def test_new_tyres_give_what_the_old_ones_lost() -> None:
    """At each stop the laps before and after give the falloff that the laps were made with."""
    found = gains(race())
    assert len(found) == 2 * 3
    np.testing.assert_allclose(found[:, 1], FALLOFF_MS / 1000)


def test_a_stop_is_no_gain_before_its_laps_are_run() -> None:
    """Three green laps after the out-lap have to be there: 22 to 24, while the late car leads."""
    whole = race()
    for lap in (23, 24, 25, 26):
        view = whole.until(lap)
        assert len(gains(view)) == (view.last[:2] >= 24).sum()
    assert len(gains(whole.until(23))) == 0
    assert len(gains(whole.until(26))) == 2


def test_cars_nose_to_tail_are_counted_by_leader_lap() -> None:
    """Of three crossings of a lap one is 0.1 s after the one before it; two are no pack."""
    whole = race()
    assert shares(whole)[10] == pytest.approx(1 / 3)
    assert np.isnan(shares(whole)[0])
    assert packs(whole.until(10)) == (0, 2)


def test_the_next_stop_is_the_first_that_has_not_begun() -> None:
    """Whatever was before it, and none when there is no more."""
    whole = race()
    rows = np.arange(3)
    coming = [stop_features.following(whole, whole.until(lap), rows) for lap in (30, 50)]
    assert whole.stops[coming[0], 1].tolist() == [40, 40, 45]
    assert coming[1].tolist() == [-1, -1, -1]


def test_laps_to_the_next_stop_come_out_as_they_were() -> None:
    """A stop under green is one; who stops no more has no outcome, and nobody runs dry."""
    whole, figure = race(), EVERY["stint"]
    for lap, stops in ((30, [40, 40, 45]), (50, [np.nan] * 3)):
        view = whole.until(lap)
        predicted = figure.forecast(view, shipped().figures["stint"])
        found = figure.outcome(whole, view, predicted)
        np.testing.assert_array_equal(found[:, 0], stops - view.last)
        assert np.isnan(found[:, 1]).all()


def test_a_stint_is_told_halfway_between_what_the_series_taught_and_its_family() -> None:
    """A series of few races is often wrong, its family is about others."""
    figure, view = EVERY["stint"], race().until(30)
    shared, own = (
        {"slope": slope * np.ones(40), "misses": np.zeros((7, 19))} for slope in (0.02, 0.04)
    )
    prior = shipped().figures["stint"] | {"families": {"": shared}}

    def predicted(families: dict[str, Any]) -> Any:
        return figure.forecast(view, prior | {"families": families}).value[:, 0]

    family, series = predicted({"": shared}), predicted({"": own})
    np.testing.assert_allclose(predicted({"": shared, "nascar-cup": own}), (family + series) / 2)
    assert (series > family).all()


def test_the_longest_stint_counts_laps_under_caution_for_half() -> None:
    """The stints that stops ended count, and the one that is run now."""
    slow = flag("yellow", 10, 205_000), flag("green", 13, 270_000)
    whole = race(*slow)
    first, last = whole.cautions[0, [0, 2]].tolist()
    halves = (last - first + 1) / 2
    view = whole.until(21)
    assert fuel_range.longest(view) == pytest.approx(
        np.percentile([20 - halves] * 2 + [21 - halves], 90)
    )


def test_who_comes_in_under_a_caution_is_told_from_who_stays() -> None:
    """Before it comes out within the laps asked for, and while it is on; with the tyres."""
    at = race().lead_at
    whole = race(flag("yellow", 19, int(at[18]) + 9_000), flag("green", 22, int(at[22])))
    rows = np.arange(3)
    for lap in (16, 19):
        hit, tires = caution_stops.observed(whole, whole.until(lap), rows, 5)
        assert hit.tolist() == [1, 1, 0]
        assert tires.tolist() == [2, 2, -1]
    assert np.isnan(caution_stops.observed(whole, whole.until(10), rows, 5)[0]).all()
