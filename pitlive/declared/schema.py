"""The JSON Schema of a declaration, for editors and other programs; made from the models."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from pitlive import json_schema
from pitlive.declared.entry_schema import entries
from pitlive.declared.registry import STATS
from pitlive.declared.seeds import PARTS, SeedFile
from pitlive.declared.spec import MOST_STATS, SourceSpec
from pitlive.declared.stat_schema import definition, definitions
from pitlive.kind import Schemas
from pitlive.messages import Json

REF = "#/$defs/{model}"


def schema(ref: str = REF, *, files: bool = False) -> dict[str, Json]:
    """Return the schema; every kind of stat is among its definitions, as `<Kind>Stat`.

    Args:
        ref: Where a definition is found, with `{model}` for its name.
        files: Opening numbers may be in a file, as in what `pitlive declare` reads.

    >>> schema()["properties"]["kind"]["const"]
    'declared'
    """
    whole: dict[str, Json] = TypeAdapter(SourceSpec).json_schema(ref_template=ref)
    found: dict[str, Json] = whole.setdefault("$defs", {})
    for kind, module in STATS.items():
        found |= definitions(kind, module.Spec, ref)
    mapping = {kind: ref.format(model=definition(kind)) for kind in STATS}
    whole["properties"]["stats"]["maxItems"] = MOST_STATS
    whole["properties"]["stats"]["items"] = {
        "oneOf": [{"$ref": where} for where in mapping.values()],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    for field in ("TextField", "NumberField", "IntegerField", "BooleanField"):
        found[field]["required"] = ["type"]  # its model has a default, its declaration has none
        found[field]["properties"]["type"]["description"] = "What kind of field it is."
    _close(whole)
    _allow_short(whole)
    if files:
        found["SeedFile"] = TypeAdapter(SeedFile).json_schema()
        for kind in STATS:
            properties = found[definition(kind)]["properties"]
            for part in PARTS & properties.keys():
                file, inline = {"$ref": ref.format(model="SeedFile")}, properties[part]
                about = inline.get("description", "")
                properties[part] = {"anyOf": [file, inline], "description": about}
    return whole


def schemas() -> Schemas:
    """Describe declarations and entries."""
    spec = schema(json_schema.REF)
    found: dict[str, Json] = spec.pop("$defs")
    return Schemas("SourceSpec", "DeclaredEntry", found | entries() | {"SourceSpec": spec})


def _close(schema: Json) -> None:
    """What may be called anything by some pattern may be called nothing else."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for below in schema.values():
            _close(below)
    elif isinstance(schema, list):
        for below in schema:
            _close(below)


def _allow_short(whole: dict[str, Any]) -> None:
    """A field may be declared by the name of its type alone."""
    fields = whole["$defs"]["EntryType"]["properties"]["fields"]
    for values in _schemas(fields):
        long = values.copy()
        values.clear()
        types = ["text", "number", "integer", "boolean"]
        values |= {"anyOf": [{"enum": types}, long]}


def _schemas(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the schema of a field stands: below the pattern of its name."""
    return [*fields.get("patternProperties", {}).values()] or [fields["additionalProperties"]]
