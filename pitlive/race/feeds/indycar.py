"""IndyCar's timing and scoring JSON, polled: all times are text (`1:08.9244`).

The whole state in each poll. Of a stop it says only on which lap a car last was in the
pits, so the time of a `pit_in` is that of the line it crossed on that lap; nothing is
said of the way out. Laps that were skipped between polls are not in it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.race.feeds.documents import clock_ms, fields, objects, part, text, whole

DOCUMENTS = ()

FLAGS = {"GREEN": "green", "YELLOW": "yellow", "RED": "red", "WHITE": "white"}

FINISHED = frozenset({"CHECKERED", "CHECKER", "CHECKERED FLAG"})


class Feed:
    """What the documents have said so far.

    >>> car = {"no": "12", "laps": "5", "totalTime": "6:36.3170", "lastLapTime": "1:08.9244"}
    >>> document = {"timing_results": {"heartbeat": {"currentFlag": "GREEN"}, "Item": [car]}}
    >>> [(e["uid"], e["at_ms"]) for e in Feed().accept("", document)]
    [('lap/12/5', 396317), ('flag/396317', 396317)]
    """

    def __init__(self) -> None:
        self.facts = NewestFacts()
        self._results: Mapping[str, Json] = {}

    def accept(self, _name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new."""
        results = part(document, "timing_results")
        if not isinstance(results, dict):
            return
        self._results = results
        cars = list(objects(results.get("Item")))
        for car in cars:
            yield from self._car(car)
        yield from self._shown(text(part(results, "heartbeat", "currentFlag")), cars)

    @property
    def spec(self) -> dict[str, Json] | None:
        """What the heartbeat and the cars say of the race."""
        if not self._results:
            return None
        heartbeat = fields(self._results.get("heartbeat"))
        known = {
            "name": text(heartbeat.get("eventName")) or text(heartbeat.get("SessionName")),
            "series": "IndyCar",
            "track": text(heartbeat.get("trackName")),
            "laps": whole(heartbeat.get("totalLaps")) or None,
            "cars": [
                _declared(car) for car in sorted(objects(self._results.get("Item")), key=_grid)
            ],
        }
        return {"kind": "race", **{k: v for k, v in known.items() if v}}

    def _car(self, car: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """The last lap of a car, and the stop it was."""
        number, lap = text(car.get("no")), whole(car.get("laps"))
        crossed = clock_ms(car.get("totalTime"))
        if not number or not lap or crossed is None:
            return
        body = {"type": "lap", "car": number, "lap": lap, "at_ms": crossed}
        body |= {"lap_ms": clock_ms(car.get("lastLapTime"))}
        if not self.facts.body(f"lap/{number}/{lap}"):  # its place changes after that
            body |= {"place": whole(car.get("rank"))}
            yield from self.facts.report(f"lap/{number}/{lap}", body)
        if whole(car.get("lastPitLap")) == lap:
            stop = {"type": "pit_in", "car": number, "lap": lap - 1, "at_ms": crossed}
            yield from self.facts.report(f"pit_in/{number}/{lap}", stop)

    def _shown(self, shown: str | None, cars: list[dict[str, Json]]) -> Iterator[dict[str, Json]]:
        """A change of the flag, at the time of the newest crossing: the feed has no other."""
        flag = "checkered" if shown in FINISHED else FLAGS.get(shown or "", "")
        at = max((clock_ms(car.get("totalTime")) or 0 for car in cars), default=0)
        if flag and flag != self.facts.newest("flag").get("flag"):
            yield from self.facts.report(f"flag/{at}", {"type": "flag", "flag": flag, "at_ms": at})


def _declared(car: Mapping[str, Json]) -> dict[str, Json]:
    name = f"{text(car.get('firstName')) or ''} {text(car.get('lastName')) or ''}".strip()
    equipment = (text(car.get("equipment")) or "").split("/")
    known = {
        "car": text(car.get("no")),
        "driver": name or None,
        "make": {"C": "Chevrolet", "H": "Honda"}.get(equipment[1]) if equipment[1:] else None,
        "grid": whole(car.get("startPosition")) or None,
    }
    return {k: v for k, v in known.items() if v is not None}


def _grid(car: Mapping[str, Json]) -> tuple[int, str]:
    """As they started: the feed lists them as they run, and that is an outcome."""
    return whole(car.get("startPosition")) or 1000, str(car.get("no"))
