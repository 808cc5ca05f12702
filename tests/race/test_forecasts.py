"""The laws of forecasts, run over every figure found: the past only, finite, the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from pitlive.messages import Entry
from pitlive.race import forecasts, shadows
from pitlive.race.forecasting.artefact import dump, load, shipped
from pitlive.race.forecasting.protocol import Forecast
from pitlive.race.forecasting.view import View, view
from pitlive.race.kind import RACE as kind
from pitlive.race.registry import EVERY, learnt
from pitlive.race.simulation import simulate
from tests import races

PLAN = simulate.RacePlan(cars=12, laps=90, seed=5)
SPEC = {**simulate.spec(PLAN), "series": "nascar-cup", "track_type": "short"}
DOCS = (Path(__file__).parents[2] / "docs" / "forecasts.md").read_text()


def folded(entries: list[Entry], spec: Mapping[str, Any]) -> View:
    """What is known after some entries."""
    race = kind.fold(kind.spec(spec))
    race.outcome(entries)
    return view(race)


@cache
def simulated() -> tuple[list[Entry], View]:
    """A race in which everything happens, and all that is known of it at the end."""
    entries = sorted(races.checked(list(simulate.entries(PLAN)), SPEC), key=lambda e: e.at_ms)
    return entries, folded(entries, SPEC)


def predicted(name: str, now: View) -> Forecast:
    """The forecast of a figure by what all have learnt."""
    artefact = learnt()
    return EVERY[name].forecast(artefact.placed(now), artefact.figures[name])


def same(one: Forecast, other: Forecast) -> bool:
    """Equal to the last bit."""
    return all(
        np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


def test_every_figure_of_the_folder_is_found_and_fitted() -> None:
    """A file there is a figure, or a candidate, with a prior in what is shipped."""
    folders = [Path(folder.__path__[0]) for folder in (forecasts, shadows)]
    there = {path.stem for folder in folders for path in folder.glob("[a-z]*.py")}
    assert {*EVERY} == there == {*shipped().figures}
    assert all(figure.name == name for name, figure in EVERY.items())


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_has_its_heading(name: str) -> None:
    """docs/forecasts.md explains it."""
    assert f"`{name}`" in re.findall(r"^### (.*)$", DOCS, re.MULTILINE)


@pytest.mark.parametrize("name", EVERY)
def test_a_forecast_depends_on_the_past_only(name: str) -> None:
    """The log cut short at a lap gives what the whole log says of that lap."""
    entries, whole = simulated()
    for lap in Random(3).sample(range(5, whole.lap - 5), 8):
        now = int(whole.lead_at[lap])
        cut = folded([entry for entry in entries if entry.at_ms <= now], SPEC)
        assert cut.lap == lap
        assert same(predicted(name, whole.until(lap)), predicted(name, cut))
    assert any(len(predicted(name, whole.until(lap)).rows) for lap in (20, 40))


def test_the_leader_is_no_certain_winner_when_nobody_else_has_come_round() -> None:
    """Who wins is said from lap 2 on."""
    _, whole = simulated()
    assert not len(predicted("win", whole.until(1)).rows)
    assert predicted("win", whole.until(2)).value.max() < 0.9


@pytest.mark.parametrize("name", EVERY)
def test_the_same_log_gives_the_same_forecast(name: str) -> None:
    """To the last bit, in whatever order the log came."""
    entries, whole = simulated()
    shuffled = entries.copy()
    Random(1).shuffle(shuffled)
    again = folded(shuffled, SPEC)
    rows = [again.cars.index(car) for car in whole.cars]
    one, other = predicted(name, whole.until(40)), predicted(name, again.until(40))
    if len(one.rows) and one.rows[0] >= 0:  # rows are numbered as cars appear
        find = [other.rows.tolist().index(rows[row]) for row in one.rows]
        np.testing.assert_allclose(other.value[find], one.value, rtol=1e-9)
    else:
        np.testing.assert_array_equal(other.value, one.value)


def _laps(cars: int, laps: int, gone: int = 10**6) -> Iterator[dict[str, Any]]:
    for car in range(cars):
        for lap in range(1, min(laps, gone) + 1):
            yield {
                **{"type": "lap", "car": str(car), "lap": lap},
                **{"at_ms": 20_000 * lap + 300 * car, "lap_ms": 20_000},
            }


def _green(lap: int = 0) -> dict[str, Any]:
    return {"type": "flag", "flag": "green", "at_ms": 20_000 * lap, "lap": lap}


STRANGE: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "no flags": list(_laps(5, 40)),
    "one car": [_green(), *_laps(1, 40)],
    "two cars": [_green(), *_laps(2, 40)],
    "all retired": [_green(), *_laps(8, 40, gone=12), *_laps(1, 14)],
    "no stops": [_green(), *_laps(8, 40)],
    "missing laps": [_green(), *(e for n, e in enumerate(_laps(8, 40)) if n % 3)],
    "red flag": [
        _green(),
        *_laps(8, 40),
        {"type": "flag", "flag": "red", "at_ms": 20_000 * 39, "lap": 39},
    ],
    "duplicate cars": [_green(), *_laps(8, 40), *_laps(8, 40)],
    "only the first lap": [_green(), *_laps(8, 1)],
    "longer than planned": [_green(), *_laps(8, 70)],
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_race_gives_what_is_possible_or_nothing(name: str, strange: str) -> None:
    """Chances lie in [0, 1], bands are in order, and nothing is infinite."""
    entries = races.checked(STRANGE[strange], {"laps": 60})
    now = folded(entries, {"laps": 60})
    found = predicted(name, now)
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.weight).all()
    if found.quantiles is not None:
        assert (np.diff(found.quantiles, axis=-1) >= 0).all()
        assert np.isfinite(found.quantiles).all()
    if found.chances is not None:
        np.testing.assert_allclose(found.chances.sum(axis=1), 1, atol=1e-6)
    if EVERY[name].kind in ("chance", "winner"):
        assert ((found.value >= 0) & (found.value <= 1)).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_track_and_a_series_never_seen_are_forecast_all_the_same(name: str) -> None:
    """From what all races together teach."""
    _, whole = simulated()
    spec = {k: v for k, v in SPEC.items() if k not in ("series", "track", "track_type")}
    entries, _ = simulated()
    unknown = folded([e for e in entries if e.at_ms <= int(whole.lead_at[40])], spec)
    assert len(predicted(name, unknown).rows) == len(predicted(name, whole.until(40)).rows) > 0


def test_what_is_shipped_is_small_and_says_where_it_comes_from() -> None:
    """Less than a megabyte; reading and writing it again changes nothing."""
    written = dump(shipped())
    assert dump(load(written)) == written
    assert len(written) < 900_000
    assert (
        {"day", "data", "series"} <= {*shipped().provenance} <= {"day", "data", "series", "before"}
    )
