"""What the comparison of streams says: of calm runs, and nothing good of what went wrong."""

from __future__ import annotations

from typing import Any

from benchmarks.stream.aims import FIGURES
from benchmarks.stream.scenarios import SCENARIOS, SERVERS
from benchmarks.stream.tables import markdown

QUIET = 0.08


def test_every_aim_is_of_servers_that_its_scenario_measures() -> None:
    """No figure waits for a measurement that nobody takes."""
    for figure in FIGURES:
        measured = SCENARIOS[figure.scenario].servers
        named = {name for aim in figure.aims for name in (aim.server, aim.of) if name}
        assert named <= set(measured) <= set(SERVERS), figure.name


def test_a_disturbed_run_does_not_count_where_there_are_calm_ones() -> None:
    """The median is of what nobody else had a part in."""
    runs = [record("pitlive", 100), record("pitlive", 900, foreign=0.5), record("pitlive", 102)]
    assert row(runs, "pitlive")[1:6] == ["101", "/CPU-s", "100 – 102", "2", "0%"]


def test_an_aim_beside_another_server_is_met_or_not() -> None:
    """1.2 times Nchan is asked for; the C program was not measured here."""
    for got, told in ((130, "1.3 × yes; ?"), (110, "1.1 × NO; ?")):
        assert row([record("nchan", 100), record("pitlive", got)], "pitlive")[7] == told


def test_there_is_no_verdict_on_what_was_disturbed() -> None:
    """A busy core does the same work for less: neither side could be believed."""
    runs = [record("nchan", 100), record("pitlive", 900, foreign=0.5)]
    assert row(runs, "pitlive")[7] == "9 × disturbed; ?"


def test_lost_events_spoil_the_best_figure() -> None:
    """Whoever leaves events out is fast, and has met nothing."""
    runs = [record("nchan", 100), record("pitlive", 900, wrong="3 gaps")]
    assert row(runs, "pitlive")[7:] == ["9 × NO; ?", "3 gaps"]


def record(server: str, value: float, foreign: float = 0.0, wrong: str = "") -> dict[str, Any]:
    """A measurement of deliveries a second of processor time."""
    result = {"per_cpu_s": value, "foreign": foreign, "wrong": wrong}
    return {"scenario": "light1000", "server": server, "run": 0, "result": result}


def row(records: list[dict[str, Any]], server: str) -> list[str]:
    """The cells of a server in the first table."""
    lines = markdown(records, QUIET).split("\n\n")[1].splitlines()
    found = next(line for line in lines if line.startswith(f"| {server} |"))
    return [cell.strip() for cell in found.strip("|").split("|")]
