"""NASCAR's live JSON, polled: `live-feed`, `live-flag-data`, `live-pit-data`, `lap-times`.

Each document is the whole state, so laps can be skipped between two polls. The live feed
says when a car last crossed the line; `lap-times` says how long each lap took, so the
crossings in between are that time less the laps that followed. A pit row grows as the
stop proceeds; -1 is not known. Any document may be `null` with status 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.race.feeds.documents import at_ms, ms, objects, part, text, whole

DOCUMENTS = ("live-feed.json", "live-flag-data.json", "live-pit-data.json", "lap-times.json")

SERIES = {1: "NASCAR Cup", 2: "NASCAR Xfinity", 3: "NASCAR Truck"}

FLAGS = {1: "green", 2: "yellow", 3: "red", 5: "checkered"}
"""8 is warm-up and 9 an inactive track: neither is shown to a race. 4: see `_finish`."""

WHITE_OR_FINISH = 4

TIRES = ("left_front", "left_rear", "right_front", "right_rear")


class Feed:
    """What the documents have said so far.

    >>> feed = Feed()
    >>> car = {"vehicle_number": "20", "laps_completed": 7, "vehicle_elapsed_time": 250.25}
    >>> [(e["uid"], e["at_ms"]) for e in feed.accept("live-feed", {"vehicles": [car]})]
    [('lap/20/7', 250250)]
    >>> laps = [{"Lap": 6, "LapTime": 32.0}, {"Lap": 7, "LapTime": 31.5}]
    >>> times = {"laps": [{"Number": "20", "Laps": laps}]}
    >>> [(e["uid"], e["at_ms"], e["lap_ms"]) for e in feed.accept("lap-times", times)]
    [('lap/20/6', 218750, 32000), ('lap/20/7', 250250, 31500)]
    """

    def __init__(self) -> None:
        self.facts = NewestFacts()
        self._live: Mapping[str, Json] = {}
        self._weekend: Mapping[str, Json] = {}

    def accept(self, _name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new; what a document is, its own fields say."""
        if isinstance(document, list):
            for row in objects(document):
                yield from self._flag(row) if "flag_state" in row else self._stop(row)
        elif vehicles := part(document, "vehicles"):
            self._live = document
            for vehicle in objects(vehicles):
                yield from self._crossing(vehicle)
        elif laps := part(document, "laps"):
            for car in objects(laps):
                yield from self._laps(car)
        elif weekend := next(objects(part(document, "weekend_race")), None):
            self._weekend = weekend

    @property
    def spec(self) -> dict[str, Json] | None:
        """What the live feed and the weekend feed say of the race."""
        if not self._live:
            return None
        weekend = self._weekend
        known = {
            "name": text(weekend.get("race_name")) or text(self._live.get("run_name")),
            "series": SERIES.get(whole(self._live.get("series_id")) or 0),
            "track": text(self._live.get("track_name")),
            "laps": whole(self._live.get("laps_in_race")) or None,
            "stages": _stages(weekend),
            "cars": [_car(one) for one in sorted(objects(self._live.get("vehicles")), key=_grid)],
        }
        return {"kind": "race", **{k: v for k, v in known.items() if v}}

    def _crossing(self, vehicle: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """The last lap of a car, the first time it is heard of: its place changes after that."""
        car, lap = text(vehicle.get("vehicle_number")), whole(vehicle.get("laps_completed"))
        crossed_ms = ms(vehicle.get("vehicle_elapsed_time"))
        if car and lap and crossed_ms and not self.facts.body(f"lap/{car}/{lap}"):
            place = whole(vehicle.get("running_position"))
            yield from self._lap(car, lap, crossed_ms, ms(vehicle.get("last_lap_time")), place)

    def _laps(self, car: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """Every lap whose crossing is known or follows from one that is."""
        number, laps = text(car.get("Number")), list(objects(car.get("Laps")))
        took = {whole(lap.get("Lap")): ms(lap.get("LapTime")) for lap in laps}
        crossed = self._crossings(number or "", {k: v for k, v in took.items() if k and v})
        for lap in laps:
            at = crossed.get(whole(lap.get("Lap")) or 0)
            if number and at is not None and at > 0:
                place = whole(lap.get("RunningPos"))
                yield from self._lap(number, lap["Lap"], at, ms(lap.get("LapTime")), place)

    def _crossings(self, car: str, took: Mapping[int, int]) -> dict[int, int]:
        """Return when a car crossed the line [ms], by lap."""
        crossed: dict[int, int] = {}
        for lap in sorted(took, reverse=True):  # back from what was seen
            after = crossed.get(lap + 1)
            back = None if after is None else after - took[lap + 1]
            crossed |= _known(lap, self._seen(car, lap), back)
        for lap in sorted(took):  # on from there, where nothing later was seen
            before = crossed.get(lap - 1)
            on = None if before is None else before + took[lap]
            crossed |= _known(lap, crossed.get(lap), on)
        return crossed

    def _seen(self, car: str, lap: int) -> int | None:
        seen = self.facts.body(f"lap/{car}/{lap}").get("at_ms")
        return seen if isinstance(seen, int) else None

    def _lap(
        self, car: str, lap: int, at: int, lap_ms: int | None, place: int | None
    ) -> Iterator[dict[str, Json]]:
        body = {"type": "lap", "car": car, "lap": lap, "at_ms": at}
        yield from self.facts.report(
            f"lap/{car}/{lap}", body | {"lap_ms": lap_ms, "place": place or None}
        )

    def _stop(self, row: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """A stop as far as it has come; one before the race has no time."""
        car, entered = text(row.get("vehicle_number")), ms(row.get("pit_in_race_time"))
        if not car or entered is None:
            return
        lap, left = whole(row.get("lap_count")), ms(row.get("pit_out_race_time"))
        key, own = f"{car}/{entered}", {"car": car, "lap": lap}
        yield from self.facts.report(f"pit_in/{key}", {"type": "pit_in", "at_ms": entered, **own})
        if left is not None and left > entered:
            service_ms = ms(row.get("pit_stop_duration"))
            body = {"type": "pit_out", "at_ms": left, **own, "service_ms": service_ms}
            body |= {"lane_ms": ms(row.get("total_duration"))}
            body |= {"tires": None if service_ms is None else _tires(row)}
            yield from self.facts.report(f"pit_out/{key}", body)

    def _flag(self, row: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        at, state = at_ms(row.get("elapsed_time")), whole(row.get("flag_state"))
        flag = self._finish(at or 0) if state == WHITE_OR_FINISH else FLAGS.get(state or 0)
        if flag and at is not None:
            comment = text(row.get("comment"))
            lap = whole(row.get("lap_number"))
            body = {"type": "flag", "flag": flag, "at_ms": at, "lap": lap, "comment": comment}
            yield from self.facts.report(f"flag/{at}", body)

    def _finish(self, at: int) -> str:
        """Sources differ: it is the finish if the leader has come home by then, else white."""
        leader = min(objects(self._live.get("vehicles")), key=_place, default={})
        laps = whole(self._live.get("laps_in_race")) or 0
        home = laps > 0 and (whole(leader.get("laps_completed")) or 0) >= laps
        crossed, took = ms(leader.get("vehicle_elapsed_time")), ms(leader.get("last_lap_time"))
        return "checkered" if home and at > (crossed or 0) - (took or 0) // 2 else "white"


def _known(lap: int, *times: int | None) -> dict[int, int]:
    """Return the first time that is known, by its lap."""
    return next(({lap: at} for at in times if at is not None), {})


def _tires(row: Mapping[str, Json]) -> int:
    return sum(row.get(f"{tire}_tire_changed") is True for tire in TIRES)


def _stages(weekend: Mapping[str, Json]) -> list[int]:
    """Return the laps on which the stages end."""
    lengths = [whole(weekend.get(f"stage_{n}_laps")) or 0 for n in range(1, 5)]
    return list(accumulate(length for length in lengths if length > 0))


def _car(vehicle: Mapping[str, Json]) -> dict[str, Json]:
    known = {
        "car": text(vehicle.get("vehicle_number")),
        "driver": text(part(vehicle, "driver", "full_name")),
        "make": text(vehicle.get("vehicle_manufacturer")),
        "grid": whole(vehicle.get("starting_position")) or None,
    }
    return {k: v for k, v in known.items() if v is not None}


def _grid(vehicle: Mapping[str, Json]) -> tuple[int, str]:
    """As they started: the feed lists them as they run, and that is an outcome."""
    return whole(vehicle.get("starting_position")) or 1000, str(vehicle.get("vehicle_number"))


def _place(vehicle: Mapping[str, Json]) -> int:
    return whole(vehicle.get("running_position")) or 1000
