"""The forecasts on the race page in real Chromium: every number is what the server says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import httpx
import numpy as np
import pytest

from pitlive.race.simulation import simulate
from tests import races
from tests.stack import Stack, wait_for

PLAN = simulate.RacePlan(cars=10, laps=40, seed=7)
SPEC = {**simulate.spec(PLAN), "series": "nascar-cup", "track_type": "short"}

HALF = 26
"""The leader's lap up to which the race is told before the page is opened."""

PAST = 17
"""The lap that is looked back at."""

FIGURES = """() => [...document.querySelectorAll('[data-forecast]')].map(
  ({ dataset }) => ({ ...dataset }))"""

BOARD = """() => Object.fromEntries([...document.querySelectorAll('[data-board]')].map(
  ({ dataset: { board, ...figures } }) => [board, figures]))"""

COLUMNS = ("place", "last_ms", "to_leader_ms", "to_ahead_ms", "best_ms", "stint_laps", "stops")

TOWER = """names => [...document.querySelectorAll('tr[data-car]')].map(row => [row.dataset.car,
  ...names.map(name => row.querySelector(`[data-field=${name}]`).dataset.value)])"""

SCORES = """() => Object.fromEntries([...document.querySelectorAll('[data-score]')].map(
  ({ dataset: { score, ...figures } }) => [score, figures]))"""

Rows = dict[str, Any]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@cache
def halves() -> tuple[list[Rows], list[Rows]]:
    """The race until the leader completes a lap, and the rest."""
    told = list(simulate.entries(PLAN))
    until_ms = min(e["at_ms"] for e in told if e["type"] == "lap" and e["lap"] == HALF)
    return [e for e in told if e["at_ms"] <= until_ms], [e for e in told if e["at_ms"] > until_ms]


def get(server: Stack, source: str, path: str) -> Any:
    """Read something of a source."""
    answer = httpx.get(f"{server.url}/api/v1/sources/{source}/{path}")
    return answer.raise_for_status().json()


def state(server: Stack, source: str) -> Rows:
    """Every channel's rows."""
    return dict(get(server, source, "state")["channels"])


def is_forecast(server: Stack, source: str, lap: int) -> bool:
    """Whether the newest lap is this one, forecast, and there to be looked back at."""
    forecasts = state(server, source).get("forecasts", {})
    laps = get(server, source, "laps")["laps"]
    return {row["lap"] for row in forecasts.values()} == {lap} and laps[-1:] == [lap]


@pytest.fixture
def half(server: Stack, source: str, page: Any) -> Any:
    """A page with the forecasts of a race that is half over."""
    httpx.put(f"{server.url}/api/v1/sources/{source}", json=SPEC).raise_for_status()
    last = races.post(server.url, source, halves()[0])["last"]
    wait_for(lambda: races.folded(server.url, source) == last, "the fold", server)
    wait_for(partial(is_forecast, server, source, HALF), f"forecasts of lap {HALF}", server)
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"{server.url}/race/{source}#forecasts")
    page.wait_for_selector('[data-testid=connection][data-state="live"]')
    return page


def told(forecasts: Mapping[str, Any], shown: Mapping[str, str]) -> dict[str, str]:
    """What a number of the page should be, from the rows of the server."""
    row = forecasts.get(shown["forecast"])
    line = _line(row, shown["of"]) if row else None
    column = _column(row, shown["which"]) if row else None
    if row is None or line is None or column is None or row["value"][line][column] is None:
        return dict.fromkeys(("value", "low", "high", "n", "weight"), "")
    bands = {name: row[name][line][column] if name in row else None for name in ("low", "high")}
    found = {"value": row["value"][line][column], **bands}
    found |= {name: row[name][line] for name in ("n", "weight")}
    return {name: "" if value is None else f"{value:g}" for name, value in found.items()}


def _line(row: Rows, car: str) -> int | None:
    cars = row.get("cars", [""])
    return cars.index(car) if car in cars else None


def _column(row: Rows, which: str) -> int | None:
    if which in row.get("options", ()):
        return int(row["options"].index(which))
    known = [str(ahead) for ahead in row["ahead"]]
    return known.index(which or known[0]) if which in ("", *known) else None


def figures_are(page: Any, forecasts: Mapping[str, Any]) -> bool:
    """Whether every number of the page, with its band, n and weight, is the server's."""
    names = ("value", "low", "high", "n", "weight")
    found = page.evaluate(FIGURES)
    shown = [{n: f"{float(one[n]):g}" if one[n] else "" for n in names} for one in found]
    return len(found) > 20 and shown == [told(forecasts, one) for one in found]


