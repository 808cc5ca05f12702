"""Promises of a simulated race, kept by races of every size."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import numpy as np
import orjson
import pytest

from pitlive.errors import BadSpec
from pitlive.kind import kind_of
from pitlive.messages import Entry, Json, Rejection
from pitlive.race.simulation.plan import TANK_LAPS, YELLOW_BURN
from pitlive.race.simulation.simulate import RacePlan, entries, spec

Facts = list[dict[str, Json]]

SIZES = [(1, 1), (1, 100), (2, 3), (7, 60), (40, 200), (100, 300)]
DEFAULTS = range(1, 6)
"""Seeds that a first-time user is likely to see."""


@cache
def race(cars: int = 40, laps: int = 200, seed: int = 1) -> Facts:
    return list(entries(RacePlan(cars, laps, seed)))


def of(facts: Facts, kind: str) -> Facts:
    return [fact for fact in facts if fact["type"] == kind]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def facts(request: pytest.FixtureRequest) -> Facts:
    return race(*request.param, seed=3)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """And another seed another race."""
    one, same, other = (orjson.dumps(list(entries(RacePlan(9, 80, seed)))) for seed in (5, 5, 6))
    assert one == same
    assert one != other


def test_time_never_runs_back(facts: Facts) -> None:
    """Entries come in order of `at_ms`, and no two cars cross in one millisecond."""
    times = [fact["at_ms"] for fact in facts]
    assert times == sorted(times)
    crossings = [fact["at_ms"] for fact in of(facts, "lap")]
    assert len(crossings) == len(set(crossings))


def test_a_lap_takes_as_long_as_the_clock_says(facts: Facts) -> None:
    """`lap_ms` is the difference of two crossings, and no lap is left out."""
    crossings = defaultdict(list)
    for lap in of(facts, "lap"):
        crossings[lap["car"]].append(lap)
    for laps in crossings.values():
        assert [lap["lap"] for lap in laps] == list(range(1, len(laps) + 1))
        for before, after in pairwise(laps):
            assert after["lap_ms"] == after["at_ms"] - before["at_ms"] > 0


def test_places_of_a_lap_are_the_order_of_its_crossings(facts: Facts) -> None:
    """1 to n, each once: so order by laps, then by crossing, is the order by place."""
    by_lap = defaultdict(list)
    for lap in of(facts, "lap"):
        by_lap[lap["lap"]].append(lap["place"])
    assert all(places == list(range(1, len(places) + 1)) for places in by_lap.values())


def test_the_race_is_run_to_its_last_lap(facts: Facts) -> None:
    """The checkered flag falls as the winner completes it, and everybody comes home after."""
    (end,) = [flag for flag in of(facts, "flag") if flag["flag"] == "checkered"]
    won = next(lap for lap in of(facts, "lap") if lap["lap"] == end["lap"])
    assert (won["at_ms"], won["place"]) == (end["at_ms"], 1)
    after = Counter(lap["car"] for lap in of(facts, "lap") if lap["at_ms"] > end["at_ms"])
    assert all(times == 1 for times in after.values())


def test_nobody_runs_out_of_fuel(facts: Facts) -> None:
    """Between two stops a car uses no more than its tank holds: it stops in its window."""
    used: Counter[str] = Counter()
    flag, most = "green", 0.0
    for fact in facts:
        if fact["type"] == "flag":
            flag = fact["flag"]
        elif fact["type"] == "lap":
            used[fact["car"]] += 1.0 if flag != "yellow" else YELLOW_BURN  # type: ignore[assignment]
            most = max(most, used[fact["car"]])
        elif fact["type"] == "pit_out":
            used[fact["car"]] = 0
    assert 0 < most <= TANK_LAPS + 1


def test_stops_open_and_close(facts: Facts) -> None:
    """Every `pit_out` closes the `pit_in` of its lap, and takes longer than the service."""
    entered = {(fact["car"], fact["lap"]): fact["at_ms"] for fact in of(facts, "pit_in")}
    for out in of(facts, "pit_out"):
        assert out["lane_ms"] == out["at_ms"] - entered[out["car"], out["lap"]]
        assert out["lane_ms"] > out.get("service_ms", 0)


@pytest.mark.parametrize("seed", DEFAULTS)
def test_a_default_race_has_what_a_race_has(seed: int) -> None:
    """Lead changes, several leaders, cautions, restarts, retirements, lapped cars, conflicts."""
    facts = race(seed=seed)
    leaders = [lap["car"] for lap in of(facts, "lap") if lap["place"] == 1]
    laps = Counter(lap["car"] for lap in of(facts, "lap"))
    flags = Counter(flag["flag"] for flag in of(facts, "flag"))
    assert sum(a != b for a, b in pairwise(leaders)) >= 5
    assert len(set(leaders)) >= 3
    assert flags["yellow"] == flags["green"] - 1 >= 2
    assert any(n < 180 for n in laps.values())
    assert any(180 < n < 200 for n in laps.values())
    assert 60 < len(of(facts, "pit_report")) < 500


@pytest.mark.parametrize("seed", DEFAULTS)
def test_a_caution_slows_the_laps_and_bunches_the_field(seed: int) -> None:
    """The leader's laps take twice as long; when green returns the field is close together."""
    facts = race(seed=seed)
    flags = [(f["at_ms"], f["flag"]) for f in of(facts, "flag")]
    yellow = [(a, b) for (a, flag), (b, _) in pairwise(flags) if flag == "yellow"]
    led = [lap for lap in of(facts, "lap") if lap["place"] == 1]
    inside = [
        lap["lap_ms"]
        for lap in led
        if any(a <= lap["at_ms"] - lap["lap_ms"] and lap["at_ms"] <= b for a, b in yellow)
    ]
    outside = [lap["lap_ms"] for lap in led if not any(a < lap["at_ms"] <= b for a, b in yellow)]
    assert np.median(inside) > 1.5 * np.median(outside)
    for _, restart in yellow[:-1]:
        lap = next(one["lap"] for one in led if one["at_ms"] == restart)
        times = [one["at_ms"] for one in of(facts, "lap") if one["lap"] == lap]
        assert np.median(times) - restart < 30_000


