"""IndyCar's `$C` records of completed laps: repeated, out of order, partly hexadecimal.

A document is one record as an object of its columns. Records as decoded have times in
seconds and some hexadecimal numbers; those of the raw stream, which also have a `command`,
have times in minutes, decimal numbers, and name their session. The first record of a car's
lap has its place at the line; repeats have the place of their own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.race.feeds.documents import text, whole

DOCUMENTS = ()

FLAGS = {"G": "green", "Y": "yellow", "R": "red", "W": "white", "K": "checkered"}
"""`U` is before the start."""

PITTED = "P"

RACE = "R"
"""What the preamble of a race begins with; the raw stream holds other sessions too."""


class Feed:
    """What the records have said so far.

    >>> record = {"car_number": "20", "completed_laps": "31", "elapsed_time": "1299.0977",
    ...     "last_laptime": "57.0559", "rank": "8", "lap_status": "P", "track_status": "G"}
    >>> [e["uid"] for e in Feed().accept("", record)]
    ['lap/20/31', 'pit_in/20/31', 'flag/1299098']
    """

    def __init__(self) -> None:
        self.facts = NewestFacts()
        self._newest_ms = 0

    def accept(self, _name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new."""
        if not isinstance(document, dict):
            return
        car, lap = text(document.get("car_number")), whole(document.get("completed_laps"))
        unit_ms = 60_000 if "command" in document else 1000
        at = _ms(document.get("elapsed_time"), unit_ms)
        of_race = str(document.get("preamble", RACE)).startswith(RACE)
        if not car or not lap or at is None or not of_race:
            return
        yield from self._lap(car, lap, at, _ms(document.get("last_laptime"), unit_ms), document)
        if document.get("lap_status") == PITTED:
            stop = {"type": "pit_in", "car": car, "lap": lap - 1, "at_ms": at}
            yield from self.facts.report(f"pit_in/{car}/{lap}", stop)
        yield from self._shown(FLAGS.get(text(document.get("track_status")) or "", ""), at)

    @property
    def spec(self) -> dict[str, Json] | None:
        """A record says nothing of the race."""
        return None

    def _lap(
        self, car: str, lap: int, at: int, lap_ms: int | None, record: Mapping[str, Json]
    ) -> Iterator[dict[str, Json]]:
        uid = f"lap/{car}/{lap}"
        place = self.facts.body(uid).get("place") or whole(record.get("rank"))
        body = {"type": "lap", "car": car, "lap": lap, "at_ms": at}
        yield from self.facts.report(uid, body | {"lap_ms": lap_ms, "place": place})

    def _shown(self, flag: str, at: int) -> Iterator[dict[str, Json]]:
        """A change of the flag; a record that is late says nothing of it."""
        is_late, self._newest_ms = at <= self._newest_ms, max(at, self._newest_ms)
        if flag and not is_late and flag != self.facts.newest("flag").get("flag"):
            body = {"type": "flag", "flag": flag, "at_ms": at}
            yield from self.facts.report(f"flag/{at}", body)


def _ms(given: Json, unit_ms: int) -> int | None:
    try:
        found = round(float(given) * unit_ms)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found > 0 else None
