"""Pit reports by several people: agreement, conflict, decision, and why."""

from __future__ import annotations

from typing import Any

from pitlive.race.fold import RaceState
from tests import races

LAPS = [
    {"type": "lap", "car": "24", "lap": lap, "at_ms": 16_000 * lap, "lap_ms": 16_000}
    for lap in range(1, 6)
]
STOP = [
    {"type": "pit_in", "car": "24", "lap": 2, "at_ms": 47_000},
    {"type": "pit_out", "car": "24", "lap": 2, "at_ms": 50_000},
]


def _says(who: str, tires: int, service_ms: int, **more: Any) -> dict[str, Any]:
    report = {"type": "pit_report", "car": "24", "lap": 3, "operator": who, "tires": tires}
    return {**report, "service_ms": service_ms, "at_ms": 65_000, **more}


def _decides(service_ms: int, **more: Any) -> dict[str, Any]:
    said = _says("dora", 4, service_ms, at_ms=70_000)
    return {**said, "type": "pit_decision", "reason": "replay shows it", **more}


def _rows(*said: dict[str, Any]) -> tuple[Any, Any]:
    """The report and the stop after some claims."""
    state = races.state(races.checked([*LAPS, *STOP, *said]))
    return state.get("reports", {}).get("24/3"), state["stops/24"]["1"]


def test_a_single_report_is_used() -> None:
    """One person who saw the stop is better than nobody."""
    report, stop = _rows(_says("anna", 4, 11_000))
    assert (report["status"], report["service_ms"]) == ("single", 11_000)
    assert (stop["service_ms"], stop["service_from"], stop["tires"]) == (11_000, "report", 4)


def test_reports_within_half_a_second_agree_on_their_mean_rounded_down() -> None:
    """500 ms apart is agreement; the mean of 11000, 11500 and 11001 is 11167 and a third."""
    said = [_says("anna", 4, 11_000), _says("ben", 4, 11_500), _says("carl", 4, 11_001)]
    report, stop = _rows(*said)
    assert (report["status"], report["service_ms"]) == ("agreed", 11_167)
    assert stop["service_ms"] == 11_167


def test_reports_further_apart_show_all_claims_and_no_value() -> None:
    """501 ms apart is a conflict, and nothing downstream takes a side."""
    report, stop = _rows(_says("anna", 4, 11_000), _says("ben", 4, 11_501))
    assert report["status"] == "conflict"
    assert not {"tires", "service_ms"} & report.keys()
    assert [claim["operator"] for claim in report["claims"]] == ["anna", "ben"]
    assert not {"tires", "service_ms", "service_from"} & stop.keys()


def test_reports_of_other_tyres_conflict_at_any_time() -> None:
    """Two tyres are not four, however equal the times."""
    report, _ = _rows(_says("anna", 4, 11_000), _says("ben", 2, 11_000))
    assert report["status"] == "conflict"
    assert "disagree about the tyres" in report["why"]


def test_a_decision_stands_against_later_reports() -> None:
    """Who resolves has the last word, with a reason."""
    report, stop = _rows(
        _says("anna", 4, 11_000), _says("ben", 2, 9_000), _decides(10_500), _says("carl", 2, 9_000)
    )
    assert (report["status"], report["service_ms"]) == ("decided", 10_500)
    assert report["decision"]["reason"] == "replay shows it"
    assert len(report["claims"]) == 3
    assert stop["service_ms"] == 10_500


def test_why_names_who_said_what_and_when() -> None:
    """An operator can ask why a lap says this, and read the answer."""
    report, _ = _rows(_says("anna", 4, 11_000), _says("ben", 2, 9_000), _decides(10_500))
    assert report["why"] == (
        "dora (0:01:10) decided on 4 tyres and 10.500 s, because: replay shows it. Claims: "
        "anna (0:01:05) says 4 tyres and 11.000 s; ben (0:01:05) says 2 tyres and 9.000 s."
    )


def test_a_corrected_report_replaces_the_claim() -> None:
    """Who mistyped raises the revision, and the conflict is gone."""
    wrong, right = _says("anna", 2, 11_000), _says("anna", 4, 11_000, revision=1)
    report, _ = _rows(wrong, _says("ben", 4, 11_200), right)
    assert (report["status"], report["service_ms"]) == ("agreed", 11_100)
    assert "anna (0:01:05, corrected)" in report["why"]


def test_retracted_reports_are_gone() -> None:
    """When the last claim is taken back, nothing was ever said."""
    race = RaceState({})
    race.outcome(races.checked([*LAPS, *STOP, _says("anna", 4, 11_000)]))
    gone = race.outcome(races.checked([{"type": "retract", "amends": "report/anna/24/3"}])).rows
    assert gone["reports"] == {"24/3": None}
    assert "service_ms" not in gone["stops/24"]["1"]


def test_timing_knows_better_than_people() -> None:
    """A measured service time is used whatever is reported."""
    timed = {**STOP[1], "service_ms": 12_345, "tires": 4, "revision": 1}
    _, stop = _rows(_says("anna", 2, 9_000), timed)
    assert (stop["service_ms"], stop["service_from"], stop["tires"]) == (12_345, "timing", 4)
