"""Entries of declared sources as JSON Schema: of any source, and of one, as it is declared.

The check itself (`kind.entry`, and `alike` for many at once) is written by hand, for speed;
`tests/web/test_openapi_kinds.py` holds it and these schemas together.
"""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.declaration.fields import (
    AnyField,
    BooleanField,
    IntegerField,
    TextField,
)
from pitlive.declared.fold import FLUSH, TICK
from pitlive.declared.spec import EntryType
from pitlive.declared.times import EventTime
from pitlive.declared.validation import known
from pitlive.json_schema import (
    LATEST_REVISION,
    TEXT,
    Object,
    entry,
    envelope,
    one_of,
    optional,
    standalone,
    whole,
)
from pitlive.messages import Json
from pitlive.reported import LATEST_MS
from pitlive.reported.report import RETRACT

OWN_TYPES = (RETRACT, FLUSH, TICK)
"""Types of entries that every declared source has."""

EXACT_DIGITS = 15
"""Of whole numbers that every reader of JSON has exactly."""

_PER_MS: Mapping[str, float] = {"ms": 1, "s": 1 / 1000, "min": 1 / 60_000}


def entries() -> dict[str, Object]:
    """Return the schemas of entries of any declared source, by their names."""
    named = {f"Declared{type.title()}": _own(type) for type in OWN_TYPES}
    about = "An entry of a declared source; its own schema is at `/api/v1/sources/{source}/schema`."
    return {
        "DeclaredFact": _fact(),
        **named,
        "DeclaredEntry": one_of("DeclaredEntry", about, ["DeclaredFact", *named]),
    }


def entry_schema(spec: Mapping[str, Json]) -> Object:
    """Return the schema of entries of a source so declared.

    >>> score = {"fields": {"points": "integer"}}
    >>> found = entry_schema({"kind": "declared", "entries": {"score": score}})
    >>> found["oneOf"][0]["required"]
    ['points', 'uid']
    """
    declared = known(spec)
    default = next(iter(declared.entries))
    of_types = [_of_type(name, type, name == default) for name, type in declared.entries.items()]
    about = "An entry of this source."
    listed = [*of_types, *map(_own, OWN_TYPES)]
    return standalone({"title": "Entry", "description": about, "oneOf": listed}, {})


def _fact() -> Object:
    """A fact of any source: which fields it has, its declaration says."""
    name = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"}
    about = "Name of a declared type; default: the first."
    type = {**optional(name | {"not": {"enum": list(OWN_TYPES)}}), "description": about}
    description = "Something that happened, with the fields that its type is declared to have."
    return entry("DeclaredFact", description, {"type": type, **envelope()}, is_open=True)


def _own(type: str) -> Object:
    said = {
        RETRACT: "Takes the fact out that `amends` names.",
        FLUSH: "The stream has ended.",
        TICK: "Nothing has happened, and it is later.",
    }
    properties = {"type": {"const": type}, **envelope()}
    if type == RETRACT:
        properties["amends"] = {**TEXT, "description": "The uid of the fact to take out."}
    required = ("type", "amends") if type == RETRACT else ("type",)
    return entry(f"Declared{type.title()}", said[type], properties, required, is_open=True)


def _of_type(name: str, type: EntryType, is_default: bool) -> Object:
    """An entry of a declared type; other fields than the declared are kept, and not used."""
    properties = {
        "type": optional({"const": name}) if is_default else {"const": name},
        **envelope(),
        **{field: _optional(one) for field, one in type.fields.items()},
    }
    required = [] if is_default else ["type"]
    required += [field for field, one in type.fields.items() if one.required]
    if not type.uid:
        properties["uid"] = {**TEXT, "description": "The producer's own name for it."}
        required.append("uid")
    if type.at:
        properties["at_ms"] = {"description": f"When it happened; or `{type.at.field}` says so."}
    found = entry(name, f"An entry of the type {name}.", properties, required, is_open=True)
    conditions = [*_when(type.at), *_revised(type)]
    return found | ({"allOf": conditions} if conditions else {})


def _when(at: EventTime | None) -> list[Object]:
    """Where an entry says when it happened: in `at_ms`, or as its declaration has it."""
    if at is None:
        return []
    if at.format or at.unit == "iso":
        time: Object = {"type": "string"}
    else:
        latest = LATEST_MS * _PER_MS[at.unit]
        time = {"type": ["number", "string"], "minimum": 0, "maximum": latest}
    time |= {"description": at.want}
    in_ms = {"required": ["at_ms"], "properties": {"at_ms": whole(0, LATEST_MS)}}
    return [{"anyOf": [in_ms, {"required": [at.field], "properties": {at.field: time}}]}]


def _revised(type: EntryType) -> list[Object]:
    """The field that stands in for the revision must be one, where it is needed."""
    if not type.revision:
        return []
    field = {"minimum": 0, "maximum": LATEST_REVISION}
    own = {"required": ["revision"], "properties": {"revision": {"type": "integer"}}}
    return [{"anyOf": [own, {"properties": {type.revision: field}}]}]


def _optional(field: AnyField) -> Object:
    found = _field(field)
    return found if field.required else optional(found)


def _field(field: AnyField) -> Object:
    """What may stand in a field, but for how many decimals a number has."""
    if isinstance(field, TextField):
        return _text(field)
    if isinstance(field, BooleanField):
        return {"type": "boolean"}
    is_whole = isinstance(field, IntegerField) and not field.rounds
    said = {} if is_whole else {"description": field.want}
    bounds = {"minimum": field.low, "maximum": field.high}
    return {"type": "integer" if is_whole else "number", **bounds, **said}


def _text(field: TextField) -> Object:
    """A text, or a whole number that stands for its digits."""
    if field.one_of:
        fit = [one for one in field.one_of if 0 < len(one) <= field.longest]
        digits = [int(one) for one in fit if _is_number(one)]
        return {"enum": [*fit, *digits]}
    number: Object = {"type": "integer"}
    if field.longest <= EXACT_DIGITS:
        number |= {"minimum": 1 - 10 ** (field.longest - 1), "maximum": 10**field.longest - 1}
    text = {"type": "string", "minLength": 1, "maxLength": field.longest}
    return {"anyOf": [text, number], "description": field.want}


def _is_number(text: str) -> bool:
    """Whether a whole number is written like this."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and str(int(text)) == text
