"""JSON Schema that kinds of source share: the envelope of an entry, and how parts are put.

Schemas refer to each other as they do in the OpenAPI document, by `REF`; one that is to stand
alone is made from them by `standalone`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pitlive.messages import Json
from pitlive.reported import LATEST_MS, LONGEST_UID

REF = "#/components/schemas/{model}"
"""Where a definition is found in the OpenAPI document."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

LATEST_REVISION = 10**9

Object = dict[str, Json]
"""A schema."""

TEXT: Mapping[str, Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST_UID}

LOGGED: Mapping[str, Json] = {
    "id": {"description": "Place in the log, which writes it; not read when reported."},
    "seen_ms": {"description": "When we heard, which the log writes; not read when reported."},
}
"""Fields that an entry has that was read from the log: it may be reported again as it was."""


def ref(name: str) -> Object:
    """Return a reference to a definition.

    >>> ref("RaceSpec")
    {'$ref': '#/components/schemas/RaceSpec'}
    """
    return {"$ref": REF.format(model=name)}


def whole(least: int, most: int) -> Object:
    """Return the schema of a whole number from the least to the most.

    >>> whole(0, 9)
    {'type': 'integer', 'minimum': 0, 'maximum': 9}
    """
    return {"type": "integer", "minimum": least, "maximum": most}


def optional(schema: Mapping[str, Json]) -> Object:
    """Return the schema of what may be null as well, which is the same as absent.

    >>> optional({"type": "string", "description": "Who."})
    {'anyOf': [{'type': 'string'}, {'type': 'null'}], 'description': 'Who.'}
    """
    inner = {name: value for name, value in schema.items() if name != "description"}
    outer = {name: value for name, value in schema.items() if name == "description"}
    return {"anyOf": [inner, {"type": "null"}], **outer}


def envelope(*, is_final: bool = False) -> Object:
    """Return the properties that an entry of any type has, each of them optional.

    Args:
        is_final: It states something that is neither revised nor amended later.
    """
    uid = {**TEXT, "description": "Its producer's name for it; what comes again changes nothing."}
    at_ms = {
        **whole(0, LATEST_MS),
        "description": "When it happened [ms]; default: when we heard of it.",
    }
    origin = {**TEXT, "description": "Who reported it."}
    revision = {
        **({"enum": [0]} if is_final else whole(0, LATEST_REVISION)),
        "description": "A higher one replaces the same fact; default: 0.",
    }
    amends = {"type": "null"} if is_final else optional(TEXT)
    return {
        "uid": optional(uid),
        "at_ms": optional(at_ms),
        "origin": optional(origin),
        "revision": optional(revision),
        "amends": amends | {"description": "The uid of the fact that it corrects."},
        **LOGGED,
    }


def entry(
    title: str,
    description: str,
    properties: Mapping[str, Json],
    required: Sequence[str] = (),
    *,
    is_open: bool = False,
) -> Object:
    """Return the schema of an entry of one type.

    Args:
        is_open: Fields that are not among its properties may be there, too.
    """
    return {
        "type": "object",
        "title": title,
        "description": description,
        "properties": dict(properties),
        **({"required": list(required)} if required else {}),
        **({} if is_open else {"additionalProperties": False}),
    }


def one_of(title: str, description: str, names: Sequence[str]) -> Object:
    """Return the schema of what is exactly one of some definitions."""
    return {"title": title, "description": description, "oneOf": [ref(name) for name in names]}


def of_models(
    *models: type[BaseModel], mode: Literal["validation", "serialization"] = "validation"
) -> dict[str, Json]:
    """Return the schemas of models, and of those within them, by name.

    Args:
        mode: Whether they are what is taken or what is answered.

    >>> from pydantic import create_model
    >>> ship = create_model("Ship", home=create_model("Port", number=int))
    >>> found = of_models(ship)
    >>> [*found], found["Ship"]["properties"]["home"]
    (['Port', 'Ship'], {'$ref': '#/components/schemas/Port'})
    """
    _, written = models_json_schema([(model, mode) for model in models], ref_template=REF)
    found: dict[str, Json] = written.get("$defs", {})
    return found


def dangling(schema: Json, definitions: Mapping[str, Json]) -> list[str]:
    """Return to which definitions a schema refers that are not there.

    >>> dangling([ref("A"), {"$ref": "#/$defs/B"}], {"A": {}})
    ['#/$defs/B']
    """
    return [name for name in _references(schema) if name not in definitions]


def standalone(schema: Mapping[str, Json], definitions: Mapping[str, Json]) -> Object:
    """Return a schema with all that it refers to in its own `$defs`.

    >>> standalone(ref("A"), {"A": {"type": "string"}, "B": {}})["$defs"]
    {'A': {'type': 'string'}}
    """
    reached: dict[str, Json] = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in reached:
                reached[name] = definitions[name]
                waiting.append(definitions[name])
    within = {"$schema": DIALECT, **schema, "$defs": reached}
    moved: Object = json.loads(json.dumps(within).replace(REF.format(model=""), "#/$defs/"))
    return moved


def _references(schema: Json) -> list[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(schema, Mapping):
        own = schema.get("$ref")
        mine = [own.removeprefix(REF.format(model=""))] if isinstance(own, str) else []
        return mine + [name for below in schema.values() for name in _references(below)]
    if isinstance(schema, list | tuple):
        return [name for below in schema for name in _references(below)]
    return []
