"""Where a car comes back after a stop: what that is made of, against plain Python."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pitlive.race.forecasting import green_stops, poisson_binomial
from pitlive.race.forecasts import rejoin
from tests.race.long_run import LAST_GREEN, green, race
from tests.race.test_forecasts import predicted


def test_green_stops_are_those_that_no_caution_touches() -> None:
    """And there are some, so that what follows is not about nothing."""
    whole = race()
    found = {(row, lap) for row, lap in green_stops.under_green(whole).tolist()}
    assert found == green(whole)
    assert len(found) > 5


def test_the_loss_of_a_stop_is_in_and_out_lap_beyond_the_pace_before() -> None:
    """As defined, by the median of the last ten green laps; NaN where a lap is missing."""
    whole = race()
    rows, losses = green_stops.timed(whole)
    stops = [stop for stop in green_stops.under_green(whole).tolist() if stop[1] < whole.lap]
    assert rows.tolist() == [row for row, _ in stops]
    assert (~np.isnan(losses)).any()
    for (row, lap), loss in zip(stops, losses, strict=True):
        before = whole.time[row, :lap][whole.green[row, :lap] & (whole.time[row, :lap] > 0)]
        both = whole.time[row, lap : lap + 2]
        want = (both.sum() - 2 * np.median(before[-10:])) / 1000 if (both > 0).all() else np.nan
        assert loss == pytest.approx(want, nan_ok=True)


def test_counts_are_those_of_every_way_they_can_come_about() -> None:
    """Five things, by all 32 ways."""
    chance = np.array([[0.1, 0.5, 0.9, 0.0, 0.3], [1.0, 1.0, 0.2, 0.2, 0.6]])
    want = np.zeros((2, 6))
    for ways in product((0, 1), repeat=5):
        observed = np.array(ways)
        want[:, observed.sum()] += np.where(observed, chance, 1 - chance).prod(axis=1)
    np.testing.assert_allclose(poisson_binomial.counts(chance), want, atol=1e-15)


def test_a_car_that_rejoins_has_others_as_neighbours_and_a_place_among_them() -> None:
    """Never itself; nobody only ahead of the first or behind the last."""
    whole = race()
    for lap in (20, 60, 90):
        now = predicted("rejoin", whole.until(lap))
        assert len(now.rows)
        assert now.others is not None
        for row, place, (ahead, behind) in zip(now.rows, now.value[:, 0], now.others, strict=True):
            assert row not in (ahead, behind)
            assert (ahead == -1) == (place == 1)
            assert (behind == -1) == (place >= len(now.rows))


def test_a_rejoin_is_scored_where_the_car_does_come_in() -> None:
    """Once for a green stop that was not known yet, by the place after the out-lap."""
    whole = race()
    scored = set()
    for lap in range(LAST_GREEN, whole.lap):
        view = whole.until(lap)
        now = predicted("rejoin", view)
        observed = rejoin.outcome(whole, view, now)[:, 0]
        for row, place in zip(now.rows.tolist(), observed.tolist(), strict=True):
            if place == place:
                into = int(view.last[row]) + 1
                assert place == whole.place[row, into + 1]
                scored.add((row, into))
    assert scored <= green(whole)
    assert len(scored) > len(green(whole)) / 3