def board(forecasts: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """What the board should say of each running car, plainly computed from the chances."""
    finish, win = forecasts["finish"], forecasts["win"]
    wins = dict(zip(win["cars"], win["value"], strict=True))
    return {
        car: _of_board(np.array(chances), wins[car][0])
        for car, chances in zip(finish["cars"], finish["chances"], strict=True)
    }


def _of_board(chances: Any, win: float) -> dict[str, float]:
    share = chances / chances.sum()
    low, high = (int((share.cumsum() < level - 1e-9).sum()) + 1 for level in (0.1, 0.9))
    mean = float((share * np.arange(1, len(share) + 1)).sum())
    tops = {"top5": float(chances[:5].sum()), "top10": min(1.0, float(chances[:10].sum()))}
    return {"expected": mean, "low": low, "high": high, "win": win, **tops}


def board_is(page: Any, forecasts: Mapping[str, Any]) -> bool:
    """Whether the board says what the chances do, and nothing of cars without any."""
    shown, want = page.evaluate(BOARD), board(forecasts)
    told = {car: {n: float(of[n]) for n in want[car]} for car, of in shown.items() if car in want}
    silent = all(not of["expected"] for car, of in shown.items() if car not in want)
    return (
        silent and set(told) == set(want) and all(told[c] == pytest.approx(want[c]) for c in want)
    )


def tower_of(past: Rows) -> list[list[Any]]:
    """The tower as it should show a past lap."""
    table = past["standings"]
    columns = [["" if v is None else f"{v:g}" for v in table[name]] for name in COLUMNS]
    return [list(line) for line in zip(table["cars"], *columns, strict=True)]


def tower_is(page: Any, past: Rows) -> bool:
    """Whether the tower has the cars of a past lap in order, with their figures."""
    shown = page.evaluate(TOWER, COLUMNS)
    return [[car, *(f"{float(v):g}" if v else "" for v in of)] for car, *of in shown] == tower_of(
        past
    )


def test_every_number_is_what_the_server_says_and_has_more_to_say(
    server: Stack, source: str, half: Any
) -> None:
    """Value, band, n and weight, of each figure; the rest is a focus away."""
    forecasts = state(server, source)["forecasts"]
    wait_for(lambda: board_is(half, forecasts), "board", server)
    wait_for(lambda: figures_are(half, forecasts), "figures", server)

    car = forecasts["finish"]["cars"][2]
    half.click(f"[data-board='{car}'] button")
    half.wait_for_selector(f"[data-car-panel='{car}']")
    wait_for(lambda: figures_are(half, forecasts), "figures of another car", server)

    half.focus(f"[data-car-panel='{car}'] [data-forecast=position]")
    tip = half.wait_for_selector("[role=tooltip]").inner_text()
    place = forecasts["position"]
    weight = place["weight"][place["cars"].index(car)]
    told = (f"as of lap {HALF}", f"history {round(weight * 100)} %", "80 % between", "baseline")
    assert [words for words in told if words not in tip] == []


def test_the_ghost_stands_where_a_stop_would_put_the_car(
    server: Stack, source: str, half: Any
) -> None:
    """Pointed at, a car of the tower has its ghost; without a figure for it there is none."""
    wait_for(lambda: half.locator("tr[data-car]").count() == PLAN.cars, "tower", server)
    row = state(server, source)["forecasts"].get("rejoin", {"cars": []})
    for car in state(server, source)["standings"]:
        half.hover(f"tr[data-car='{car}'] td.driver")
        if car not in row["cars"]:
            half.wait_for_selector("[data-ghost]", state="detached")
            continue
        ghost = half.wait_for_selector(f"[data-ghost='{car}']", state="attached")
        line = row["cars"].index(car)
        assert float(ghost.get_attribute("data-place")) == row["value"][line][0]
        ahead, behind = ("" if one is None else one for one in row["others"][line])
        assert (ghost.get_attribute("data-ahead"), ghost.get_attribute("data-behind")) == (
            ahead,
            behind,
        )


def test_a_past_lap_is_shown_as_it_stood_while_the_race_goes_on(
    server: Stack, source: str, half: Any
) -> None:
    """Tower and forecasts of then; live keeps running underneath and is one press away."""
    past = get(server, source, f"laps/{PAST}")
    slider = half.locator("[data-testid=scrub]")
    wait_for(lambda: slider.get_attribute("max") == str(HALF), "slider", server)
    slider.focus()
    for _ in range(HALF - PAST):
        half.keyboard.press("ArrowLeft")
    half.wait_for_selector(f"[data-testid=past][data-lap='{PAST}']")
    wait_for(lambda: tower_is(half, past), "tower of then", server)
    wait_for(lambda: board_is(half, past["forecasts"]), "board of then", server)
    wait_for(lambda: figures_are(half, past["forecasts"]), "figures of then", server)

    last = races.post(server.url, source, halves()[1])["last"]
    wait_for(lambda: races.folded(server.url, source) == last, "the fold", server)
    wait_for(partial(is_forecast, server, source, PLAN.laps), "the end", server)
    end = state(server, source)
    wait_for(lambda: half.evaluate("window.pitlive.state.race.lap") == PLAN.laps, "end", server)
    assert half.get_attribute("[data-testid=past]", "data-lap") == str(PAST)
    assert tower_is(half, past)
    assert figures_are(half, past["forecasts"])

    half.click("[data-testid=to-live]")
    half.wait_for_selector("[data-testid=past]", state="detached")
    leader = min(end["standings"].values(), key=lambda row: row["place"])
    wait_for(lambda: half.evaluate(TOWER, COLUMNS)[0][0] == leader["car"], "live tower", server)
    assert half.get_attribute("[data-testid=connection]", "data-missed") == "0"


def verdict(row: Rows) -> str:
    """What a scorecard may say: nothing of few forecasts, and nothing of half a per cent."""
    gain = (row["base"] - row["ours"]) / row["base"]
    if row["n"] < 30:
        return "early"
    return "same" if abs(gain) < 0.005 else "better" if gain > 0 else "worse"


def test_the_scorecard_shows_what_the_server_counts(server: Stack, source: str, half: Any) -> None:
    """Every figure and horizon, against the baseline, better only where it is."""
    half.locator("input[value=scorecard]").check()
    scores = state(server, source)["scores"]
    wait_for(lambda: set(half.evaluate(SCORES)) == set(scores), "scorecard", server)
    shown = half.evaluate(SCORES)
    for key, row in scores.items():
        found = {name: float(shown[key][name]) for name in ("ours", "base", "n")}
        assert found == {name: row[name] for name in found}, key
        assert shown[key]["shadow"] == ("true" if row.get("shadow") else "")
        assert shown[key]["verdict"] == verdict(row), key
    assert len(scores) > 10
