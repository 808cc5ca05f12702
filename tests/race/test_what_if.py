"""What if a car stopped now, or later: options, and what is scored of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pitlive.race.forecasting import services
from pitlive.race.forecasting.draws import draw
from pitlive.race.forecasting.field import field
from pitlive.race.forecasts import what_if
from tests.race.long_run import race
from tests.race.test_forecasts import predicted


def test_to_stop_on_the_last_laps_only_costs() -> None:
    """Whoever leads a race that is as good as over keeps it by staying out."""
    whole = race()
    view = whole.until(whole.scheduled - 2)
    assert not view.yellow
    now, of = predicted("what_if", view), field(view)
    column = {option: n for n, option in enumerate(now.options)}
    first = int(np.argmin(of.standing[np.isin(of.rows, now.rows)]))
    assert now.value[first, column["stay"]] + 1 < now.value[first, column["four"]]


def test_options_are_those_that_the_series_knows() -> None:
    """Two tyres are NASCAR's; a Formula 1 car changes four, and nobody fuels one."""
    view = race().until(60)
    now = predicted("what_if", view)
    assert now.options == what_if.OPTIONS
    assert now.value.shape == (len(now.rows), len(now.options))
    assert predicted("what_if", replace(view, series="f1")).options == (
        *what_if.OPTIONS[:2],
        *what_if.OPTIONS[4:],
    )


def test_under_caution_a_stop_is_now_or_not_at_all() -> None:
    """What comes after the restart is another race."""
    view = race().until(37)
    assert view.yellow
    assert (
        predicted("what_if", view).options == what_if.OPTIONS[:4] == ("stay", "four", "two", "fuel")
    )


def test_what_a_car_did_is_one_option_or_several_that_agree() -> None:
    """A stop on the next lap is no staying out; a later one is both that and its lap."""
    whole = race()
    seen: set[str] = set()
    for lap in range(50, whole.lap, 9):
        view = whole.until(lap)
        now = predicted("what_if", view)
        took = ~np.isnan(what_if.outcome(whole, view, now))
        column = {option: n for n, option in enumerate(now.options)}
        assert (
            took[:, column["stay"]]
            ^ took[:, [column["four"], column["two"], column["fuel"]]].any(axis=1)
        ).all()
        seen |= {option for option, n in column.items() if took[:, n].any()}
    assert {"stay", "four", "+5"} <= seen


def test_the_luck_of_a_lap_goes_with_where_a_car_runs() -> None:
    """So that it is the same however rows are numbered, and another one on the next lap."""
    standing = np.array([3.0, 1.0, 4.0, 2.0])
    one, other = draw(12, standing), draw(12, standing[::-1].copy())
    for ours, theirs in zip(one[1:], other[1:], strict=True):
        np.testing.assert_array_equal(ours, theirs[:, ::-1])
    assert (draw(13, standing).pace != one.pace).any()


def test_who_changes_no_tyre_is_not_slower_than_who_changes_two() -> None:
    """Some stops without tyres were repairs, and say nothing of fuel."""
    times = {"4": np.full(5, 11.0), "2": np.full(5, 6.0), "0": np.full(5, 20.0)}
    assert services.saved([("nascar-cup", times)])["nascar"].tolist() == [5.0, 5.0]
    assert services.saved([("f1", {**times, "2": np.empty(0)})]) == {}
