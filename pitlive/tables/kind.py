"""What the edge and the engine know of a table: its `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pitlive.declaration.fields import IntegerField, Refused
from pitlive.declaration.problems import Problem
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json, SetAside
from pitlive.reported import (
    ENVELOPE,
    LOG,
    LONGEST_UID,
    aside,
    is_text,
    whole,
    wrong_in_envelope,
)
from pitlive.tables import schema
from pitlive.tables import spec as declaration
from pitlive.tables.fold import CELL, FLUSH, MESSAGE, TableState
from pitlive.tables.operations import OPERATIONS, Refusal, checked
from pitlive.tables.spec import TableSpec, look

TYPES = (*OPERATIONS, CELL, MESSAGE, FLUSH)
"""Types of entries of a table."""

TEXTS = frozenset({"type", "uid", "origin", "amends", "text", "to"})
"""Fields that are texts whatever stands in them."""

LONGEST_MESSAGE = 2000
"""Characters."""

STANDS = "0 or absent: what was done stands, and is undone by doing its opposite"

WHOLE = IntegerField.model_validate({})


class Table(Kind):
    """Tables that many people change at once."""

    name = "table"
    is_awaited = True  # its entries are commands: who sends one wants to know what became of it
    pages = MappingProxyType({"/table/<source>": "table.html"})

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        return declaration.check(declared)

    def problems(self, declared: Mapping[str, Json]) -> list[Problem]:
        """Say what is wrong with a declaration, by its places."""
        return look(declared)[1]

    def summary(self, declared: Mapping[str, Json]) -> str:
        """Say in a few words what is declared."""
        return f"a table of {declared['rows']} rows and {len(declared['columns'])} columns"

    def fold(self, spec: Mapping[str, Json]) -> TableState:
        """Begin a fold of a table so declared."""
        return TableState(declaration.known(spec))

    def shown(self, entry: Entry) -> Mapping[str, Json]:
        """Return what everybody may read of an entry: not what a personal message says."""
        if entry.type == MESSAGE and "to" in entry.data:
            return {name: value for name, value in entry.data.items() if name != "text"}
        return entry.data

    def schemas(self) -> Schemas:
        """Describe declarations and operations."""
        return schema.schemas()

    def entry_schema(self, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the schema of entries of a source so declared."""
        return schema.entry_schema(spec)

    def entry(
        self, reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
    ) -> Entry | SetAside:
        """Check one reported entry.

        >>> told = TABLE.spec({"kind": "table", "rows": 3, "columns": [{"name": "n"}]})
        >>> add = {"type": "add", "uid": "a", "column": 0, "k": 1}
        >>> TABLE.entry(add, told, seen_ms=5).data
        {'column': 0, 'k': 1}
        >>> TABLE.entry(add | {"column": 1}, told, seen_ms=5).want
        'a whole number from 0 to 0'
        """
        if not isinstance(reported, dict):
            return aside({}, "entry", reported, "an object with a type")
        if text:
            reported = {k: v if k in TEXTS else _parsed(v) for k, v in reported.items() if v != ""}
        reported = whole({k: v for k, v in reported.items() if v is not None})
        type = reported.get("type")
        if not isinstance(type, str) or type not in TYPES:
            return aside(reported, "type", type, f"one of {', '.join(TYPES)}")
        given = {k: v for k, v in reported.items() if k not in ENVELOPE and k not in LOG}
        table = declaration.known(spec)
        data = _CHECKS.get(type, _operation)(type, given, table)
        if isinstance(data, Refusal):
            return aside(reported, *data)
        return _made(reported, type, data, seen_ms)


TABLE = Table()


def _operation(type: str, given: dict[str, Json], table: TableSpec) -> dict[str, Json] | Refusal:
    """Check an operation on a column."""
    takes = ("column", *OPERATIONS[type].takes)
    place = _places(given, table, "column")
    if isinstance(place, Refusal):
        return place
    kept = checked(type, given, table.columns[place["column"]])
    return _unknown(given, takes) or (kept if isinstance(kept, Refusal) else place | kept)


def _cell(_: str, given: dict[str, Json], table: TableSpec) -> dict[str, Json] | Refusal:
    """Check the new value of a cell."""
    data = _places(given, table, "column", "row")
    if isinstance(data, Refusal):
        return data
    field = table.columns[data["column"]].field
    try:
        data["value"] = field.check(given.get("value"))
    except Refused as refused:
        return Refusal("value", given.get("value"), str(refused))
    version = given.get("row_version")
    if version is not None and not _is_count(version):
        return Refusal("row_version", version, "the row's version that you know, or none")
    guard = {} if version is None else {"row_version": version}
    return _unknown(given, ("column", "row", "value", "row_version")) or data | guard


def _message(_: str, given: dict[str, Json], __: TableSpec) -> dict[str, Json] | Refusal:
    """Check a message: to one user, or an announcement to all."""
    said, to = given.get("text"), given.get("to")
    if not is_text(said, LONGEST_MESSAGE):
        return Refusal("text", None, f"a text of 1 to {LONGEST_MESSAGE} characters")
    if to is not None and not (is_text(to) and to.isprintable() and not set(to) & set("*,~")):
        return Refusal("to", to, f"a user of 1 to {LONGEST_UID} characters without * , or ~")
    return _unknown(given, ("text", "to")) or given


def _nothing(_: str, __: dict[str, Json], ___: TableSpec) -> dict[str, Json]:
    return {}


_Check = Callable[[str, dict[str, Json], TableSpec], dict[str, Json] | Refusal]
_CHECKS: Mapping[str, _Check] = {CELL: _cell, MESSAGE: _message, FLUSH: _nothing}


def _places(given: Mapping[str, Json], table: TableSpec, *names: str) -> dict[str, Json] | Refusal:
    """Return the numbers of a column, and of a row if that is asked for."""
    found: dict[str, Json] = {}
    for name in names:
        last = (len(table.columns) if name == "column" else table.rows) - 1
        try:
            found[name] = IntegerField.model_validate({"min": 0, "max": last}).check(
                given.get(name)
            )
        except Refused as refused:
            return Refusal(name, given.get(name), str(refused))
    return found


def _unknown(given: Mapping[str, Json], takes: tuple[str, ...]) -> Refusal | None:
    """A misspelt field must not pass for an absent one."""
    names = [name for name in given if name not in takes]
    if not names:
        return None
    return Refusal(names[0], given[names[0]], f"no such field; one of {', '.join(takes)}")


def _made(
    reported: dict[str, Json], type: str, data: dict[str, Json], seen_ms: int
) -> Entry | SetAside:
    """Return the entry, or what is wrong with what every entry has."""
    at_ms, revision = reported.get("at_ms", seen_ms), reported.get("revision", 0)
    uid: Any = reported.get("uid", f"{type}/{at_ms}" if type == FLUSH else None)
    amends, origin = reported.get("amends"), reported.get("origin")
    for field, got, want in wrong_in_envelope(at_ms, revision, amends, uid, origin):
        return aside(reported, field, got, want)
    for field, got in (("amends", amends), ("revision", revision)):
        if got:
            return aside(reported, field, got, STANDS)
    return Entry(uid, type, at_ms, data, origin=origin, seen_ms=seen_ms)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _parsed(value: Json) -> Json:
    """The number that a text of a CSV file stands for; else the text, which is refused."""
    return WHOLE.parse(value) if isinstance(value, str) else value
