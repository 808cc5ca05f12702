"""Formula 1's live timing: messages of SignalR as received, its snapshot, and `.jsonStream`.

    {"H": "Streaming", "M": "feed", "A": ["TimingData", {…}, "2024-05-18T14:00:05.043Z"]}
    {"R": {"TimingData": {…}, "DriverList": {…}, …}}          what a subscription begins with
    00:04:12.337{"Lines": {"81": {"Position": "2"}}}          a line of TimingData.jsonStream

Messages are patches of a state by topic. One in forty comes with an older time than one
before it, by up to two seconds; the time of a fact is that of its message. Laps are
counted by the feed also in the pit lane; gaps are text ("1L") and are not read: PitLive
has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from pitlive.feeds.facts import NewestFacts
from pitlive.messages import Json
from pitlive.race.feeds.documents import clock_ms, fields, objects, part, text, unix_ms, whole
from pitlive.race.feeds.patches import merged, unpacked

DOCUMENTS = ()

TRACK = {"1": "green", "4": "yellow", "5": "red", "6": "yellow"}
"""Status of the track; 2 is a yellow in one sector, 7 the end of a virtual safety car."""

REASONS = {"4": "Safety car", "6": "Virtual safety car"}


class Feed:
    """The topics as they stand.

    >>> feed = Feed()
    >>> line = {"NumberOfLaps": 3, "Position": "1", "LastLapTime": {"Value": "1:17.284"}}
    >>> message = ["TimingData", {"Lines": {"10": line}}, "2024-05-18T14:02:57.426Z"]
    >>> [(e["uid"], e["lap_ms"]) for e in feed.accept("", {"M": "feed", "A": message})]
    [('lap/10/3', 77284)]
    """

    def __init__(self) -> None:
        self.facts = NewestFacts()
        self._state: dict[str, Json] = {}

    def accept(self, name: str, document: Json, /) -> Iterator[dict[str, Json]]:
        """Yield what is new; a line of a `.jsonStream` is of the topic that its file names."""
        if isinstance(document, str):
            clock, brace, rest = document.strip().lstrip("\ufeff").partition("{")
            at = clock_ms(clock)
            if at is not None:
                yield from self._patch(name, _json(brace + rest), at)
        elif isinstance(message := part(document, "A"), list) and len(message) == 3:
            at = unix_ms(message[2])
            if at is not None:
                yield from self._patch(str(message[0]), message[1], at)
        elif isinstance(topics := part(document, "R") or document, dict):
            for topic, state in topics.items():  # what was before us is state, not news
                self._lay(topic, state)

    @property
    def spec(self) -> dict[str, Json] | None:
        """What session, drivers and lap count say of the race."""
        drivers = self._state.get("DriverList")
        if not isinstance(drivers, dict):
            return None
        session = self._state.get("SessionInfo")
        grid = part(self._state, "TimingAppData", "Lines")
        cars = [_car(number, one, grid) for number, one in drivers.items() if number.isdecimal()]
        known = {
            "name": text(part(session, "Meeting", "Name")),
            "series": "Formula 1",
            "track": text(part(session, "Meeting", "Circuit", "ShortName")),
            "laps": whole(part(self._state, "LapCount", "TotalLaps")) or None,
            "cars": sorted(cars, key=lambda car: (car.get("grid", 1000), car["car"])),
        }
        return {"kind": "race", **{k: v for k, v in known.items() if v}}

    def _lay(self, topic: str, patch: Json) -> tuple[str, Json]:
        """Lay a patch over its topic; return the topic's name and the patch, unpacked."""
        if topic.endswith(".z"):
            topic, patch = topic.removesuffix(".z"), unpacked(patch)
        self._state[topic] = merged(self._state.get(topic), patch)
        return topic, patch

    def _patch(self, topic: str, patch: Json, at: int) -> Iterator[dict[str, Json]]:
        before = self._state.get(topic.removesuffix(".z"))
        topic, patch = self._lay(topic, patch)
        if topic == "TimingData":
            for car, line in fields(part(patch, "Lines")).items():
                if isinstance(line, dict):
                    yield from self._line(car, line, fields(part(before, "Lines", car)), at)
        elif topic == "TrackStatus":
            yield from self._track(text(part(patch, "Status")) or "", at)
        elif topic == "RaceControlMessages":
            yield from self._control(patch, at)

    def _line(
        self, car: str, line: Mapping[str, Json], before: Mapping[str, Json], at: int
    ) -> Iterator[dict[str, Json]]:
        """What a patch of one car says: a lap, the way into the pits, the way out."""
        now = part(self._state, "TimingData", "Lines", car)
        lap = whole(now.get("NumberOfLaps")) or 0
        lap_ms = clock_ms(part(line, "LastLapTime", "Value"))
        if lap and "NumberOfLaps" in line and lap != before.get("NumberOfLaps"):
            body = {"type": "lap", "car": car, "lap": lap, "at_ms": at, "lap_ms": lap_ms}
            place = whole(now.get("Position"))
            yield from self.facts.report(f"lap/{car}/{lap}", body | {"place": place})
        elif lap_ms and (known := self.facts.body(f"lap/{car}/{lap}")) and "lap_ms" not in known:
            yield from self.facts.report(f"lap/{car}/{lap}", {**known, "lap_ms": lap_ms})
        if line.get("InPit") is True and before.get("InPit") is not True:
            body = {"type": "pit_in", "car": car, "lap": lap, "at_ms": at}
            yield from self.facts.report(f"pit_in/{car}/{at}", body)
        if line.get("InPit") is False and before.get("InPit") is True:
            body = {"type": "pit_out", "car": car, "at_ms": at, "compound": self._compound(car)}
            yield from self.facts.report(f"pit_out/{car}/{at}", body)

    def _compound(self, car: str) -> str | None:
        stints = part(self._state, "TimingAppData", "Lines", car, "Stints")
        last = list(stints.values() if isinstance(stints, dict) else stints or [None])[-1:]
        return text(part(last[0], "Compound")) if last else None

    def _track(self, status: str, at: int) -> Iterator[dict[str, Json]]:
        flag, reason = TRACK.get(status), REASONS.get(status)
        was = self.facts.newest("flag")
        if flag and (flag, reason) != (was.get("flag"), was.get("reason")):
            body = {"type": "flag", "flag": flag, "at_ms": at, "reason": reason}
            yield from self.facts.report(f"flag/{at}", body)

    def _control(self, patch: Json, at: int) -> Iterator[dict[str, Json]]:
        """What race control says: notes, and the end of the race among them."""
        messages = part(patch, "Messages")
        for one in objects(list(messages.values()) if isinstance(messages, dict) else messages):
            if words := text(one.get("Message")):
                uid = f"control/{text(one.get('Utc')) or at}/{words}"[:200]
                note = {"type": "note", "text": words, "at_ms": at, "lap": whole(one.get("Lap"))}
                yield from self.facts.report(uid, note)
            if one.get("Flag") == "CHEQUERED":
                over = {"type": "flag", "flag": "checkered", "at_ms": at}
                yield from self.facts.report(f"flag/{at}", over)


def _car(number: str, driver: Json, grid: Json) -> dict[str, Json]:
    known = {
        "car": number,
        "driver": text(part(driver, "FullName")),
        "make": text(part(driver, "TeamName")),
        "grid": whole(part(grid, number, "GridPos")) or None,
    }
    return {k: v for k, v in known.items() if v is not None}


def _json(text: str) -> Json:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