@pytest.mark.parametrize("seed", DEFAULTS)
def test_tyres_fall_off(seed: int) -> None:
    """Within a stint green laps get slower: the slope is positive for nearly every car."""
    slopes = [np.polyfit(range(len(laps)), laps, 1)[0] for laps in long_stints(race(seed=seed))]
    assert np.median(slopes) > 8  # ms per lap: falloff less what burnt fuel gives back
    assert np.mean(np.array(slopes) > 0) > 0.8


def long_stints(facts: Facts) -> list[list[int]]:
    """Green laps in a row of one car, 20 or more; in- and out-laps take over 33 s."""
    runs: dict[str, list[int]] = defaultdict(list)
    found, last_restart = [], 0
    for fact in facts:
        if fact["type"] == "flag":
            found += list(runs.values())
            runs.clear()
            last_restart = fact["at_ms"]
        elif fact["type"] == "pit_in":
            found.append(runs.pop(fact["car"], []))
        elif fact["type"] != "lap" or fact["at_ms"] < last_restart + 60_000:
            continue
        elif fact["lap_ms"] < 33_000:
            runs[fact["car"]].append(fact["lap_ms"])
    return [run for run in found if len(run) >= 20]


def test_the_race_is_the_same_with_and_without_operators() -> None:
    """Reports come on top and change nothing that timing says but its missing service times."""
    alone = list(entries(RacePlan(20, 120, 4, reports=False)))
    watched = [f for f in entries(RacePlan(20, 120, 4)) if f["type"] != "pit_report"]
    assert not of(alone, "pit_report")
    assert [f["at_ms"] for f in alone] == [f["at_ms"] for f in watched]


def disagreements(facts: Facts) -> int:
    claims = defaultdict(list)
    for report in of(facts, "pit_report"):
        claims[report["car"], report["lap"]].append((report["tires"], report["service_ms"]))
    return sum(
        len({tires for tires, _ in said}) > 1 or np.ptp([ms for _, ms in said]) > 500
        for said in claims.values()
    )


def test_operators_contradict_each_other_only_if_they_may() -> None:
    """Two or three people a stop; within 500 ms they agree."""
    assert disagreements(race()) > 0
    assert disagreements(list(entries(RacePlan(conflicts=False)))) == 0


@pytest.mark.parametrize("size", SIZES)
def test_the_server_takes_every_entry_and_the_declaration(size: tuple[int, int]) -> None:
    """None is refused at the door, and every car is declared once."""
    plan = RacePlan(*size, seed=3)
    kind = kind_of(spec(plan))
    declared = kind.spec(spec(plan))
    taken = [kind.entry(fact, declared, seen_ms=0) for fact in race(*size, seed=3)]
    assert not [one for one in taken if isinstance(one, Rejection)]
    uids = [one.uid for one in taken if isinstance(one, Entry)]
    assert len(uids) == len(set(uids))


def test_the_fold_ends_in_the_order_of_laps_and_crossings() -> None:
    """The engine's standings are what the simulation meant."""
    plan = RacePlan(20, 90, 2)
    kind = kind_of(spec(plan))
    declared = kind.spec(spec(plan))
    facts = list(entries(plan))
    checked = [kind.entry(fact, declared, seen_ms=0) for fact in facts]
    outcome = kind.fold(declared).outcome([e for e in checked if isinstance(e, Entry)])
    last = {lap["car"]: (-lap["lap"], lap["at_ms"]) for lap in of(facts, "lap")}
    standings = outcome.rows["standings"]
    places = {car: row["place"] for car, row in standings.items() if row and car in last}
    assert sorted(last, key=last.__getitem__) == sorted(places, key=places.__getitem__)
    assert not outcome.rejected


@pytest.mark.parametrize(("cars", "laps", "seed"), [(0, 1, 1), (1, 0, 1), (257, 1, 1), (1, 1, -1)])
def test_a_race_that_cannot_be_is_refused(cars: int, laps: int, seed: int) -> None:
    """With the field, what was there, and what would do."""
    with pytest.raises(BadSpec, match=r"got .*, want a whole number"):
        RacePlan(cars, laps, seed)
