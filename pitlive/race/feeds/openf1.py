"""OpenF1's JSON: lists of `sessions`, `drivers`, `position`, `race_control`, `pit` and `laps`.

A lap says when it began and how long it took; while that is null it is not over. A row of
`pit` has the time of the entry, the lap it was on, and how long lane and stop took.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.race.feeds.documents import ms, objects, text, unix_ms, whole

DOCUMENTS = ("sessions", "drivers", "position", "race_control", "pit", "laps")

FLAGS = {"GREEN": "green", "CLEAR": "green", "RED": "red", "CHEQUERED": "checkered"}
"""Flags of the whole track; a yellow one is of a sector."""


class Feed:
    """What the lists have said so far.

    >>> row = {"driver_number": 55, "lap_number": 8, "lap_duration": 91.5,
    ...     "date_start": "2024-05-19T13:14:00.500000+00:00"}
    >>> [(e["uid"], e["at_ms"]) for e in Feed().accept("laps", [row])]
    [('lap/55/8', 1716124532000)]
    """

    def __init__(self) -> None:
        self.facts = NewestFacts()
        self._session: Mapping[str, Json] = {}
        self._drivers: dict[str, dict[str, Json]] = {}
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def accept(self, name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new; `name` says which list it is."""
        rows = list(objects(document))
        if name == "sessions" and rows:
            self._session = rows[-1]
        elif name == "drivers":
            self._drivers |= {car["car"]: car for car in map(_car, rows) if "car" in car}
        elif name == "position":
            self._note_places(rows)
        elif name == "race_control":
            yield from self._control(rows)
        elif name in ("pit", "laps"):
            for row in rows:
                yield from self._lap(row) if name == "laps" else self._stop(row)

    @property
    def spec(self) -> dict[str, Json] | None:
        """What session and drivers say of the race."""
        if not self._drivers:
            return None
        known = {
            "name": text(self._session.get("session_name")),
            "series": "Formula 1",
            "track": text(self._session.get("circuit_short_name")),
            "cars": [self._drivers[car] for car in sorted(self._drivers, key=int)],
        }
        return {"kind": "race", **{k: v for k, v in known.items() if v}}

    def _note_places(self, rows: list[dict[str, Json]]) -> None:
        self._places.clear()
        for row in rows:
            at, place = unix_ms(row.get("date")), whole(row.get("position"))
            if at is not None and place is not None:
                self._places[text(row.get("driver_number")) or ""].append((at, place))
        for places in self._places.values():
            places.sort()

    def _place(self, car: str, at: int) -> int | None:
        """Return the place a car was in at a time."""
        known = self._places.get(car, [])
        before = bisect_right(known, (at, 1000))
        return known[before - 1][1] if before else None

    def _lap(self, row: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        car, lap = text(row.get("driver_number")), whole(row.get("lap_number"))
        began, took = unix_ms(row.get("date_start")), ms(row.get("lap_duration"))
        if car and lap and began is not None and took is not None:
            body = {"type": "lap", "car": car, "lap": lap, "at_ms": began + took, "lap_ms": took}
            place = self._place(car, began + took)
            yield from self.facts.report(f"lap/{car}/{lap}", body | {"place": place})

    def _stop(self, row: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        car, lap = text(row.get("driver_number")), whole(row.get("lap_number"))
        at = unix_ms(row.get("date"))
        if not car or not lap or at is None:
            return
        own = {"car": car, "lap": lap - 1}
        yield from self.facts.report(f"pit_in/{car}/{lap}", {"type": "pit_in", "at_ms": at, **own})
        if lane_ms := ms(row.get("lane_duration")) or ms(row.get("pit_duration")):
            times = {"lane_ms": lane_ms, "service_ms": ms(row.get("stop_duration"))}
            body = {"type": "pit_out", "at_ms": at + lane_ms, **own, **times}
            yield from self.facts.report(f"pit_out/{car}/{lap}", body)

    def _control(self, rows: list[dict[str, Json]]) -> Iterator[dict[str, Json]]:
        """Notes, and the flag of the whole track where it changes; the list comes whole."""
        shown: dict[str, Json] = {}
        for row in sorted(rows, key=lambda row: unix_ms(row.get("date")) or 0):
            at, message = unix_ms(row.get("date")), text(row.get("message"))
            if at is None:
                continue
            if message:
                lap = whole(row.get("lap_number"))
                note = {"type": "note", "text": message, "at_ms": at, "lap": lap}
                yield from self.facts.report(f"control/{at}/{message}"[:200], note)
            flag = _flag(row)
            if flag and flag != shown:
                shown = flag
                yield from self.facts.report(f"flag/{at}", {"type": "flag", "at_ms": at, **flag})


def _flag(row: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a message shows to everybody, empty if it does not."""
    message = text(row.get("message")) or ""
    if row.get("category") == "SafetyCar":
        return {"flag": "yellow", "reason": message.title()} if "DEPLOYED" in message else {}
    flag = FLAGS.get(text(row.get("flag")) or "")
    return {"flag": flag} if flag and row.get("scope") in (None, "Track") else {}


def _car(driver: Mapping[str, Json]) -> dict[str, Json]:
    known = {
        "car": text(driver.get("driver_number")),
        "driver": text(driver.get("full_name")),
        "make": text(driver.get("team_name")),
    }
    return {k: v for k, v in known.items() if v is not None}
