"""Races at their edges: figures are right, or absent, never wrong in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pitlive.messages import Entry, Rejection
from pitlive.race.fold import RaceState
from pitlive.race.kind import RACE as kind
from pitlive.race.spec import MOST_CARS, MOST_NOTES
from tests import races

GREEN = {"type": "flag", "flag": "green", "at_ms": 0}


def _lap(car: str, lap: int, at_ms: int, **more: Any) -> dict[str, Any]:
    return {"type": "lap", "car": car, "lap": lap, "at_ms": at_ms, **more}


def _run(*reported: dict[str, Any], **declared: Any) -> dict[str, Any]:
    spec = declared or None
    return races.state(races.checked(reported, spec), spec)


def _aside(*reported: dict[str, Any]) -> list[Rejection]:
    return RaceState({}).outcome(races.checked(reported)).rejected


def _has_no_null(row: Any) -> bool:
    if isinstance(row, dict):
        return all(map(_has_no_null, row.values()))
    return row is not None and (not isinstance(row, float) or bool(np.isfinite(row)))


def test_before_anything_happens_the_field_stands_on_the_grid() -> None:
    """Declared cars are there, by grid, without figures that nobody can know."""
    cars = [{"car": "9", "grid": 2}, {"car": "24", "grid": 1}, {"car": "5"}]
    state = _run(cars=cars, laps=500)
    assert state["race"] == {"laps_total": 500, "status": "waiting"}
    assert [state["standings"][c]["place"] for c in ("24", "9", "5")] == [1, 2, 3]
    assert not {"at_ms", "to_leader_ms", "last_ms", "laps_down"} & state["standings"]["24"].keys()


def test_one_car_leads_itself() -> None:
    """A test session with one car is a race with one car."""
    state = _run(GREEN, _lap("24", 1, 16_000, lap_ms=16_000), _lap("24", 2, 31_000))
    row = state["standings"]["24"]
    assert (row["place"], row["laps_led"], row["last_ms"]) == (1, 2, 15_000)
    assert not {"to_leader_ms", "to_ahead_ms"} & row.keys()
    assert (row["mean5_ms"], row["pace_n"]) == (15_500.0, 2)


def test_without_flags_no_lap_is_green() -> None:
    """Nobody said the race was under green, so no pace is claimed."""
    state = _run(_lap("24", 1, 16_000, lap_ms=16_000))
    assert state["standings"]["24"]["pace_n"] == 0
    assert "mean5_ms" not in state["standings"]["24"]
    assert not {"flag", "cautions", "green_run"} & state["race"].keys()


def test_no_row_holds_null_or_infinity() -> None:
    """Unknown is absent; only the arrays of laps keep a place with null."""
    state = races.state(races.checked(races.small()))
    for channel, rows in state.items():
        if not channel.startswith("laps/"):
            assert all(map(_has_no_null, rows.values())), channel


def test_a_retired_car_keeps_its_figures_and_falls_back() -> None:
    """It goes down lap by lap, and its last figures stay."""
    laps = [_lap("24", n, 16_000 * n) for n in range(1, 9)]
    state = _run(*laps, _lap("9", 1, 15_000), _lap("9", 2, 31_000))
    row = state["standings"]["9"]
    assert (row["place"], row["laps"], row["laps_down"], row["last_ms"]) == (2, 2, 5, 16_000)


def test_a_car_on_the_lead_lap_is_not_down_while_the_leader_is_ahead_on_the_road() -> None:
    """That the leader crossed first does not make the others a lap down."""
    state = _run(_lap("24", 1, 16_000), _lap("9", 1, 16_500), _lap("24", 2, 32_000))
    assert state["standings"]["9"]["laps_down"] == 0
    assert state["standings"]["9"]["to_leader_ms"] == 500


def test_a_lapped_car_is_down_as_soon_as_it_crosses_behind() -> None:
    """It completes lap 1 after the leader completed 2: one lap down."""
    state = _run(_lap("24", 1, 16_000), _lap("24", 2, 32_000), _lap("9", 1, 33_000))
    assert state["standings"]["9"]["laps_down"] == 1


def test_a_car_that_stands_still_is_no_time_behind_the_car_that_went_on() -> None:
    """The page said −4.197 s, eleven laps down: of the lap on which it was still in front."""
    running = [_lap("24", lap, 16_000 * lap) for lap in range(1, 14)]
    stopped = [_lap("9", 1, 16_500), _lap("9", 2, 32_500)]
    passed_it = [_lap("5", lap, 16_000 * lap + 4_697) for lap in range(1, 14)]
    state = _run(*running, *stopped, *passed_it)["standings"]
    assert [state[car]["place"] for car in ("24", "5", "9")] == [1, 2, 3]
    assert state["5"]["to_ahead_ms"] == 4_697
    assert state["9"]["laps_down"] == 10
    assert "to_ahead_ms" not in state["9"]


@pytest.mark.parametrize(
    ("ahead_at", "behind_at", "to_ahead_ms"),
    [
        ([16_000, 32_000], [18_000, 34_000], 2_000),  # on the same lap
        ([16_000, 32_000, 48_000], [18_000, 34_000], 2_000),  # it has begun the next one since
        ([16_000, 32_000, 48_000, 64_000], [18_000, 34_000], None),  # and another: that is a lap
        ([16_000, 32_000, 48_000], [26_000, 49_000], None),  # it had begun the next one before
        ([16_000, 32_000, 48_000], [15_000, 31_000], None),  # it was not ahead on that lap
    ],
)
def test_time_to_the_car_ahead_is_known_while_less_than_a_lap_lies_between(
    ahead_at: list[int], behind_at: list[int], to_ahead_ms: int | None
) -> None:
    """A time at the line says how far a car is away that is not a lap away."""
    laps = [_lap("24", lap, at) for lap, at in enumerate(ahead_at, 1)]
    laps += [_lap("9", lap, at) for lap, at in enumerate(behind_at, 1)]
    state = _run(*laps)["standings"]
    assert state["9"]["place"] == 2
    assert state["9"].get("to_ahead_ms") == to_ahead_ms


def test_a_clock_that_runs_ahead_of_the_leader_does_not_lead() -> None:
    """Timing scored it 25th: it counts as having run no more laps than were led."""
    state = _run(
        _lap("24", 1, 16_000, place=1),
        _lap("71", 1, 15_000, place=25),
        _lap("71", 2, 31_000, place=25),
    )
    assert (state["race"]["leader"], state["race"]["lap"]) == ("24", 1)
    assert state["standings"]["71"]["place"] == 2
    assert "laps_led" not in {k for k, v in state["standings"]["71"].items() if v}


def test_nobody_scored_first_is_nobody_leading() -> None:
    """A feed that follows only some cars names no false leader."""
    state = _run(_lap("9", 1, 16_000, place=4), _lap("5", 1, 16_200, place=7))
    assert "leader" not in state["race"]
    assert state["standings"]["5"]["to_ahead_ms"] == 200
    assert "to_leader_ms" not in state["standings"]["5"]


def test_two_thousand_laps_fit() -> None:
    """The longest race, or a typing error, costs width and nothing else."""
    state = _run(GREEN, _lap("24", 1, 16_000), _lap("24", 2000, 40_000_000, lap_ms=16_000))
    assert state["standings"]["24"]["laps"] == 2000
    assert set(state["laps/24"]) == {"1", "2000"}


def test_when_all_is_retracted_nothing_is_claimed() -> None:
    """The cars that were mentioned stay; what was said of them is gone."""
    reported = races.small(cars=3, laps=6)
    entries = races.checked(reported)
    gone = races.checked([{"type": "retract", "amends": entry.uid} for entry in entries])
    state = races.state([*entries, *gone])
    assert set(state) == {"race", "standings", "stints/1", "stints/2", "stints/3"}
    assert state["race"] == {"status": "waiting"}
    assert {row["laps"] for row in state["standings"].values()} == {0}


def test_an_amendment_recomputes_exactly_what_hangs_on_it_and_raises_the_revision() -> None:
    """A lap that was timed wrong changes the row of its car, not those of others."""
    race = RaceState({})
    laps = [_lap(c, n, 16_000 * n + i, lap_ms=16_000) for n in (1, 2) for i, c in enumerate("abc")]
    race.outcome(races.checked([GREEN, *laps]))
    fixed = race.outcome(races.checked([_lap("c", 2, 32_005, lap_ms=15_000, revision=1)])).rows
    assert set(fixed["standings"]) == {"c"}
    assert (fixed["standings"]["c"]["best_ms"], fixed["standings"]["c"]["rev"]) == (15_000, 3)
    assert set(fixed["laps/c"]) == {"2"}
    assert not {"laps/a", "laps/b", "stops/c"} & fixed.keys()


def test_two_facts_about_one_lap_are_told_apart_by_rule() -> None:
    """The higher revision counts, else the smaller uid; the other is set aside by name."""
    first = _lap("24", 1, 16_000, uid="b")
    second = _lap("24", 1, 17_000, uid="a")
    refused = _aside(first, second)
    assert [(one.uid, one.field) for one in refused] == [("b", "lap")]
    assert "a does, and counts" in refused[0].want
    assert _run(second, first)["laps/24"]["1"][0] == 17_000


def test_an_amendment_of_another_type_is_set_aside() -> None:
    """A flag cannot correct a lap."""
    flag = {**GREEN, "amends": "lap/24/1"}
    assert [one.field for one in _aside(_lap("24", 1, 16_000), flag)] == ["type"]


def test_a_retraction_may_come_before_its_fact() -> None:
    """The network may turn them round."""
    gone = {"type": "retract", "amends": "lap/24/1"}
    assert "laps/24" not in _run(gone, _lap("24", 1, 16_000))


def test_a_pit_out_alone_is_no_stop() -> None:
    """It waits for its `pit_in`, which may still come."""
    out = {"type": "pit_out", "car": "24", "at_ms": 20_000, "lane_ms": 9_000}
    into = {"type": "pit_in", "car": "24", "at_ms": 11_000, "lap": 0}
    assert "stops/24" not in _run(out)
    assert _run(out, into)["stops/24"]["1"]["lane_ms"] == 9_000


def test_a_pit_out_does_not_close_the_stop_of_an_hour_ago() -> None:
    """Its lane time points at a `pit_in` that was lost, so the old one stays open."""
    old = {"type": "pit_in", "car": "24", "at_ms": 11_000}
    out = {"type": "pit_out", "car": "24", "at_ms": 3_600_000, "lane_ms": 30_000}
    assert "out_ms" not in _run(old, out)["stops/24"]["1"]


def test_a_car_in_the_pits_is_in_the_pits_until_it_has_run_on() -> None:
    """`in_pit` ends with the `pit_out`, or with a lap after the in-lap."""
    into = {"type": "pit_in", "car": "24", "at_ms": 30_000, "lap": 1}
    laps = [_lap("24", n, 16_000 * n) for n in (1, 2, 3)]
    assert _run(laps[0], into)["standings"]["24"]["in_pit"] is True
    assert _run(*laps[:2], into)["standings"]["24"]["in_pit"] is True
    assert _run(*laps, into)["standings"]["24"]["in_pit"] is False


def test_a_stop_after_the_checkered_flag_is_none() -> None:
    """Everybody goes to the garage at the end."""
    flag = {"type": "flag", "flag": "checkered", "at_ms": 20_000}
    into = {"type": "pit_in", "car": "24", "at_ms": 30_000, "lap": 1}
    state = _run(_lap("24", 1, 16_000), flag, into)
    assert state["standings"]["24"]["stops"] == 0
    assert state["race"]["status"] == "finished"


def test_a_flush_closes_what_is_open() -> None:
    """Stream over: the race is finished and the caution has an end; a retraction opens both."""
    yellow = {"type": "flag", "flag": "yellow", "at_ms": 20_000, "lap": 2}
    laps = [_lap("24", n, 16_000 * n) for n in (1, 2)]
    race = RaceState({})
    open_rows = race.outcome(races.checked([GREEN, yellow, *laps])).rows
    assert open_rows["cautions"]["1"]["laps"] == 1
    assert "end_ms" not in open_rows["cautions"]["1"]
    closed = race.outcome(races.checked([{"type": "flush", "at_ms": 10**12}])).rows
    assert closed["race"]["status"] == "finished"
    assert closed["cautions"]["1"]["end_ms"] == 32_000
    again = race.outcome(races.checked([{"type": "retract", "amends": f"flush/{10**12}"}])).rows
    assert again["race"]["status"] == "running"


def test_a_red_flag_belongs_to_its_caution() -> None:
    """Yellow, red, yellow, green is one caution, and says that the race was stopped."""
    shown = [("green", 0), ("yellow", 20), ("red", 30), ("yellow", 40), ("green", 90)]
    flags = [{"type": "flag", "flag": f, "at_ms": at * 1_000, "lap": at // 10} for f, at in shown]
    state = _run(*flags)
    assert state["cautions"] == {
        "1": {
            **{"first_lap": 2, "last_lap": 9, "laps": 8, "flag": "red"},
            **{"start_ms": 20_000, "end_ms": 90_000},
        }
    }
    assert [run["first_lap"] for run in state["green_runs"].values()] == [1, 10]


def test_the_white_flag_changes_nothing() -> None:
    """It announces the last lap, which is run under green."""
    white = {"type": "flag", "flag": "white", "at_ms": 15_000}
    state = _run(GREEN, white, _lap("24", 1, 16_000, lap_ms=16_000))
    assert state["standings"]["24"]["pace_n"] == 1
    assert (state["race"]["flag"], state["race"]["green_run"]) == ("white", 1)


def test_flags_without_a_lap_take_the_leaders() -> None:
    """A flag that does not say on which lap it came is placed by the leader's crossings."""
    laps = [_lap("24", n, 16_000 * n) for n in range(1, 7)]
    shown = [("green", 0), ("yellow", 40_000), ("green", 70_000), ("checkered", 96_000)]
    flags = [{"type": "flag", "flag": flag, "at_ms": at} for flag, at in shown]
    state = _run(*laps, *flags)
    caution = state["cautions"]["1"]
    assert (caution["first_lap"], caution["last_lap"]) == (3, 5)
    runs = [(run["first_lap"], run["last_lap"]) for run in state["green_runs"].values()]
    assert runs == [(1, 2), (6, 6)]


