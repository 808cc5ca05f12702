"""The judge of the benchmarks: what shows nothing is a failure, in every scenario."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as program
from benchmarks import judge, report
from benchmarks.judge import Proof, delivered, percentile, rate, verdict
from benchmarks.stream import judged
from benchmarks.stream.aims import FIGURES
from benchmarks.stream.scenarios import SCENARIOS, Scenario
from tests import races

READERS, EVENTS = 1000, 26_880
ALL = READERS * EVENTS


def said(**other: int) -> dict[str, int]:
    """What the load says of a step in which all went well, but for what is told."""
    return {"streams": READERS, "deliveries": ALL, "lat_n": ALL} | other


NOTHING = {
    "no readers": (delivered(said(streams=0, deliveries=0, lat_n=0), 0, EVENTS), "shows nothing"),
    "no events": (delivered(said(deliveries=0, lat_n=0), READERS, 0), "shows nothing"),
    "all closed": (delivered(said(streams=0), READERS, EVENTS), "connected at the end: got 0"),
    "one closed": (delivered(said(streams=999), READERS, EVENTS), "got 999, want 1,000"),
    "nothing came": (delivered(said(deliveries=0), READERS, EVENTS), "deliveries: got 0"),
    "one short": (delivered(said(deliveries=ALL - 1), READERS, EVENTS), "deliveries: got 26,879,9"),
    "untimed": (delivered(said(lat_n=0), READERS, EVENTS), "latencies: got 0"),
    "not a number": ([Proof("deliveries", math.nan, 1)], "deliveries: got nan"),
    "wanted unknown": ([Proof("deliveries", 1, math.nan)], "shows nothing"),
    "no proof": ([], "no proof"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_measurement_of_nothing_fails_however_good_its_figure(case: str) -> None:
    """8,960 events a second to readers who had all been closed is no rate."""
    proofs, why = NOTHING[case]
    assert why in verdict([("rate", "events/s", 8960.0)], proofs)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("ms", percentile([], 0.99)),
        ("events/s", rate(5, 0)),
        ("events/s", rate(5, -1.0)),
        ("/CPU-s", rate(0, 3.0)),
        ("s", 0.0),
        ("µs", -4),
        ("CPU ms", 0),
        ("events/s", 0),
        ("", math.nan),
        ("×", math.inf),
        ("KiB", None),
        ("left", "many"),
        ("", True),
    ],
)
def test_a_figure_that_is_none_fails_whatever_was_delivered(unit: str, value: object) -> None:
    """A percentile of nothing, a rate over nothing, no time at all."""
    proofs = delivered(said(), READERS, EVENTS)
    assert verdict([("figure", unit, value)], proofs).startswith("figure: got ")


def test_what_was_delivered_to_everybody_is_a_figure() -> None:
    """Nothing is wrong with nothing left over, or with memory that shrank."""
    values: list[judge.Value] = [("p99", "ms", 1.5), ("left", "files", 0), ("grown", "KiB", -8.0)]
    assert not verdict(values, delivered(said(), READERS, EVENTS))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_of_streams_is_judged(name: str) -> None:
    """One whose load saw nothing wrong still has to prove that it measured something."""
    keys = [figure.key for figure in FIGURES if figure.scenario == name]
    good = {key: 1.0 for key in keys} | {"foreign": 0.0, "wrong": ""}
    proved = good | {"proofs": delivered(said(), READERS, EVENTS)}
    closed = good | {"proofs": delivered(said(streams=0, deliveries=0), READERS, EVENTS)}
    unknown = [proved | {key: value} for key in keys for value in (math.nan, None)]
    for result, fine in ((proved, True), *((bad, False) for bad in (good, closed, *unknown))):
        measured = replace(SCENARIOS[name], run=lambda _, said=result: said).measure(name, None)
        assert (not measured["wrong"]) == fine, measured


def test_there_is_no_way_around_the_judge() -> None:
    """Whoever measures a scenario has it judged: nothing but `measure` calls what it runs."""
    used = Scenario.measure.__code__.co_names
    assert "judged" in used
    assert Scenario.measure.__globals__["judged"] is judged.judged
    assert judged.judged.__globals__["verdict"] is judge.verdict is report.verdict


Given = tuple[list[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize("part", program.PARTS)
@pytest.mark.parametrize("case", ["no figure", "no value", "nothing behind it", "one run of two"])
def test_every_other_part_is_judged(
    part: str, case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A part that shows nothing prints no figure, says why, and fails the command."""
    figure = report.Figure("rate", "events/s")
    if case == "nothing behind it":
        figure.add(8960.0, got=0, want=1000)
        figure.add(8960.0, got=0, want=1000)
    elif case == "one run of two":
        figure.add(8960.0, got=1000, want=1000)
    found = [] if case == "no figure" else [figure]
    monkeypatch.setattr(program.PARTS[part], "run", lambda *_: found)
    monkeypatch.setattr(races, "real", lambda _: [])
    monkeypatch.setattr(races, "spec", lambda _: {})
    (tmp_path / "main_race").mkdir()
    ran = CliRunner().invoke(
        program.main, [part, "--runs", "2"], env={"PITLIVE_DATA": str(tmp_path)}
    )
    assert ran.exit_code == 1
    assert f"{part}: FAILED: " in ran.output
    assert "8,960" not in ran.output


def test_a_part_that_breaks_is_told_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """One server that cannot be started costs its own figures."""
    figure = report.Figure("rate", "events/s")
    figure.add(8960.0, 9000.0, got=1000, want=1000)
    monkeypatch.setattr(program.PARTS["fold"], "run", lambda *_: 1 / 0)
    monkeypatch.setattr(program.PARTS["churn"], "run", lambda *_: [figure])
    monkeypatch.setattr(races, "real", lambda _: [])
    monkeypatch.setattr(races, "spec", lambda _: {})
    (tmp_path / "main_race").mkdir()
    told = ["fold", "churn", "--runs", "1"]
    ran = CliRunner().invoke(program.main, told, env={"PITLIVE_DATA": str(tmp_path)})
    assert ran.exit_code == 1
    assert "fold: FAILED: ZeroDivisionError" in ran.output
    assert "8,960" in ran.output
