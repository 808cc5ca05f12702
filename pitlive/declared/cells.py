"""A row of a table → an entry: every cell is read as the declaration says."""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.declared.spec import EntryType, SourceSpec
from pitlive.messages import Json
from pitlive.reported import ENVELOPE

WHOLE = ("at_ms", "revision")
"""Numbers that every entry may have."""


def entry(cells: Mapping[str, str], spec: SourceSpec) -> dict[str, Json]:
    """Return what a row reports; a cell that does not fit stays a text, and is refused as such.

    >>> from pitlive.declared.validation import read
    >>> told = {"kind": "declared", "entries": {"order": {"fields": {"n": "integer"}}}}
    >>> told["entries"]["order"]["at"] = {"field": "when", "unit": "s"}
    >>> entry({"n": " 3", "when": "7.5", "note": ""}, read(told))
    {'n': 3, 'when': '7.5', 'at_ms': 7500}
    """
    texts = {name: text for name, cell in cells.items() if (text := cell.strip())}
    type = _type(texts, spec)
    columns = {field.column or name: name for name, field in type.fields.items()} if type else {}
    read: dict[str, Json] = {}
    for column, text in texts.items():
        if type and column in columns:
            read[columns[column]] = type.fields[columns[column]].parse(text)
        elif _says_when(type, column) and column in ENVELOPE:
            continue  # else the time would also be its type, its name or its revision
        elif column not in columns.values():  # whose cell stands in a column of another name
            read[column] = int(text) if column in WHOLE and text.isdecimal() else text
    return _in_time(read, texts, type) if type else read


def _type(texts: Mapping[str, str], spec: SourceSpec) -> EntryType | None:
    """The type of the entry; a column `type` that is something else of the first one is not it."""
    first = next(iter(spec.entries.values()))
    is_field = any(field.column == "type" for field in first.fields.values())
    return first if is_field or _says_when(first, "type") else spec.type_of(texts)


def _says_when(type: EntryType | None, column: str) -> bool:
    return type is not None and type.at is not None and type.at.field == column


def _in_time(entry: dict[str, Json], texts: Mapping[str, str], type: EntryType) -> dict[str, Json]:
    """Add the event time; a text that is none is left for whoever refuses the entry."""
    if type.at is None or type.at.field not in texts:
        return entry
    at_ms = type.at.read(texts[type.at.field])
    return entry | ({type.at.field: texts[type.at.field]} if at_ms is None else {"at_ms": at_ms})
