"""A declaration of a table is read: its parts, then whether its columns can begin so."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from pitlive.declaration.problems import ABSENT, DeclarationProblem, of_model, unfit
from pitlive.declaration.read_once import read_once
from pitlive.errors import BadSpec
from pitlive.messages import Json
from pitlive.tables.operations import OPERATIONS, OperationRefused, begun, checked
from pitlive.tables.spec import Column, TableSpec


def check(declared: Mapping[str, Json]) -> dict[str, Json]:
    """Check a declaration and fill in its defaults.

    Raises:
        BadSpec: Something in it cannot be taken; every such place is named.

    >>> check({"kind": "table", "rows": 3, "columns": [{"name": "n"}]})["columns"][0]["start"]
    {'type': 'fill', 'v': 0}
    """
    return read(declared).model_dump(mode="json", exclude_none=True)


def read(declared: Mapping[str, Json]) -> TableSpec:
    """Return a declaration as values.

    Raises:
        BadSpec: Something in it cannot be taken; every such place is named.
    """
    spec, problems = look(declared)
    if spec is None:
        raise BadSpec("\n".join(map(str, problems[:100])))
    return spec


def look(declared: Json) -> tuple[TableSpec | None, list[DeclarationProblem]]:
    """Return a declaration as values, None if there are problems, and these.

    >>> [str(one) for one in look({"kind": "table", "rows": 0, "columns": [{"name": "n"}]})[1]]
    ['rows: got 0, want greater than or equal to 1']
    """
    if not isinstance(declared, Mapping):
        return None, [DeclarationProblem((), declared, "a table")]
    if problems := list(unfit(declared)):
        return None, problems
    try:
        spec = TableSpec.model_validate_json(json.dumps(declared), strict=True)
    except ValidationError as error:
        return None, list(of_model(error, (), _parts(declared)))
    found = (_beginning_problem(n, column, spec.rows) for n, column in enumerate(spec.columns))
    problems = [one for one in found if one]
    return (None if problems else spec), problems


def _beginning_problem(number: int, column: Column, rows: int) -> DeclarationProblem | None:
    """Return what is wrong with what a column begins with."""
    place = ("columns", number, "start")
    type, given = column.start.get("type", ABSENT), dict(column.start)
    if not isinstance(type, str) or type not in OPERATIONS:
        return DeclarationProblem((*place, "type"), type, f"one of {', '.join(OPERATIONS)}")
    takes = OPERATIONS[type].takes
    if unknown := given.keys() - takes.keys() - {"type"}:
        name = min(unknown)
        want = f"no such part; one of {', '.join(takes)}"
        return DeclarationProblem((*place, name), given[name], want)
    found = checked(type, given, column)
    made = found if isinstance(found, OperationRefused) else begun(column, rows)
    if isinstance(made, OperationRefused):
        return DeclarationProblem((*place, made.field), made.got, made.want)
    return None


def _parts(declared: Mapping[str, Json]) -> dict[tuple[str | int, ...], type[BaseModel]]:
    """Return which model stands where."""
    parts: dict[tuple[str | int, ...], type[BaseModel]] = {(): TableSpec}
    columns = declared.get("columns")
    listed = columns if isinstance(columns, list | tuple) else ()
    return parts | {("columns", n): Column for n, _ in enumerate(listed)}


@read_once
def known(spec: Mapping[str, Json]) -> TableSpec:
    """Return a checked declaration as values."""
    return read(spec)
