"""What the fold alone costs: the real race, entry by entry and at once, in this process."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.judge import percentile
from benchmarks.report import Figure
from pitlive.kind import kinds
from pitlive.messages import Entry
from tests import races

CROSSING_MS = 348.0
"""Time between two cars over the line, at 15-second laps with 43 cars: what a lap may take."""


def run(race: list[dict[str, Any]], declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure the fold."""
    p50 = Figure("fold, one entry, p50", "ms", against="crossing interval")
    p99 = Figure("fold, one entry, p99", "ms", against="crossing interval")
    whole = Figure("fold, whole race one by one", "s", against="race")
    once = Figure("fold, whole race at once", "s", against="one by one")
    entries = races.checked(race, declared)
    for _ in range(runs):
        each = _one_by_one(entries, declared)
        of = {"got": len(each), "want": len(race)}
        p50.add(percentile(each, 0.5), CROSSING_MS, **of)
        p99.add(percentile(each, 0.99), CROSSING_MS, **of)
        whole.add(sum(each) / 1000, entries[-1].at_ms / 1000, **of)
        once.add(_at_once(entries, declared), sum(each) / 1000, **of)
    return [p50, p99, whole, once]


def _one_by_one(entries: list[Entry], declared: dict[str, Any]) -> list[float]:
    race = kinds()["race"]
    fold, taken = race.fold(race.spec(declared)), []
    for entry in entries:
        began = time.perf_counter()
        fold.outcome([entry])
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _at_once(entries: list[Entry], declared: dict[str, Any]) -> float:
    race = kinds()["race"]
    began = time.perf_counter()
    race.fold(race.spec(declared)).outcome(entries)
    return time.perf_counter() - began
