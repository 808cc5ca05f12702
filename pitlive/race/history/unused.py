"""What of a race cannot be used, so that nobody wonders why a forecast is not judged on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from pitlive.race.history.session import Session

NOTHING = "no laps, so nothing of it can be forecast"


def unused(session: Session) -> dict[str, int]:
    """Return what cannot be used of a race, and how many rows it is; 0 where it is all of it.

    >>> from pitlive.race.history.session import LAPS, RaceSession
    >>> laps = pd.DataFrame({"car": ["7"], "at_ms": [9e4], "place": [1]})
    >>> unknown = {"has_flags": False, "has_stops": False}
    >>> race = RaceSession("f1", 2024, "1", "Rain", "Rain", "road", **unknown)
    >>> unused(Session(race, laps=laps.reindex(columns=list(LAPS))))
    {'flags are unknown': 0, 'stops are unknown': 0, 'laps without a time': 1}
    """
    race, laps, stops = session.race, session.laps, session.stops
    if not len(laps):
        return {NOTHING: 0}
    whole = {
        "flags are unknown": not race.has_flags,
        "stops are unknown": not race.has_stops,
        "nobody stopped": race.has_stops and not len(stops),
    }
    rows = {
        **session.dropped,
        "laps without a crossing": _lacking(laps.at_ms >= 0),
        "laps without a time": _lacking(laps.time_ms > 0),
        "laps without a place": _lacking(laps.place > 0),
        "stops without a time of entry": _lacking(stops.in_ms >= 0),
        "stops without a lane time": _lacking(stops.lane_ms > 0),
        "stops without a service time": _lacking(stops.service_ms > 0),
        "cars without a driver": int(session.cars.driver.isna().sum()),
    }
    return {what: 0 for what, so in whole.items() if so} | {w: n for w, n in rows.items() if n}


def _lacking(there: pd.Series) -> int:
    return int((~there.astype(bool)).sum())


def told(found: dict[str, int]) -> str:
    """Return that in words.

    >>> told({"flags are unknown": 0, "laps without a time": 1200})
    'flags are unknown, 1,200 laps without a time'
    """
    return ", ".join(f"{n:,} {what}" if n else what for what, n in found.items())


def summed(races: Iterable[dict[str, int]]) -> str:
    """Return it of many races: in how many, and how many rows.

    >>> summed([{"laps without a time": 3}, {"laps without a time": 4}, {}])
    '7 laps without a time (2 races)'
    """
    rows: Counter[str] = Counter()
    among: Counter[str] = Counter()
    for found in races:
        rows.update(found)
        among.update(found.keys())
    texts = {f"{what} ({n:,} race{'s' if n > 1 else ''})": rows[what] for what, n in among.items()}
    return told(texts)
