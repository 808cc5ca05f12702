"""What the edge and the engine know of a race: its `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from pitlive.ahead import ANY
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.race import schema
from pitlive.race import spec as declaration
from pitlive.race.entries import DECISION_PREFIX, TYPES, Type
from pitlive.race.fold import RaceState
from pitlive.race.live import LiveRace
from pitlive.reported import ENVELOPE, LOG, SOUND, Misreported, filled, sound, whole
from pitlive.reported.report import RETRACT, Report

NAMES = tuple(TYPES)


class RaceKind(Kind):
    """Races: laps, stops, flags and what is forecast of them."""

    name = "race"
    wants = "an object with a type"
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

    def given(self, report: Report) -> dict[str, Json]:
        """Return the fields as they were reported: the models know what null is."""
        return filled(report.given) if report.is_text else report.given

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states.

        >>> RACE.entry({"type": "lap", "car": "24", "lap": 1, "at_ms": 16183}, {}, seen_ms=0).uid
        'lap/24/1'
        >>> RACE.entry({"type": "lap", "car": "24", "lap": 0, "at_ms": 16183}, {}, seen_ms=0)
        Rejection(uid='', field='lap', got=0, want='a whole number from 1 to 2000', entry='')
        """
        type = TYPES[report.among(NAMES)]
        try:
            checked = type.check(whole(report.given), strict=not report.is_text)
        except ValidationError as error:
            raise _misreported(report.given, type, error) from None
        _welcome(checked, report.spec)
        return _entry(checked, type, report.seen_ms)


RACE = RaceKind()


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
        retract=checked.type == RETRACT,
        origin=checked.origin,
        seen_ms=seen_ms,
    )


def _welcome(checked: Any, spec: Mapping[str, Json]) -> None:
    """Refuse what is well formed but has no place in this race."""
    if extra := checked.__pydantic_extra__:
        _are_sound(extra)
    _leaves_decisions(checked)
    cars = spec.get("cars")
    car = getattr(checked, "car", None)
    if cars is not None and car is not None and all(known["car"] != car for known in cars):
        raise Misreported("car", car, f"one of the {len(cars)} cars of this race")


def _are_sound(extra: Mapping[str, Json]) -> None:
    """Refuse fields that we do not know and that not every reader could take."""
    if "retract" in extra:
        want = "no such field; to take a fact out, send an entry of the type retract"
        raise Misreported("retract", extra["retract"], want)
    if not sound(extra):
        field = next((k for k, v in extra.items() if not sound({k: v})), "entry")
        raise Misreported(field, extra.get(field), SOUND)


def _leaves_decisions(checked: Any) -> None:
    """A decision stands: nothing else takes its uid, and nothing amends or retracts it."""
    if checked.amends and checked.amends.startswith(DECISION_PREFIX):
        raise Misreported("amends", checked.amends, "the uid of another fact: a decision stands")
    if checked.type != "pit_decision" and checked.uid and checked.uid.startswith(DECISION_PREFIX):
        raise Misreported("uid", checked.uid, f"a text that does not begin with {DECISION_PREFIX}")


def _misreported(given: dict[str, Json], type: Type, error: ValidationError) -> Misreported:
    """Say of the first field that cannot be taken what would do."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = first["loc"][0] if first["loc"] else ""
    if place not in type.model.model_fields:
        return Misreported("entry", given, "field names that are text")
    name = str(place)
    return Misreported(name, given.get(name), _wanted(type.model.model_fields[name]))


def _wanted(field: Any) -> str:
    """The description of a field, also where it may be absent (`X | None`)."""
    if field.description:
        return str(field.description)
    inner = (m for arg in field.annotation.__args__ for m in getattr(arg, "__metadata__", ()))
    return next(str(m.description) for m in inner if getattr(m, "description", None))
