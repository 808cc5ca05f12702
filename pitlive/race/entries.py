"""What may be reported about a race: one model per type of entry.

The models check what enters (strictly for JSON, leniently for the text of a CSV) and are
what the OpenAPI document shows. A field's description doubles as the `want` of a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pitlive.reported import LATEST_MS

LAPS = 2000
"""Highest lap: the longest races run under 1,000, and matrices are as wide as this."""

DECISION_PREFIX = "decision/"
"""Uids that begin so are of decisions alone, so that only one can be accepted of each stop."""

CarNumber = Annotated[
    str,
    Field(
        pattern=r"^[^\s/*,:\x00-\x1f\x7f-\x9f]{1,8}$",
        description="a text of 1 to 8 characters without spaces or / * , :",
    ),
]
"""A car number is part of channel names, so the characters those use are left out."""

Uid = Annotated[
    str, Field(min_length=1, max_length=200, description="a text of 1 to 200 characters")
]
Label = Annotated[
    str, Field(min_length=1, max_length=64, description="a text of 1 to 64 characters")
]
NoteText = Annotated[
    str, Field(min_length=1, max_length=2000, description="a text of 1 to 2000 characters")
]
Lap = Annotated[int, Field(ge=1, le=LAPS, description="a whole number from 1 to 2000")]
Done = Annotated[int, Field(ge=0, le=LAPS, description="a whole number from 0 to 2000")]
Place = Annotated[int, Field(ge=1, le=1000, description="a whole number from 1 to 1000")]
Tires = Annotated[int, Field(ge=0, le=4, description="a whole number from 0 to 4")]
ReportedTires = Annotated[int, Field(ge=0, le=4, multiple_of=2, description="0, 2 or 4")]
At = Annotated[
    int, Field(ge=0, le=LATEST_MS, description="a whole number of milliseconds from 0 to 10^13")
]
LapMs = Annotated[
    int, Field(ge=1, le=10**9, description="a whole number of milliseconds from 1 to 10^9")
]
DurationMs = Annotated[
    int, Field(ge=0, le=10**9, description="a whole number of milliseconds from 0 to 10^9")
]
Revision = Annotated[int, Field(ge=0, le=10**9, description="a whole number from 0 to 10^9")]


class Common(BaseModel):
    """Fields that every entry may have. Other fields are kept, and ignored by the figures."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    uid: Uid | None = None
    revision: Revision = 0
    amends: Uid | None = None
    origin: Label | None = None


class LapEntry(Common):
    """A car completed a lap."""

    type: Literal["lap"]
    car: CarNumber
    lap: Lap
    at_ms: At
    lap_ms: LapMs | None = None
    place: Place | None = None


class PitInEntry(Common):
    """A car entered the pit lane, having completed `lap`."""

    type: Literal["pit_in"]
    car: CarNumber
    at_ms: At
    lap: Done | None = None


class PitOutEntry(Common):
    """A car left the pit lane; `lap` is that of the `pit_in` it closes."""

    type: Literal["pit_out"]
    car: CarNumber
    at_ms: At
    lap: Done | None = None
    lane_ms: DurationMs | None = None
    service_ms: DurationMs | None = None
    tires: Tires | None = None


class FlagEntry(Common):
    """A flag was shown to the whole field."""

    type: Literal["flag"]
    flag: Annotated[
        Literal["green", "yellow", "red", "white", "checkered"],
        Field(description="one of green, yellow, red, white, checkered"),
    ]
    at_ms: At
    lap: Done | None = None
    reason: NoteText | None = None
    comment: NoteText | None = None


class PitReportEntry(Common):
    """What an operator saw of a stop."""

    type: Literal["pit_report"]
    car: CarNumber
    lap: Lap
    operator: Label
    tires: ReportedTires
    service_ms: DurationMs
    at_ms: At | None = None


class PitDecisionEntry(PitReportEntry):
    """How somebody resolved what operators said differently of a stop."""

    type: Literal["pit_decision"]  # type: ignore[assignment]
    reason: NoteText


class NoteEntry(Common):
    """Something for people to read."""

    type: Literal["note"]
    uid: Uid
    text: NoteText
    car: CarNumber | None = None
    lap: Done | None = None
    at_ms: At | None = None


class RetractEntry(Common):
    """Takes the fact out that `amends` names."""

    type: Literal["retract"]
    amends: Uid
    at_ms: At | None = None


class FlushEntry(Common):
    """The stream has ended: what is open is closed."""

    type: Literal["flush"]
    at_ms: At | None = None


AnyEntry = Annotated[
    LapEntry
    | PitInEntry
    | PitOutEntry
    | FlagEntry
    | PitReportEntry
    | PitDecisionEntry
    | NoteEntry
    | RetractEntry
    | FlushEntry,
    Field(discriminator="type"),
]
"""Any entry of a race, told apart by its `type`."""


class Type(NamedTuple):
    """How one type of entry is checked and, without a uid of its own, named."""

    model: type[Common]
    check: Callable[..., Any]
    key: Callable[[Any, int], str]


def _type(model: type[Common], key: Callable[[Any, int], str]) -> Type:
    return Type(model, TypeAdapter(model).validator.validate_python, key)


TYPES: dict[str, Type] = {
    "lap": _type(LapEntry, lambda e, _: f"lap/{e.car}/{e.lap}"),
    "pit_in": _type(PitInEntry, lambda e, at: f"pit_in/{e.car}/{at}"),
    "pit_out": _type(PitOutEntry, lambda e, at: f"pit_out/{e.car}/{at}"),
    "flag": _type(FlagEntry, lambda e, at: f"flag/{e.flag}/{at}"),
    "pit_report": _type(PitReportEntry, lambda e, _: f"report/{e.operator}/{e.car}/{e.lap}"),
    "pit_decision": _type(PitDecisionEntry, lambda e, _: f"{DECISION_PREFIX}{e.car}/{e.lap}"),
    "note": _type(NoteEntry, lambda e, _: str(e.uid)),
    "retract": _type(RetractEntry, lambda e, _: f"retract/{e.amends}"),
    "flush": _type(FlushEntry, lambda _, at: f"flush/{at}"),
}
"""Every type of entry by its name, with the natural key that is its default uid."""

ENTRY_SCHEMA = TypeAdapter(AnyEntry).json_schema(ref_template="#/components/schemas/{model}")
"""JSON schema of one entry, for the OpenAPI document."""
