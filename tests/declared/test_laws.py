"""The laws of every kind of stat; a kind that is added is found, and must bring its oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from pitlive.declared.registry import STATS
from pitlive.messages import Entry
from tests.declared import laws
from tests.declared.laws import Oracle, Seen
from tests.declared.oracles import ORACLES
from tests.declared.test_scores import same

SEEDS = range(2)

EVERY = (1, 3)
"""By seed: after how many entries the plain computation is asked; it takes most of the time."""


def cases(*, of_the_order: bool = True) -> Iterator[Any]:
    """Every declaration that is tried, of every kind that there is.

    Args:
        of_the_order: Also kinds whose rows depend on the order of the entries.
    """
    for kind, module in STATS.items():
        if getattr(module.Stat, "is_of_the_order", False) and not of_the_order:
            continue
        oracle, declared = ORACLES.get(kind, (None, [{}]))
        for n, stat in enumerate(declared):
            whole = {"name": "it", "kind": kind, **stat}
            yield pytest.param(whole, oracle, id=f"{kind}-{n}")


def far_ms(stat: dict[str, Any]) -> Sequence[int] | None:
    """How far ahead entries of a stat may be; None if the clock must not step back with it."""
    if getattr(STATS[stat["kind"]].Stat, "is_of_the_order", False):
        return None
    # Every bucket up to then is told, and looked at by the plain computation.
    return laws.FAR_MS[:1] if stat["kind"] == "timed" else laws.FAR_MS


def history(stat: dict[str, Any], seed: int) -> list[Entry]:
    """The entries that a stat is tried with: wild ones, but for what closes or comes on."""
    far = far_ms(stat)
    return laws.steady(seed) if far is None else laws.wild(seed, far)


def wild(stat: dict[str, Any], seed: int) -> list[Entry]:
    """Entries with which the clock steps back, for whatever kind it is."""
    return laws.wild(seed, far_ms(stat) or laws.FAR_MS)


@cache
def prefixes(far: Sequence[int] | None, seed: int) -> list[Seen]:
    """Every prefix of a history: many stats are tried with the same."""
    entries = laws.steady(seed) if far is None else laws.wild(seed, far)
    return [Seen(entries[:n]) for n in range(1, len(entries) + 1)]


def test_every_kind_has_an_oracle() -> None:
    """A new kind is tried the day it lands, or this says that it is not."""
    assert set(ORACLES) == set(STATS)


@pytest.mark.parametrize(("stat", "oracle"), list(cases()))
def test_one_by_one_equals_a_plain_computation_on_every_prefix(
    stat: dict[str, Any], oracle: Oracle
) -> None:
    """After each entry (every third of the second seed) rows are what pandas makes of all."""
    for seed in SEEDS:
        fold, state = laws.begin(stat), dict[str, Any]()
        laws.apply(state, fold.outcome([]), "it")
        seen: list[Seen] = []
        for n, prefix in enumerate(prefixes(far_ms(stat), seed), start=1):
            laws.apply(state, fold.outcome([prefix.entries[-1]]), "it")
            seen.append(prefix.anew(seen[:]))
            if n % EVERY[seed] == 0:
                same(state, oracle(stat, seen[-1]), f"seed {seed}, {n} entries: ")


@pytest.mark.parametrize(("stat", "oracle"), list(cases()))
def test_any_batches_equal_one_by_one(stat: dict[str, Any], oracle: Oracle) -> None:
    """Wherever the sequence is cut, the figures are the same."""
    random = np.random.default_rng(5)
    for seed in SEEDS:
        entries = wild(stat, seed)
        cuts = np.sort(random.integers(0, len(entries), 6))
        batches = [entries[a:b] for a, b in zip([0, *cuts], [*cuts, len(entries)], strict=True)]
        assert laws.folded(stat, batches) == laws.folded(stat, [[e] for e in entries])


@pytest.mark.parametrize(("stat", "oracle"), list(cases()))
def test_rows_asked_for_once_are_those_asked_for_after_every_entry(
    stat: dict[str, Any], oracle: Oracle
) -> None:
    """Whoever asks seldom, as a restarted engine does, misses nothing but what was in between."""
    for seed in SEEDS:
        entries, fold = wild(stat, seed), laws.begin(stat)
        for entry in entries:
            fold.apply([entry])
        rows = {key: row for key, row in fold.rows().get("it", {}).items() if row is not None}
        assert rows == laws.folded(stat, [[entry] for entry in entries])


@pytest.mark.parametrize(("stat", "oracle"), list(cases(of_the_order=False)))
def test_any_order_ends_the_same(stat: dict[str, Any], oracle: Oracle) -> None:
    """Figures are of the set of facts, not of the order in which they came.

    But for what has closed, and what has come on: neither is undone.
    """
    random = np.random.default_rng(6)
    for seed in SEEDS:
        entries = history(stat, seed)
        shuffled = [entries[n] for n in random.permutation(len(entries))]
        assert laws.folded(stat, [shuffled]) == laws.folded(stat, [entries])


@pytest.mark.parametrize(("stat", "oracle"), list(cases()))
def test_before_it_is_due_time_changes_nothing(stat: dict[str, Any], oracle: Oracle) -> None:
    """A tick just before `due_ms` leaves every row; whatever time changes, it was announced."""
    for seed in SEEDS:
        fold, state = laws.begin(stat), dict[str, Any]()
        for batch in ([], history(stat, seed)):
            laws.apply(state, fold.outcome(batch), "it")
        for _ in range(30):
            due_ms, before = fold.due_ms, dict(state)
            last_ms = laws.START_MS + 10**6 if due_ms is None else due_ms - 1
            laws.apply(state, fold.outcome([laws.tick(last_ms)]), "it")
            assert state == before
            if due_ms is None:
                break
            laws.apply(state, fold.outcome([laws.tick(due_ms)]), "it")
