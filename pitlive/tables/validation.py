"""A declaration of a table is read: its parts, then whether its columns can begin so."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from pitlive.declaration.problems import DeclarationProblem, of_model, unfit
from pitlive.errors import BadSpec
from pitlive.messages import Json
from pitlive.tables.operations import beginning_problem
from pitlive.tables.spec import Column, TableSpec

MOST_KNOWN = 1000
"""Declarations whose values are kept; every entry of a table needs them."""

_KNOWN: dict[int, tuple[Mapping[str, Json], TableSpec]] = {}


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
    found = (beginning_problem(n, column, spec) for n, column in enumerate(spec.columns))
    problems = [one for one in found if one]
    return (None if problems else spec), problems


def _parts(declared: Mapping[str, Json]) -> dict[tuple[str | int, ...], type[BaseModel]]:
    """Return which model stands where."""
    parts: dict[tuple[str | int, ...], type[BaseModel]] = {(): TableSpec}
    columns = declared.get("columns")
    listed = columns if isinstance(columns, list | tuple) else ()
    return parts | {("columns", n): Column for n, _ in enumerate(listed)}


def known(spec: Mapping[str, Json]) -> TableSpec:
    """Return a checked declaration as values; the same object is read once."""
    found = _KNOWN.get(id(spec))
    if found is None or found[0] is not spec:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        found = _KNOWN[id(spec)] = spec, read(spec)
    return found[1]
