"""All schemas of the document: those of answers, of events, and what each kind of source adds.

What a kind adds carries `x-pitlive-kind`, its name. No two bring one name for different things.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from pitlive.errors import PitLiveError
from pitlive.json_schema import REF, dangling, of_models, ref
from pitlive.kind import GROUP as KINDS
from pitlive.kind import Kind, Schemas, kinds
from pitlive.messages import Json
from pitlive.plugins import left_out
from pitlive.web import schemas
from pitlive.web.edge import GROUP as EDGES
from pitlive.web.edge import Edge

MARK = "x-pitlive-kind"
"""Says of a schema or an operation which kind of source brings it."""

OWN = "pitlive"
"""Who brings what no kind does."""

NAME = r"[A-Za-z0-9._-]+"
"""What a schema may be called, as OpenAPI has it."""

RESERVED = ("Declaration", "Entry", "EntryOrEntries")
"""Schemas that are made of those of all kinds."""


class SchemaClash(PitLiveError):
    """Two kinds of source, or one and PitLive itself, bring different schemas of one name."""


class SchemaLacking(PitLiveError):
    """Something refers to a schema that is not there."""


class Components:
    """Schemas by name, and who brought each."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self._owners = dict.fromkeys(RESERVED, OWN)

    def add(self, owner: str, found: Mapping[str, Json]) -> None:
        """Add what a kind brings; the same thing may be brought by several.

        Raises:
            SchemaClash: There is another thing of that name, or can be none.

        >>> components = Components()
        >>> components.add("race", {"Lap": {"type": "integer"}})
        >>> components.add("rally", {"Lap": {"type": "object"}})
        Traceback (most recent call last):
        pitlive.web.document.components.SchemaClash: schema Lap: got one from the kind rally, \
want another name; the kind race has that one
        """
        found = json.loads(json.dumps(found, allow_nan=False))  # what is no JSON fails here
        for name, schema in found.items():
            if not re.fullmatch(NAME, name):
                raise SchemaClash(f"schema {name}: got a name of other signs, want {NAME}")
            _absent_by_default(schema)
            other = self._owners.get(name)
            if other is not None and _unmarked(self.schemas.get(name)) != schema:
                raise SchemaClash(
                    f"schema {name}: got one from {_named(owner)}, "
                    f"want another name; {_named(other)} has that one"
                )
        for name in [name for name in found if name not in self._owners]:
            self.schemas[name] = found[name] if owner == OWN else {**found[name], MARK: owner}
            self._owners[name] = owner


def all_schemas(edges: Mapping[str, Edge]) -> dict[str, Any]:
    """Return every schema by its name; a kind whose schemas cannot be had is left out and named.

    Args:
        edges: Name of a kind → what it adds to the application.
    """
    components = Components()
    components.add(OWN, answer_schemas())
    found: dict[str, Schemas] = {}
    for name, kind in kinds().items():
        with left_out(KINDS, name, "schemas"):
            one = _whole(kind.schemas())
            components.add(name, one.definitions)
            found[name] = one
    for name, edge in edges.items():
        with left_out(EDGES, name, "schemas"):
            _add_answers(components, name, edge)
    components.schemas["Declared"]["properties"]["spec"] = ref("Declaration")
    return components.schemas | _unions(kinds(), found)


def _add_answers(components: Components, name: str, edge: Edge) -> None:
    models, there = _of_models(edge.answers), components.schemas
    own = {n: schema for n, schema in models.items() if schema != there.get(n)}
    own |= edge.definitions(there | own)
    if lacking := dangling(own, there | own):
        raise SchemaLacking(f"{lacking[0]}: got a reference to it, want a schema of that name")
    components.add(name, own)


def _whole(found: Schemas) -> Schemas:
    """Return the schemas of a kind, which refer to nothing but each other.

    Raises:
        SchemaLacking: They refer to one that is not there.
    """
    named = [ref(found.declaration), ref(found.entry)]
    if lacking := dangling([*named, found.definitions], found.definitions):
        raise SchemaLacking(f"{lacking[0]}: got a reference to it, want a definition of that name")
    return found


def answer_schemas() -> dict[str, Any]:
    """Return the schemas of what is answered and sent, whatever kinds there are."""
    return _of_models(schemas.ANSWERS)


def _of_models(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    found = of_models(*models, mode="serialization")
    for schema in found.values():
        for field in schema.get("properties", {}).values():
            _absent_or_there(field)
    return found


def _absent_or_there(field: dict[str, Any]) -> None:
    """What an answer does not say is absent: neither null nor what its model begins with."""
    if field.pop("default", ...) is None and "anyOf" in field:
        some = [one for one in field.pop("anyOf") if one != {"type": "null"}]
        field |= some[0] if len(some) == 1 else {"anyOf": some}


def _unions(all_kinds: Mapping[str, Kind], found: Mapping[str, Schemas]) -> dict[str, Any]:
    """What may be sent to a source of any kind."""
    default = ", ".join(name for name, kind in all_kinds.items() if kind.is_default)
    mapping = {name: REF.format(model=one.declaration) for name, one in found.items()}
    return {
        "Declaration": {
            "title": "Declaration",
            "description": f"How a source is declared, by its `kind`; without: {default}.",
            "oneOf": _references(found, lambda one: one.declaration),
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        },
        "Entry": {
            "title": "Entry",
            "description": "What is reported to a source, by the kind of the source: "
            + ", ".join(f"{name} ({one.entry})" for name, one in found.items())
            + ". That of one source is at `/api/v1/sources/{source}/schema`.",
            "anyOf": _references(found, lambda one: one.entry),
        },
        "EntryOrEntries": {
            "title": "EntryOrEntries",
            "description": "One entry, or several.",
            "anyOf": [ref("Entry"), {"type": "array", "items": ref("Entry")}],
        },
    }


def _references(found: Mapping[str, Schemas], name: Callable[[Schemas], str]) -> list[Json]:
    return [ref(name(one)) for one in found.values()]


def _unmarked(schema: Json) -> Json:
    return schema and {name: value for name, value in schema.items() if name != MARK}


def _named(owner: str) -> str:
    return "PitLive itself" if owner == OWN else f"the kind {owner}"


def _absent_by_default(schema: dict[str, Any]) -> None:
    """What may be absent is not null by default: it is absent."""
    for field in schema.get("properties", {}).values():
        if "default" in field and field["default"] is None:
            del field["default"]
