"""What may be sent to races, as JSON Schema: made from the models that check it.

Two things that no model says are added: what is reserved for decisions, and that a fact is
taken out by an entry of its own. `entry_schema` names the cars of one race.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter

from pitlive.json_schema import LOGGED, REF, Object, optional, ref, standalone
from pitlive.kind import Schemas
from pitlive.messages import Json
from pitlive.race.entries import DECISION_PREFIX, ENTRY_SCHEMA
from pitlive.race.spec import RaceSpec, numbers

_OF_DECISION: Mapping[str, Json] = {"pattern": f"^{DECISION_PREFIX}"}


def schemas() -> Schemas:
    """Describe declarations and entries."""
    spec: Object = TypeAdapter(RaceSpec).json_schema(ref_template=REF)
    declared: Object = spec.pop("$defs", {})
    entry: dict[str, Any] = deepcopy(ENTRY_SCHEMA)
    entries: Object = entry.pop("$defs")
    for one in entries.values():
        _reserve(one)
    about = "Something that happened in a race."
    entry |= {"title": "RaceEntry", "description": about}
    return Schemas(
        "RaceSpec", "RaceEntry", declared | entries | {"RaceSpec": spec, "RaceEntry": entry}
    )


def entry_schema(spec: Mapping[str, Json]) -> Object:
    """Return the schema of entries of a race so declared: about its own cars, if it names them.

    >>> race = {"kind": "race", "cars": [{"car": "24"}]}
    >>> entry_schema(race)["$defs"]["LapEntry"]["properties"]["car"]["enum"]
    ['24']
    """
    found = schemas().definitions
    cars = numbers(spec)
    if cars is not None:
        for place in found["RaceEntry"]["discriminator"]["mapping"].values():
            _name(cars, found[place.rpartition("/")[2]]["properties"])
    return standalone(ref("RaceEntry"), found)


def _name(cars: list[str], properties: Object) -> None:
    """Say which cars an entry may be about; also one that need not be about any."""
    own = properties.get("car")
    if own is not None and "anyOf" not in own:
        own["enum"] = cars
    else:
        properties["car"] = optional({"enum": cars})


def _reserve(entry: Object) -> None:
    """Say what is refused though its fields are right each by itself."""
    properties = entry["properties"]
    is_decision = properties["type"]["const"] == "pit_decision"
    for name in ("amends",) if is_decision else ("amends", "uid"):
        for text in properties[name].get("anyOf", [properties[name]]):
            if text["type"] == "string":
                text["not"] = _OF_DECISION
    properties |= LOGGED
    entry["not"] = {"required": ["retract"]}  # a fact is taken out by an entry of that type
