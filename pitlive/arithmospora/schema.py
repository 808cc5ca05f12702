"""What may be sent to sources of figures, as JSON Schema.

A reading does not say of what kind its stat is: its rows do. `entry_schema` gives the schema
of one source, where the name of the stat decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from pydantic import TypeAdapter

from pitlive.arithmospora import buckets
from pitlive.arithmospora.spec import DataKind, FiguresSpec
from pitlive.json_schema import (
    LOGGED,
    REF,
    TEXT,
    Object,
    entry,
    optional,
    ref,
    standalone,
    whole,
)
from pitlive.kind import Schemas
from pitlive.messages import Json

LARGEST = 2**53 - 1

LONGEST_PATH = 1000
"""Characters of the path of a data point, which is the key of its row."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "proportion": ("current", "total"),
    "rolling": ("current", "total", "peak"),
}
"""Kinds of stat whose rows have just these numbers."""

NUMBER = whole(-LARGEST, LARGEST)
BUCKET = f"^(?:{buckets.KEY.pattern})$"


def schemas() -> Schemas:
    """Describe declarations and readings."""
    spec: Object = TypeAdapter(FiguresSpec).json_schema(ref_template=REF)
    found: Object = {f"Figures{n}": one for n, one in spec.pop("$defs", {}).items()}
    for name in found:
        _rename(spec, name.removeprefix("Figures"), name)
    readings = {_title(kind): _reading(kind, {"type": "string"}) for kind in get_args(DataKind)}
    timed = {f"Figures{type.title()}": _timed(type) for type in ("flush", "tick")}
    union = {
        "title": "FiguresEntry",
        "description": "A reading of a stat, or how far time has come.",
        "anyOf": [ref(name) for name in (*readings, *timed)],
    }
    found |= readings | timed | {"FiguresSpec": spec, "FiguresEntry": union}
    return Schemas("FiguresSpec", "FiguresEntry", found)


def entry_schema(spec: Mapping[str, Json]) -> Object:
    """Return the schema of entries of a source so declared.

    >>> spec = {"kind": "figures", "stats": [{"name": "other:n", "kind": "single_value"}]}
    >>> entry_schema(spec)["oneOf"][0]["properties"]["stat"]["enum"]
    ['other:n']
    """
    by_kind: dict[str, list[str]] = {}
    for stat in {one["name"]: one for one in spec["stats"]}.values():
        by_kind.setdefault(stat["kind"], []).append(stat["name"])
    readings = [_reading(kind, {"enum": names}) for kind, names in by_kind.items()]
    listed: Sequence[Object] = [*readings, *map(_timed, ("flush", "tick"))]
    about = "An entry of this source."
    return standalone({"title": "Entry", "description": about, "oneOf": listed}, {})


def _reading(kind: str, stat: Object) -> Object:
    """A reading of a stat of one kind."""
    path: Object = {"type": "string", "maxLength": LONGEST_PATH}
    if kind == "timed":
        path["pattern"] = BUCKET
    rows = {"type": "object", "propertyNames": path, "additionalProperties": _row(kind)}
    about = {
        "stat": "Full name of the stat.",
        "us": "When it was read [us since 1970].",
        "rows": "Path of the data point → what was counted there.",
        "gone": "Paths of data points that are there no more.",
        "whole": "Whether data points that are not named are gone; default: they stay.",
        "part": "Which part of the reading this is, from 1 to parts; default: 1.",
        "parts": "In how many parts the reading comes; default: 1.",
    }
    fields = {
        "stat": {"type": "string", **stat},
        "us": whole(0, LARGEST),
        "rows": optional(rows),
        "gone": optional({"type": "array", "items": path}),
        "whole": optional({"type": "boolean"}),
        "part": optional(whole(1, 1000)),
        "parts": optional(whole(1, 1000)),
    }
    properties = {
        "type": optional({"const": "reading"}),
        **{name: {**field, "description": about[name]} for name, field in fields.items()},
        **_envelope(),
    }
    words = kind.replace("_", " ")
    return entry(_title(kind), f"A reading of a {words} stat.", properties, ("stat", "us"))


def _row(kind: str) -> Object:
    if kind in ("single_value", "timed"):
        return dict(NUMBER)
    if kind == "generic":
        return {"type": "object", "additionalProperties": NUMBER}
    names = KEYS[kind]
    return entry(f"{_title(kind)}Row", "What was counted.", dict.fromkeys(names, NUMBER), names)


def _envelope() -> Object:
    """What a reading has besides: a newer one replaces it, so it is never revised."""
    unread = {"description": "Not read: `us` says when it was read."}
    default = "Default: stat, us and part, joined."
    revision = {"enum": [0], "description": "None: a newer reading replaces an older one."}
    return {
        "uid": optional({**TEXT, "description": default}),
        "origin": optional({**TEXT, "description": "Who reported it."}),
        "at_ms": unread,
        "revision": optional(revision),
        "amends": {"type": "null", "description": revision["description"]},
        **LOGGED,
    }


def _timed(type: str) -> Object:
    """An entry that says only how far time has come."""
    at_ms = {**whole(0, LARGEST), "description": "Event time [ms]; default: when we heard of it."}
    descriptions = {
        "flush": "The stream has ended.",
        "tick": "Nothing has happened, and it is later.",
    }
    properties = {"type": {"const": type}, "at_ms": optional(at_ms)}
    return entry(f"Figures{type.title()}", descriptions[type], properties, ("type",), is_open=True)


def _title(kind: str) -> str:
    return f"Figures{kind.title().replace('_', '')}Reading"


def _rename(schema: Json, old: str, new: str) -> None:
    """Let references to a definition follow its name."""
    if isinstance(schema, dict):
        if schema.get("$ref") == REF.format(model=old):
            schema["$ref"] = REF.format(model=new)
        for below in schema.values():
            _rename(below, old, new)
    elif isinstance(schema, list):
        for below in schema:
            _rename(below, old, new)