def test_more_cars_than_a_race_can_have_are_set_aside() -> None:
    """An open race is bounded, and says so."""
    refused = _aside(*(_lap(str(n), 1, 16_000 + n) for n in range(MOST_CARS + 3)))
    assert [one.field for one in refused] == ["car"] * 3


def test_more_notes_than_a_race_can_have_are_set_aside() -> None:
    """Those that are there go on, corrected or taken back; what was taken back is kept as well."""
    notes = [{"type": "note", "uid": f"n{n}", "text": "x", "at_ms": n} for n in range(MOST_NOTES)]
    more = [{**notes[0], "uid": "more"}, {**notes[0], "amends": "n7", "revision": 1, "text": "y"}]
    race = RaceState({})
    assert not race.outcome(races.checked(notes)).rejected
    outcome = race.outcome(races.checked(more))
    assert [(one.uid, one.got) for one in outcome.rejected] == [("more", "note")]
    assert outcome.rows["notes"]["n7"]["text"] == "y"
    told = [
        {"type": "retract", "amends": "n9"},
        {**notes[0], "uid": "m"},
        {**notes[0], "amends": "n9", "revision": 2, "text": "z"},
    ]
    gone = race.outcome(races.checked(told))
    assert [one.uid for one in gone.rejected] == ["m"]
    assert gone.rows["notes"]["n9"]["text"] == "z"


