"""The race page in real Chromium: every figure on it equals a pandas computation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from tests import races
from tests.race import oracle
from tests.stack import Stack, wait_for

INSTANTS = (1_400_000, 7_000_000, 11_000_000, 13_800_000)
"""Early under yellow, after the second stage, late under green, and the end [ms]."""

PACES = ("mean5", "median5", "mean10", "median10", "mean20", "median20")

TOWER = """() => Object.fromEntries([...document.querySelectorAll('tr[data-car]')].map(row => [
  row.dataset.car,
  Object.fromEntries([...row.querySelectorAll('td[data-field]')].map(
    cell => [cell.dataset.field, cell.dataset.value])),
]))"""

BANNER = """() => Object.fromEntries([...document.querySelectorAll('.banner [data-field]')].map(
  cell => [cell.dataset.field, cell.dataset.value]))"""

ON_PAGE = ["place", "to_leader_ms", "to_ahead_ms", "last_ms", "best_ms", "stint_laps", "stops"]
ON_PAGE += ["laps_led", "passes"]

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.timeout(400)]


def numbers(shown: dict[str, dict[str, str]], fields: list[str]) -> pd.DataFrame:
    """The cells of the tower as a table; an empty one is NaN."""
    rows = {
        car: {f: float(cells[f]) if cells[f] else None for f in fields}
        for car, cells in shown.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=fields).astype(float)


def banner(reported: list[dict[str, Any]], until_ms: int) -> dict[str, str]:
    """The figures of the race as a whole, plainly computed."""
    known = pd.DataFrame(reported)
    known = known[known.at_ms <= until_ms]
    table = oracle.laps(known)
    led, flags = oracle.leaders(table), known[known.type == "flag"].sort_values("at_ms")
    yellow = flags[flags.flag == "yellow"].lap
    ends = flags[flags.flag != "yellow"].lap
    ended = [
        ends[ends >= first].min() if (ends >= first).any() else led.index.max() for first in yellow
    ]
    return {
        "flag": flags.flag.iloc[-1],
        "lap": str(led.index.max()),
        "leader": led.iloc[-1],
        "at_ms": str(known.at_ms.max()),
        "cautions": str(len(yellow)),
        "caution_laps": str(
            int(sum(last - first + 1 for first, last in zip(yellow, ended, strict=True)))
        ),
        "lead_changes": str(int((led != led.shift()).sum() - 1)),
        "leaders": str(led.nunique()),
        "fastest": str(int(table.lap_ms.min())),
    }


def feed(server: Stack, source: str, reported: list[dict[str, Any]]) -> None:
    """Post a part of the race in batches."""
    for batch in races.batches(reported, 1000):
        races.post(server.url, source, batch)


def same(shown: pd.DataFrame, want: pd.DataFrame) -> bool:
    """Whether two tables are equal to the last bit, unknown where unknown."""
    return bool(shown.reindex(want.index).astype(float).equals(want.astype(float)))


def test_every_figure_on_the_page_equals_pandas(
    server: Stack, source: str, data_dir: Path, page: Any
) -> None:
    """At three instants and at the end: tower, paces and banner, bit for bit."""
    reported, declared = races.real(data_dir), races.spec(data_dir)
    httpx.put(f"{server.url}/api/v1/sources/{source}", json=declared).raise_for_status()
    page.goto(f"{server.url}/race/{source}")
    page.wait_for_selector('[data-testid=connection][data-state="live"]')
    reconnects = page.evaluate("window.pitlive.reconnects")  # a busy worker may have refused it
    before = -1
    for until_ms in INSTANTS:
        feed(server, source, [e for e in reported if before < e["at_ms"] <= until_ms])
        want = oracle.standings(reported, until_ms, declared["cars"])
        told = banner(reported, until_ms)
        reached = f'.banner [data-field=at_ms][data-value="{told["at_ms"]}"]'
        page.wait_for_selector(reached, state="attached")
        wait_for(partial(tower_equals, page, want), "tower", server)
        expect_paces(page, want)
        shown = page.evaluate(BANNER)
        for name, value in told.items():
            assert shown[name] == value, f"{name} at {until_ms}"
        before = until_ms

    badge = page.locator("[data-testid=connection]")
    assert badge.get_attribute("data-missed") == "0"
    assert page.evaluate("window.pitlive.reconnects") == reconnects


def tower_equals(page: Any, want: pd.DataFrame) -> bool:
    """Whether every number of every car in the tower is the wanted one."""
    return same(numbers(page.evaluate(TOWER), ON_PAGE), want[ON_PAGE])


def expect_paces(page: Any, want: pd.DataFrame) -> None:
    """Show each rolling pace in turn and compare the column."""
    for pace in PACES:
        page.locator("select").first.select_option(pace)
        field = f"{pace}_ms"
        page.wait_for_selector(f"tr[data-car] td[data-field={field}]", state="attached")
        assert same(numbers(page.evaluate(TOWER), [field]), want[[field]]), pace


def test_the_charts_draw_what_pandas_computes(
    server: Stack, source: str, data_dir: Path, page: Any
) -> None:
    """The laps behind the charts: time, place and time to leader of every car and lap."""
    reported = [e for e in races.real(data_dir) if e["at_ms"] <= 5_000_000]
    feed(server, source, reported)
    page.goto(f"{server.url}/race/{source}")
    want = oracle.laps(pd.DataFrame(reported)).set_index(["car", "lap"])
    columns = ["at_ms", "lap_ms", "place", "to_leader_ms"]

    def drawn() -> pd.DataFrame:
        state = page.evaluate("window.pitlive.state")
        rows = {
            (channel[5:], int(lap)): row[:4]
            for channel, laps in state.items()
            if channel.startswith("laps/")
            for lap, row in laps.items()
        }
        index = pd.MultiIndex.from_tuples(rows, names=["car", "lap"])
        return pd.DataFrame(list(rows.values()), index=index, columns=columns).sort_index()

    wait_for(lambda: page.evaluate("!!window.pitlive?.state?.['laps/24']"), "laps", server)
    wait_for(lambda: same(drawn(), want[columns].sort_index()), "laps as pandas has them", server)
    wait_for(lambda: page.locator("canvas").count() >= 2, "charts of them", server)
