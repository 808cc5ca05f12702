"""What the edge and the engine know of a table: its `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pitlive.declaration.fields import EXACT, AnyField, FieldRefused, IntegerField
from pitlive.declaration.problems import DeclarationProblem
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.reported import LONGEST_UID, Misreported, filled, is_text, is_whole, present
from pitlive.reported.report import Report
from pitlive.tables import schema
from pitlive.tables import validation as declaration
from pitlive.tables.fold import CELL, FLUSH, MESSAGE, TableState
from pitlive.tables.operations import OPERATIONS, OperationRefused, checked
from pitlive.tables.spec import TableSpec
from pitlive.tables.validation import look

TYPES = (*OPERATIONS, CELL, MESSAGE, FLUSH)
"""Types of entries of a table."""

TEXTS = frozenset({"type", "uid", "origin", "amends", "text", "to"})
"""Fields that are texts whatever stands in them."""

STANDS = "0 or absent: what was done stands, and is undone by doing its opposite"

WHOLE = IntegerField.model_validate({})


class TableKind(Kind):
    """Tables that many people change at once."""

    name = "table"
    wants = "an object with a type"
    is_awaited = True  # its entries are commands: who sends one wants to know what became of it
    pages = MappingProxyType({"/table/<source>": "table.html"})

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        return declaration.check(declared)

    def problems(self, declared: Mapping[str, Json]) -> list[DeclarationProblem]:
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

    def given(self, report: Report) -> dict[str, Json]:
        """Return the fields that are there; of a row, numbers are read from all but texts."""
        if not report.is_text:
            return present(report.given)
        cells = filled(report.given).items()
        return present({k: v if k in TEXTS else _parsed(v) for k, v in cells})

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states.

        >>> spec = TABLE.spec({"kind": "table", "rows": 3, "columns": [{"name": "n"}]})
        >>> add = {"type": "add", "uid": "a", "column": 0, "k": 1}
        >>> TABLE.entry(add, spec, seen_ms=5).data
        {'column': 0, 'k': 1}
        >>> TABLE.entry(add | {"column": 1}, spec, seen_ms=5).want
        'a whole number from 0 to 0'
        """
        type = report.among(TYPES)
        check = _CHECKS.get(type, _operation)
        data = check(type, report.fields(), declaration.known(report.spec))
        made = report.entry(type, data, uid=f"{type}/{report.at_ms}" if type == FLUSH else None)
        for field, got in (("amends", made.amends), ("revision", made.revision)):
            if got:
                raise Misreported(field, got, STANDS)
        return made


TABLE = TableKind()


def _operation(type: str, given: dict[str, Json], table: TableSpec) -> dict[str, Json]:
    """Check an operation on a column."""
    place = _places(given, table, "column")
    _only(given, ("column", *OPERATIONS[type].takes))
    kept = checked(type, given, table.columns[place["column"]])
    if isinstance(kept, OperationRefused):
        raise Misreported(*kept)
    return place | kept


def _cell(_: str, given: dict[str, Json], table: TableSpec) -> dict[str, Json]:
    """Check the new value of a cell."""
    data = _places(given, table, "column", "row")
    data["value"] = _fitting(table.columns[data["column"]].field, given, "value")
    version = given.get("row_version")
    if version is not None and not is_whole(version, EXACT - 1):
        raise Misreported("row_version", version, "the row's version that you know, or none")
    _only(given, ("column", "row", "value", "row_version"))
    return data if version is None else data | {"row_version": version}


def _message(_: str, given: dict[str, Json], __: TableSpec) -> dict[str, Json]:
    """Check a message: to one user, or an announcement to all."""
    text, to = given.get("text"), given.get("to")
    if not is_text(text, schema.LONGEST_MESSAGE):
        raise Misreported("text", None, f"a text of 1 to {schema.LONGEST_MESSAGE} characters")
    if to is not None and not (is_text(to) and to.isprintable() and not set(to) & set("*,~")):
        raise Misreported("to", to, f"a user of 1 to {LONGEST_UID} characters without * , or ~")
    _only(given, ("text", "to"))
    return given


def _nothing(_: str, __: dict[str, Json], ___: TableSpec) -> dict[str, Json]:
    return {}


_Check = Callable[[str, dict[str, Json], TableSpec], dict[str, Json]]
_CHECKS: Mapping[str, _Check] = {CELL: _cell, MESSAGE: _message, FLUSH: _nothing}


def _places(given: Mapping[str, Json], table: TableSpec, *names: str) -> dict[str, Json]:
    """Return the numbers of a column, and of a row if that is asked for."""
    sizes = {"column": len(table.columns), "row": table.rows}
    fields = {
        name: IntegerField.model_validate({"min": 0, "max": sizes[name] - 1}) for name in names
    }
    return {name: _fitting(field, given, name) for name, field in fields.items()}


def _fitting(field: AnyField, given: Mapping[str, Json], name: str) -> Json:
    """Return the value of a field as it is kept."""
    try:
        return field.check(given.get(name))
    except FieldRefused as refused:
        raise Misreported(name, given.get(name), str(refused)) from None


def _only(given: Mapping[str, Json], takes: tuple[str, ...]) -> None:
    """A misspelt field must not pass for an absent one."""
    for name in given:
        if name not in takes:
            raise Misreported(name, given[name], f"no such field; one of {', '.join(takes)}")


def _parsed(value: Json) -> Json:
    """The number that a text of a CSV file stands for; else the text, which is refused."""
    return WHOLE.parse(value) if isinstance(value, str) else value
