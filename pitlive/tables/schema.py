"""What may be sent to tables, as JSON Schema: made from the operations that the check knows.

`entry_schema` gives that of one table: each column takes numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from pitlive.declaration.fields import EXACT, MOST_UNITS, IntegerField, NumberField
from pitlive.json_schema import (
    LOGGED,
    REF,
    TEXT,
    Object,
    entry,
    envelope,
    one_of,
    optional,
    ref,
    standalone,
    whole,
)
from pitlive.kind import Schemas
from pitlive.messages import Json
from pitlive.tables.fold import CELL, FLUSH, MESSAGE
from pitlive.tables.operations import FACTORS, MOST_MODULUS, OPERATIONS, SEEDS, Operation
from pitlive.tables.spec import MOST_COLUMNS, MOST_ROWS, Column, TableSpec
from pitlive.tables.validation import known

LONGEST_MESSAGE = 2000
"""Characters."""

SAID: Mapping[str, str] = {
    "add": "Adds k to every cell.",
    "affine": "Makes every cell x (a x + b) mod m; without m, a x + b.",
    "fill": "Makes every cell v.",
    "row_index": "Makes every cell k times the number of its row.",
    "random": "Makes every cell a number from low to high, the same for the same seed.",
}
"""What each operation does."""

_VALUE: Mapping[str, Json] = {"type": "number", "minimum": -MOST_UNITS, "maximum": MOST_UNITS}
_AMOUNT: Mapping[str, Json] = {"type": "number", "minimum": -EXACT, "maximum": EXACT}
_USER: Mapping[str, Json] = {**TEXT, "pattern": r"^[^*,~\x00-\x1f\x7f-\x9f]+$"}


def schemas() -> Schemas:
    """Describe declarations and entries."""
    spec: Object = TypeAdapter(TableSpec).json_schema(ref_template=REF)
    found: Object = spec.pop("$defs", {})
    found |= _columns(found.pop("Column"))
    spec["properties"]["columns"]["items"] = ref("TableColumn")
    entries = _entries(None)
    union = _by_type("TableEntry", "Something done to a table.", entries)
    found |= entries | {"TableSpec": spec, "TableEntry": union}
    return Schemas("TableSpec", "TableEntry", found)


def entry_schema(spec: Mapping[str, Json]) -> Object:
    """Return the schema of entries of a table so declared.

    >>> spec = {"kind": "table", "rows": 3, "columns": [{"name": "n", "min": 0, "max": 9}]}
    >>> entry_schema(spec)["oneOf"][0]["properties"]["column"]
    {'enum': [0]}
    """
    table = known(spec)
    alike: dict[str, list[int]] = {}
    for number, column in enumerate(table.columns):
        alike.setdefault(column.field.model_dump_json(), []).append(number)
    listed: list[Object] = []
    for numbers in alike.values():
        listed += [*_of_columns(table.columns[numbers[0]], numbers, table.rows).values()]
    about = "Something done to this table."
    others = [_message(), _flush()]
    return standalone({"title": "Entry", "description": about, "oneOf": [*listed, *others]}, {})


def _columns(column: Object) -> dict[str, Object]:
    """A column, and the operations that it can begin with, by the names of their schemas."""
    start: Object = column["properties"]["start"]
    starts = {_title("Start", type): _start(type, one) for type, one in OPERATIONS.items()}
    union = _by_type("TableStart", start["description"], starts)
    for part in ("type", "additionalProperties"):
        start.pop(part, None)
    start |= ref("TableStart")
    return {"TableStart": union, "TableColumn": column, **starts}


def _by_type(title: str, about: str, schemas: Mapping[str, Object]) -> Object:
    """One of some schemas, by their names; which one says the type."""
    types = {one["properties"]["type"]["const"]: name for name, one in schemas.items()}
    mapping = {type: REF.format(model=name) for type, name in types.items()}
    discriminator = {"propertyName": "type", "mapping": mapping}
    return one_of(title, about, [*schemas]) | {"discriminator": discriminator}


def _entries(column: Column | None) -> dict[str, Object]:
    """The entries of any table, by the names of their schemas."""
    numbers = whole(0, MOST_COLUMNS - 1)
    return {
        **{_title("", type): _operation(type, numbers, column) for type in OPERATIONS},
        "TableCell": _cell(numbers, MOST_ROWS, column),
        "TableMessage": _message(),
        "TableFlush": _flush(),
    }


def _of_columns(column: Column, numbers: Sequence[int], rows: int) -> dict[str, Object]:
    """The entries about columns that take the same numbers."""
    which: Object = {"enum": list(numbers)}
    made = {type: _operation(type, which, column) for type in OPERATIONS}
    return made | {CELL: _cell(which, rows, column)}


def _operation(type: str, which: Object, column: Column | None) -> Object:
    takes = OPERATIONS[type].takes
    own = {name: _field(name, column, is_required) for name, is_required in takes.items()}
    required = ["type", "uid", "column", *(name for name, must in takes.items() if must)]
    properties = {"type": {"const": type}, **_envelope(), "column": which, **own}
    return entry(_title("", type), SAID.get(type, ""), properties, required)


def _start(type: str, operation: Operation) -> Object:
    """What a column can begin with: an operation on zeros."""
    takes = operation.takes
    own = {name: _field(name, None, is_required) for name, is_required in takes.items()}
    required = ["type", *(name for name, must in takes.items() if must)]
    return entry(
        _title("Start", type), SAID.get(type, ""), {"type": {"const": type}, **own}, required
    )


def _cell(which: Object, rows: int, column: Column | None) -> Object:
    version = {**whole(0, EXACT - 1), "description": "The row's version that is known."}
    properties = {
        "type": {"const": CELL},
        **_envelope(),
        "column": which,
        "row": whole(0, rows - 1),
        "value": _number(column.field) if column else dict(_VALUE),
        "row_version": optional(version),
    }
    required = ("type", "uid", "column", "row", "value")
    return entry("TableCell", "Gives one cell a new value.", properties, required)


def _message() -> Object:
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_MESSAGE}
    to = optional({**_USER, "description": "A user; absent: all."})
    properties = {"type": {"const": MESSAGE}, **_envelope(), "text": text, "to": to}
    return entry(
        "TableMessage", "Says something to a user, or to all.", properties, ("type", "uid", "text")
    )


def _flush() -> Object:
    properties = {"type": {"const": FLUSH}, **envelope(is_final=True)}
    return entry("TableFlush", "The stream has ended.", properties, ("type",), is_open=True)


def _envelope() -> Object:
    """What every entry but a flush has; its uid must be there."""
    about = "Its own name: nothing else tells a retry from the same thing meant twice."
    return envelope(is_final=True) | {"uid": {**TEXT, "description": about}} | dict(LOGGED)


def _field(name: str, column: Column | None, is_required: bool) -> Object:
    """What a field of an operation may be; of any column where none is given."""
    found = _bounded(name, column)
    return found if is_required else optional(found)


def _bounded(name: str, column: Column | None) -> Object:
    if name in ("a", "seed"):
        return _number(FACTORS if name == "a" else SEEDS)
    scale = column.field.scale if column else 1
    is_value = name in ("v", "low", "high")
    if column is None:
        found = dict(_VALUE if is_value else _AMOUNT)
    else:
        found = _number(column.field if is_value else column.amount)
    if name == "m":
        found.pop("minimum")
        found |= {"exclusiveMinimum": 0, "maximum": MOST_MODULUS / scale}
    return found


def _number(field: NumberField) -> Object:
    """What a number of a field may be, but for how many decimals it has."""
    is_whole = isinstance(field, IntegerField)
    schema: dict[str, Any] = {} if is_whole else {"description": field.want}
    type = "integer" if is_whole else "number"
    return {"type": type, "minimum": field.low, "maximum": field.high, **schema}


def _title(part: str, type: str) -> str:
    return f"Table{part}{type.title().replace('_', '')}"
