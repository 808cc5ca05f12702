"""Events of a race as its timing wrote them down → entries.

One JSON object a line, times in seconds of the race clock:

    {"t": 16.183, "type": "lap", "car": "16", "lap": 1, "lap_time": 16.183, "pos": 1}
    {"t": 424.642, "type": "pit_in", "car": "60", "lap": 25, "leader_lap": 26, "flag": 1}
    {"t": 456.391, "type": "pit_out", "car": "60", "lap": 25, "lane_s": 31.749, "stop_s": 11.78,
     "tires": "LF RF LR RR"}
    {"t": 1397.9, "type": "flag", "flag": "yellow", "lap": 81, "reason": "Debris"}

A line that has `at_ms` is an entry already and passes through untouched.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from pitlive.feeds.lines import LineRefused, Reported, Unfit, objects
from pitlive.messages import Json

SECONDS = {"t": "at_ms", "lap_time": "lap_ms", "lane_s": "lane_ms", "stop_s": "service_ms"}
"""Fields in seconds, and the entry's field in milliseconds that each becomes."""

NAMES = {"pos": "place"}
"""Fields that only change their name."""


def entries(lines: Iterable[bytes | str]) -> Iterator[Reported | LineRefused]:
    """Turn the lines of a timing file into entries, in the order of the file.

    Every converted entry gets an explicit uid, its natural key; where the file states
    the n-th fact of the same key (two `pit_out` of one car in one millisecond), `/n` is
    added, so a second reading of the file gives the same uids.

    >>> [one.entry for one in entries(['{"t": 1.5, "type": "flag", "flag": "green"}'])]
    [{'type': 'flag', 'at_ms': 1500, 'flag': 'green', 'uid': 'flag/green/1500'}]
    """
    seen: Counter[str] = Counter()
    for read in objects(lines):
        yield read if isinstance(read, LineRefused) else _entry(read, seen)


def _entry(read: Reported, seen: Counter[str]) -> Reported | LineRefused:
    event = read.entry
    if "at_ms" in event or "t" not in event:  # no time at all: the server knows what may lack it
        return read
    entry: dict[str, Json] = {"type": event.get("type")}
    for field, value in event.items():
        try:
            entry |= _field(field, value, str(event.get("type")))
        except Unfit as error:
            return LineRefused(read.line, field, value, str(error))
    if (key := _natural_key(entry)) is not None:
        seen[key] += 1
        entry["uid"] = key if seen[key] == 1 else f"{key}/{seen[key]}"
    return Reported(read.line, entry)


def _field(field: str, value: Json, of: str) -> dict[str, Json]:
    """One field of an event as it stands in the entry; empty where it is not known."""
    if value is None:
        return {}
    if field in SECONDS:
        return {SECONDS[field]: milliseconds(value)}
    if field == "tires":
        return tires(value)
    if field == "flag" and of != "flag":  # a number there, and another thing than the flag's name
        return {"flag_code": value}
    return {NAMES.get(field, field): value}


def milliseconds(seconds: Json) -> int:
    """Turn seconds into whole milliseconds.

    Raises:
        Unfit: It is not a finite number.

    >>> milliseconds(16.183)
    16183
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unfit("a number of seconds")
    if not math.isfinite(seconds):
        raise Unfit("a finite number of seconds")
    return round(seconds * 1000)


def tires(changed: Json) -> dict[str, Json]:
    """Count the tyres changed; none named is not known, as a stop without tyres says so.

    >>> tires("LF RF LR RR"), tires(""), tires(0)
    ({'tires': 4}, {}, {'tires': 0})
    """
    if isinstance(changed, str):
        return {"tires": len(changed.split())} if changed.strip() else {}
    return {"tires": changed}


_KEYS: dict[str, Callable[[dict[str, Json]], str]] = {
    "lap": lambda e: f"lap/{e['car']}/{e['lap']}",
    "pit_in": lambda e: f"pit_in/{e['car']}/{e['at_ms']}",
    "pit_out": lambda e: f"pit_out/{e['car']}/{e['at_ms']}",
    "flag": lambda e: f"flag/{e['flag']}/{e['at_ms']}",
}


def _natural_key(entry: dict[str, Json]) -> str | None:
    """The protocol's default uid; None where the event names its own or lacks a part."""
    if "uid" in entry or entry["type"] not in _KEYS:
        return None
    try:
        return _KEYS[entry["type"]](entry)
    except KeyError:
        return None  # the server refuses it and says which field is missing
