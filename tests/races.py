"""Races for tests: a small made-up one, and the real one as entries to post."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson

from pitlive.feeds.lines import Reported
from pitlive.kind import kinds
from pitlive.messages import Deferring, Entry, Fold, Rejection, Rows
from pitlive.race.feeds import race_document, timing

SPEC = kinds()["race"].spec({"kind": "race"})


def small(cars: int = 6, laps: int = 30, seed: int = 1) -> list[dict[str, Any]]:
    """A race of a few cars with a caution and stops, in order of time."""
    random = Random(seed)
    found: list[dict[str, Any]] = [
        {"type": "flag", "flag": "green", "at_ms": 0, "lap": 0},
        {"type": "flag", "flag": "yellow", "at_ms": laps * 5_000, "lap": laps // 2},
        {"type": "flag", "flag": "green", "at_ms": laps * 6_000, "lap": laps // 2 + 2},
    ]
    for car in range(1, cars + 1):
        at_ms, stop = 100 * car, random.randrange(3, laps)
        for lap in range(1, laps + 1):
            lap_ms = random.randrange(9_500, 10_500) + (8_000 if lap == stop else 0)
            at_ms += lap_ms
            entry = {"type": "lap", "car": str(car), "lap": lap, "at_ms": at_ms, "lap_ms": lap_ms}
            found.append(entry)
        stopped = {"car": str(car), "at_ms": stop * 10_000, "lap": stop - 1}
        found.append({"type": "pit_in", **stopped})
        found.append({"type": "pit_out", **stopped, "at_ms": stop * 10_000 + 7_000, "tires": 4})
    return sorted(found, key=lambda entry: entry["at_ms"])


def real(folder: Path) -> list[dict[str, Any]]:
    """The Bristol race as entries."""
    with gzip.open(folder / "main_race" / "events.jsonl.gz", "rt") as lines:
        return [one.entry for one in timing.entries(lines) if isinstance(one, Reported)]


def spec(folder: Path) -> dict[str, Any]:
    """The Bristol race's declaration."""
    return race_document.spec(orjson.loads((folder / "main_race" / "race.json").read_bytes()))


def checked(
    reported: Sequence[dict[str, Any]], declared: dict[str, Any] | None = None
) -> list[Entry]:
    """The entries as the web edge hands them to the log."""
    race = kinds()["race"]
    known = race.spec(declared) if declared else SPEC
    found = [race.entry(one, known, seen_ms=0) for one in reported]
    assert not [one for one in found if isinstance(one, Rejection)]
    return [one for one in found if isinstance(one, Entry)]


def state(entries: Sequence[Entry], declared: dict[str, Any] | None = None) -> dict[str, Any]:
    """What an undisturbed engine publishes for these entries at once."""
    fold = _fold(declared)
    return _added_up([fold.outcome([]).rows, fold.outcome(entries).rows])


def final(entries: Sequence[Entry], declared: dict[str, Any] | None = None) -> dict[str, Any]:
    """What it has published in the end, forecasts and their scores included."""
    named = [e.uid if e.type == "note" else "" for e in entries]
    facts = [(e.type, e.at_ms, e.data, e.revision, e.amends, e.retract) for e in entries]
    key = canonical([declared, facts, named])
    if key not in _final:
        fold = _fold(declared)
        _final[key] = _added_up([fold.outcome([]).rows, fold.outcome(entries).rows, settled(fold)])
    return _final[key]


_final: dict[bytes, dict[str, Any]] = {}
"""Forecasting a race takes a while, and many tests feed the same one."""


def _fold(declared: dict[str, Any] | None) -> Fold:
    race = kinds()["race"]
    return race.fold(race.spec(declared) if declared else SPEC)


def _added_up(told: Sequence[Rows]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rows in told:
        for channel, changed in rows.items():
            known = found.setdefault(channel, {})
            known.update({name: row for name, row in changed.items() if row is not None})
            for name in [name for name, row in changed.items() if row is None]:
                known.pop(name, None)
    return {channel: rows for channel, rows in found.items() if rows}


def settled(fold: Fold) -> Rows:
    """The rows that a fold still has to tell when it has no work left."""
    while isinstance(fold, Deferring) and fold.work_off():
        pass
    return fold.rows()


def post(url: str, source: str, reported: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Post entries and return the answer."""
    answer = httpx.post(
        f"{url}/api/v1/sources/{source}/entries",
        content=orjson.dumps(reported),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    answer.raise_for_status()
    return dict(answer.json())


def folded(url: str, source: str) -> str:
    """The id of the newest entry whose figures are published."""
    listed = httpx.get(f"{url}/api/v1/sources", timeout=60).json()["sources"]
    return str(next(one["folded"] for one in listed if one["source"] == source))


QUIET = {"kind": "race", "forecasts": False}
"""A race that says nothing more once it is folded: forecasts would follow it."""


KINDS_QUIET = dict(kinds()["race"].spec(QUIET))
"""The same with its defaults, as it stands in Redis."""


def declare_quiet(url: str, source: str) -> None:
    """Declare a race of which nothing is forecast."""
    answer = httpx.put(f"{url}/api/v1/sources/{source}", json=QUIET, timeout=60)
    answer.raise_for_status()


def batches(reported: Sequence[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Split entries into batches."""
    rest = iter(reported)
    while batch := list(islice(rest, size)):
        yield batch


def canonical(value: Any) -> bytes:
    """JSON text with sorted keys: equal bytes are equal states."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
