"""A past race told as it would have been reported: the very entries that the live fold eats.

Nobody knows today when in its lap a caution came out. The yellow is told halfway round the
lap, so it is news after the leader began that lap, and the green as the leader ends the
last slow one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pandas as pd

from pitlive.messages import Entry, Json
from pitlive.race.entries import LAPS
from pitlive.race.history.session import Session, records
from pitlive.race.kind import RACE as kind

_SOONER = {"flag": 0, "pit_out": 1, "pit_in": 2, "lap": 3}
"""What is told first of equal times."""


def spec(session: Session) -> dict[str, Json]:
    """Return the declaration of a past race, checked."""
    race = session.race
    declared: dict[str, Json] = {
        "name": race.name,
        "series": race.series,
        "track": race.track,
        "track_type": race.track_type,
        "laps": race.laps,
        "stages": list(race.stages),
        "cars": [_car(row) for row in records(session.cars)],
    }
    return dict(kind.spec({name: value for name, value in declared.items() if value}))


def _car(row: dict[str, Any]) -> dict[str, Json]:
    return {name: row[name] for name in ("car", "driver", "grid") if row.get(name)}


def entries(session: Session) -> list[Entry]:
    """Return what was reported of a past race, in order of time."""
    lead_at = crossings(session.laps)
    rows = [*_laps(session.laps), *_stops(session.stops)]
    if session.race.has_flags and len(lead_at) > 1:
        rows += _flags(session.cautions, lead_at)
    checked = [kind.entry(one, {}, seen_ms=0) for one in rows]
    return sorted(
        (one for one in checked if isinstance(one, Entry)),
        key=lambda e: (e.at_ms, _SOONER[e.type]),
    )


def crossings(laps: pd.DataFrame) -> list[int]:
    """Return when the first car completed each lap [ms]; lap 0 is the start, at 0.

    >>> crossings(pd.DataFrame({"car": ["a", "b"], "lap": [1, 1], "at_ms": [900, 800]}))
    [0, 800]
    """
    first = laps.dropna(subset=["at_ms"]).groupby("lap").at_ms.min()
    first = first.reindex(range(1, int(first.index.max()) + 1 if len(first) else 1))
    return [0, *accumulate(first.ffill().fillna(0).astype(int).tolist(), max)]


def _laps(laps: pd.DataFrame) -> Iterator[dict[str, Json]]:
    names = {"car": "car", "lap": "lap", "at_ms": "at_ms", "time_ms": "lap_ms", "place": "place"}
    for row in records(laps.rename(columns=names)[list(names.values())]):
        if row.get("at_ms", -1) >= 0 and 1 <= row["lap"] <= LAPS:
            yield {"type": "lap"} | {name: value for name, value in row.items() if value != 0}


def _stops(stops: pd.DataFrame) -> Iterator[dict[str, Json]]:
    for stop in records(stops):
        if stop.get("in_ms", -1) < 0:
            continue
        which = {"car": stop["car"], "lap": stop["lap"] - 1}
        yield {"type": "pit_in", **which, "at_ms": stop["in_ms"]}
        if stop.get("out_ms", -1) >= stop["in_ms"]:
            left: dict[str, Json] = {"type": "pit_out", **which, "at_ms": stop["out_ms"]}
            yield left | {n: stop[n] for n in ("lane_ms", "service_ms", "tires") if n in stop}


def _flags(cautions: pd.DataFrame, lead_at: list[int]) -> Iterator[dict[str, Json]]:
    last = len(lead_at) - 1
    yield {"type": "flag", "flag": "green", "at_ms": 0, "lap": 0}
    for caution in records(cautions):
        first, end = caution["first_lap"], caution["last_lap"]
        if first <= last:
            why = {"reason": caution["reason"]} if "reason" in caution else {}
            shown = (lead_at[first - 1] + lead_at[first]) // 2
            yield {"type": "flag", "flag": "yellow", "at_ms": shown, "lap": first, **why}
        if end < last:
            yield {"type": "flag", "flag": "green", "at_ms": lead_at[end], "lap": end}
    yield {"type": "flag", "flag": "checkered", "at_ms": lead_at[last], "lap": last}
