"""The laws of the fold: same facts, same figures, however they come."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.messages import Entry
from pitlive.race.kind import RACE as kind
from tests import races
from tests.race.conftest import Bristol
from tests.race.told import canonical, folded, state

SMALL = races.checked(races.small(cars=7, laps=25))


def _corrected(entries: list[Entry], random: Random) -> list[Entry]:
    """Entries as a hurried timing room sends them: repeats, amendments and retractions."""
    out = list(entries)
    for n, entry in enumerate(entries):
        if n % 7 == 0:
            out.append(entry)
        if n % 11 == 0:
            out.append(replace(entry, at_ms=entry.at_ms + random.randrange(900), revision=2))
        if n % 13 == 0:
            uid, moved = f"fix/{entry.uid}", entry.at_ms + random.randrange(900)
            out.append(replace(entry, uid=uid, at_ms=moved, amends=entry.uid, revision=3))
        if n % 29 == 0:
            gone = {"type": "retract", "amends": entry.uid, "revision": 4}
            out += races.checked([gone])
        if n % 31 == 0:
            out.append(replace(entry, uid=f"other/{entry.uid}", at_ms=entry.at_ms + 50))
    return out


def _reported(entries: list[Entry], random: Random) -> list[Entry]:
    """Add what people type: reports that agree and disagree, a decision, notes, a flush."""
    said: list[dict[str, Any]] = []
    for lap in range(1, 25):
        for who in ("anna", "ben", "carl")[: random.randrange(4)]:
            report = {"type": "pit_report", "car": "1", "lap": lap, "operator": who}
            tires, ms = random.choice((2, 4)), random.randrange(9_000, 10_000)
            said.append({**report, "tires": tires, "service_ms": ms, "at_ms": lap * 10_000})
    decision = {"type": "pit_decision", "car": "1", "lap": 9, "operator": "dora", "tires": 2}
    said.append({**decision, "service_ms": 9_500, "reason": "replay", "at_ms": 99_000})
    said.append({"type": "note", "uid": "n1", "text": "rain?", "at_ms": 5_000, "car": "2"})
    said.append({"type": "flush", "at_ms": 10**9})
    return [*entries, *races.checked(said)]


def test_the_same_log_gives_the_same_bytes() -> None:
    """Two folds of one log cannot be told apart."""
    assert folded(SMALL) == folded(SMALL)


@settings(deadline=None, max_examples=30)
@given(cuts=st.sets(st.integers(0, len(SMALL)), max_size=40))
def test_any_batching_ends_in_the_same_state(cuts: set[int]) -> None:
    """A batch equals its entries one by one."""
    assert folded(SMALL, cuts=cuts) == folded(SMALL)


def test_a_fact_that_is_taken_out_again_is_counted_at_once() -> None:
    """Which cars a fact was about is known, though nothing of it counts any more."""
    lap = {"type": "lap", "car": "1", "lap": 1, "at_ms": 1_000}
    gone = {"type": "retract", "amends": "lap/1/1", "at_ms": 2_000}
    moved = {**lap, "uid": "moved", "amends": "lap/1/1", "car": "2"}
    entries = races.checked([lap, gone, moved, {**gone, "uid": "again", "revision": 5}])
    assert folded(entries, cuts=range(1, len(entries))) == folded(entries)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_arrival_ends_in_the_same_state(seed: int) -> None:
    """Late, repeated, amended, retracted, rivalling and shuffled: the same final state."""
    random = Random(seed)
    entries = _reported(_corrected(SMALL, random), random)
    shuffled = random.sample(entries, len(entries))
    cuts = random.sample(range(len(entries)), 60)
    assert folded(shuffled, cuts=cuts) == folded(entries)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_after_every_entry_the_state_is_that_of_a_fresh_fold(seed: int) -> None:
    """Nothing is left over from what was worked out before a correction."""
    random = Random(seed)
    entries = _reported(_corrected(SMALL, random), random)
    random.shuffle(entries)
    race, n = kind.fold(kind.spec({})), random.randrange(1, len(entries))
    told = state([race.outcome([]), *(race.outcome([entry]) for entry in entries[:n])])
    assert canonical(told) == folded(entries[:n])


@pytest.mark.data
def test_the_real_race_shuffled_and_repeated_ends_in_the_same_state(bristol: Bristol) -> None:
    """Nineteen thousand entries in any order, every seventh of them twice."""
    random = Random(2025)
    entries = [*bristol.entries, *bristol.entries[::7]]
    random.shuffle(entries)
    cuts = random.sample(range(len(entries)), 50)
    assert folded(entries, bristol.spec, cuts) == folded(bristol.entries, bristol.spec)


@pytest.mark.data
def test_incremental_equals_fresh_at_any_moment_of_the_real_race(bristol: Bristol) -> None:
    """One by one over a stretch of the race, with corrections of laps long gone."""
    random = Random(54)
    start = random.randrange(6_000, 9_000)
    race = kind.fold(bristol.spec)
    outcomes = [race.outcome([]), race.outcome(bristol.entries[:start])]
    late = [replace(e, at_ms=e.at_ms + 40, revision=1) for e in bristol.entries[:start:97]]
    stretch = [*bristol.entries[start : start + 1_200], *late]
    random.shuffle(stretch)
    for n, entry in enumerate(stretch, 1):
        outcomes.append(race.outcome([entry]))
        if n % 400 == 0 or n == len(stretch):
            seen = [*bristol.entries[:start], *stretch[:n]]
            assert canonical(state(outcomes)) == folded(seen, bristol.spec)
