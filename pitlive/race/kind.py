"""What the edge and the engine know of a race: its `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from pitlive.ahead import ANY
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json, SetAside
from pitlive.race import schema
from pitlive.race import spec as declaration
from pitlive.race.entries import TYPES, Type
from pitlive.race.live import LiveRace
from pitlive.race.state import RaceState
from pitlive.reported import ENVELOPE, LOG, SOUND, aside, showable, sound, whole

DECISION = "decision/"
"""Uids that begin so are of decisions alone, so that only one can be accepted of each stop."""


class Race(Kind):
    """Races: laps, stops, flags and what is forecast of them."""

    name = "race"
    is_default = True
    ahead = ANY  # races count from their start, and are replayed from any time
    clock = ("race", "at_ms")
    pages = MappingProxyType({"/race/<source>": "race.html", "/operator/<source>": "operator.html"})

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        return declaration.check(declared)

    def fold(self, spec: Mapping[str, Json]) -> RaceState:
        """Begin a fold of a race so declared."""
        return RaceState(spec) if spec.get("forecasts") is False else LiveRace(spec)

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        return schema.schemas()

    def entry_schema(self, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the schema of entries of a source so declared."""
        return schema.entry_schema(spec)

    def entry(
        self, reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
    ) -> Entry | SetAside:
        """Check one reported entry.

        >>> RACE.entry({"type": "lap", "car": "24", "lap": 1, "at_ms": 16183}, {}, seen_ms=0).uid
        'lap/24/1'
        >>> RACE.entry({"type": "lap", "car": "24", "lap": 0, "at_ms": 16183}, {}, seen_ms=0)
        SetAside(uid='', field='lap', got=0, want='a whole number from 1 to 2000', entry='')
        """
        if not isinstance(reported, dict):
            return SetAside("", "entry", showable(reported), "an object with a type")
        if text:
            reported = {k: v for k, v in reported.items() if v is not None and v != ""}
        name = reported.get("type")
        type = TYPES.get(name) if isinstance(name, str) else None
        if type is None:
            return aside(reported, "type", name, f"one of {', '.join(TYPES)}")
        try:
            checked = type.check(whole(reported), strict=not text)
        except ValidationError as error:
            return _refusal(reported, type, error)
        return _unwelcome(reported, checked, spec) or _entry(checked, type, seen_ms)


RACE = Race()


def _entry(checked: Any, type: Type, seen_ms: int) -> Entry:
    at_ms = seen_ms if checked.at_ms is None else checked.at_ms
    data = {k: v for k, v in checked.__dict__.items() if v is not None and k not in ENVELOPE}
    if checked.__pydantic_extra__:
        data |= {k: v for k, v in checked.__pydantic_extra__.items() if k not in LOG}
    of_decision = checked.type == "pit_decision"
    return Entry(
        uid=type.key(checked, at_ms) if of_decision else checked.uid or type.key(checked, at_ms),
        type=checked.type,
        at_ms=at_ms,
        data=data,
        revision=0 if of_decision else checked.revision,  # a higher one would overrule
        amends=checked.amends,
        retract=checked.type == "retract",
        origin=checked.origin,
        seen_ms=seen_ms,
    )


def _unwelcome(
    reported: dict[str, Json], checked: Any, spec: Mapping[str, Json]
) -> SetAside | None:
    """Refuse what is well formed but has no place in this race."""
    extra = checked.__pydantic_extra__
    if extra:
        if "retract" in extra:
            want = "no such field; to take a fact out, send an entry of the type retract"
            return aside(reported, "retract", extra["retract"], want)
        if not sound(extra):
            field = next((k for k, v in extra.items() if not sound({k: v})), "entry")
            return aside(reported, field, extra.get(field), SOUND)
    if (decided := _decided(checked)) is not None:
        return aside(reported, *decided)
    cars = spec.get("cars")
    car = getattr(checked, "car", None)
    if cars is None or car is None or any(known["car"] == car for known in cars):
        return None
    return aside(reported, "car", car, f"one of the {len(cars)} cars of this race")


def _decided(checked: Any) -> tuple[str, str, str] | None:
    """A decision stands: nothing else takes its uid, and nothing amends or retracts it."""
    if checked.amends and checked.amends.startswith(DECISION):
        return "amends", checked.amends, "the uid of another fact: a decision stands"
    if checked.type != "pit_decision" and checked.uid and checked.uid.startswith(DECISION):
        return "uid", checked.uid, f"a text that does not begin with {DECISION}"
    return None


def _refusal(reported: dict[str, Json], type: Type, error: ValidationError) -> SetAside:
    """Say of the first field that cannot be taken what would do."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = first["loc"][0] if first["loc"] else ""
    if place not in type.model.model_fields:
        return aside(reported, "entry", reported, "field names that are text")
    field = type.model.model_fields[str(place)]
    return aside(reported, str(place), reported.get(place), _wanted(field))


def _wanted(field: Any) -> str:
    """The description of a field, also where it may be absent (`X | None`)."""
    if field.description:
        return str(field.description)
    inner = (m for arg in field.annotation.__args__ for m in getattr(arg, "__metadata__", ()))
    return next(str(m.description) for m in inner if getattr(m, "description", None))