def test_a_car_that_a_new_declaration_leaves_out_is_set_aside() -> None:
    """The log is folded again under a declaration that does not know the car."""
    entries = races.checked([_lap("24", 1, 16_000)])
    race = kind.fold(kind.spec({"cars": [{"car": "9"}]}))
    assert [one.want for one in race.outcome(entries).rejected] == [
        "one of the 1 cars of this race"
    ]


def test_an_entry_of_an_unknown_type_is_set_aside() -> None:
    """A log written by a newer version is read as far as it is understood."""
    assert [one.field for one in RaceState({}).outcome([Entry("x", "drone", 1, {})]).rejected] == [
        "type"
    ]


def test_notes_are_shown_and_can_be_taken_back() -> None:
    """A note is a row under its uid."""
    race = RaceState({})
    note = {"type": "note", "uid": "n1", "text": "🏁\u2028\n", "at_ms": 5, "origin": "anna"}
    rows = race.outcome(races.checked([note])).rows
    assert rows["notes"] == {"n1": {"text": "🏁\u2028\n", "at_ms": 5, "origin": "anna"}}
    gone = race.outcome(races.checked([{"type": "retract", "amends": "n1"}])).rows
    assert gone["notes"] == {"n1": None}


@pytest.mark.parametrize("size", [1, 3])
def test_an_empty_batch_tells_nothing_new(size: int) -> None:
    """Once told, the same is not told again."""
    race = RaceState({})
    race.outcome(races.checked(races.small(cars=size)))
    assert race.outcome([]).rows == {}


def test_a_lap_whose_leader_is_still_missing_is_not_led() -> None:
    """The second car's entry came first; who leads is known when the leader's comes."""
    laps = [_lap("24", 1, 16_000, place=1), _lap("9", 1, 16_400, place=2)]
    state = _run(*laps, _lap("9", 2, 32_300, place=2))
    assert (state["race"]["lap"], state["race"]["leader"]) == (1, "24")
    assert state["laps/9"]["2"][3] is None
    assert state["standings"]["9"]["laps_led"] == 0


def test_a_lap_whose_leader_was_lost_is_led_by_the_foremost_once_a_newer_one_is_led() -> None:
    """The hole is behind us, so the lap gets a leader, and times to it, after the fact."""
    race = RaceState({})
    race.outcome(races.checked([_lap("9", 2, 32_300, place=2), _lap("5", 2, 32_500, place=3)]))
    rows = race.outcome(races.checked([_lap("9", 3, 48_000, place=1)])).rows
    assert rows["standings"]["9"]["laps_led"] == 2
    assert (rows["laps/9"]["2"][3], rows["laps/5"]["2"][3]) == (0, 200)


def test_an_amendment_without_a_revision_corrects_its_fact_whatever_its_name() -> None:
    """It comes after what it amends, even if its uid sorts before and it arrives before."""
    lap, fix = _lap("24", 1, 16_000), _lap("24", 1, 17_000, uid="a", amends="lap/24/1")
    assert _run(lap, fix)["laps/24"]["1"][0] == _run(fix, lap)["laps/24"]["1"][0] == 17_000
