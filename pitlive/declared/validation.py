"""A declaration is read: its shape, then whether its parts fit together; all problems at once.

A part that is wrong in itself does not keep the others from being looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from pitlive.declaration.fields import (
    AnyField,
    BooleanField,
    IntegerField,
    NumberField,
    TextField,
)
from pitlive.declaration.problems import ABSENT, DeclarationProblem, Location, of_model, unfit
from pitlive.declaration.read_once import read_once
from pitlive.declared import fitting, page, webhooks
from pitlive.declared.fitting import Columns
from pitlive.declared.registry import STATS
from pitlive.declared.spec import MOST_STATS, Derived, EntryType, SourceSpec
from pitlive.declared.stat import StatSpec
from pitlive.declared.times import EventTime
from pitlive.errors import BadSpec
from pitlive.messages import Json

FIELDS: Mapping[str, type[BaseModel]] = {
    "text": TextField,
    "number": NumberField,
    "integer": IntegerField,
    "boolean": BooleanField,
}
"""Type of a field → its model."""

MOST_SAID = 100
"""Problems of one declaration that are told; whoever mends them learns of the others."""

_FIELD: TypeAdapter[AnyField] = TypeAdapter(AnyField)
Model = TypeVar("Model", bound=BaseModel)


def check(declared: Mapping[str, Json]) -> dict[str, Json]:
    """Check a declaration and fill in its defaults.

    Raises:
        BadSpec: Something in it cannot be taken; every such place is named.
    """
    spec = read(declared)
    return spec.model_dump(mode="json", exclude_none=True) | {
        "stats": [stat.model_dump(mode="json") for stat in spec.stats]
    }


def read(declared: Mapping[str, Json]) -> SourceSpec:
    """Return a declaration as values.

    Raises:
        BadSpec: Something in it cannot be taken; every such place is named.
    """
    spec, problems = look(declared)
    if spec is None:
        more = len(problems) - MOST_SAID
        lines = [*map(str, problems[:MOST_SAID]), *([f"and {more} more"] if more > 0 else [])]
        raise BadSpec("\n".join(lines))
    return spec


@read_once
def known(spec: Mapping[str, Json]) -> SourceSpec:
    """Return a checked declaration as values, without its page.

    What the page shows concerns nobody here, and a package whose widget it names may be gone.
    """
    return read({name: value for name, value in spec.items() if name != "page"})


def look(declared: Json) -> tuple[SourceSpec | None, list[DeclarationProblem]]:
    """Return a declaration as values, None if there are problems, and these.

    >>> [str(problem) for problem in look({"kind": "declared", "entries": {}})[1]]
    ['entries: got {}, want at least 1 item after validation, not 0']
    """
    if not isinstance(declared, Mapping):
        return None, [DeclarationProblem((), declared, "a table")]
    problems = list(unfit(declared))
    if problems:
        return None, problems
    head = {name: value for name, value in declared.items() if name != "stats"}
    spec, problems = _shape(head)
    columns = _columns(head.get("entries"))
    problems += fitting.of_entries(head.get("entries"), columns)
    stats = _stats(declared.get("stats", []), columns, problems)
    named = _by_name(declared.get("stats"), stats)
    if shown := _page(declared.get("page")):
        problems += page.fitting(shown, named)
    problems += webhooks.fitting(declared.get("webhooks"), named)
    if spec is None or problems:
        return None, problems
    return spec.model_copy(update={"stats": tuple(stats)}), []


def _shape(head: dict[str, Json]) -> tuple[SourceSpec | None, list[DeclarationProblem]]:
    """Read all but the stats."""
    try:
        return _read(SourceSpec, head), []
    except ValidationError as error:
        return None, [_untagged(problem) for problem in of_model(error, (), _parts(head))]


def _parts(head: dict[str, Json]) -> dict[Location, type[BaseModel]]:
    """Return which model stands where in what is declared."""
    parts: dict[Location, type[BaseModel]] = {(): SourceSpec}
    for name, type in _tables(head.get("entries")):
        parts["entries", name] = EntryType
        for field, _ in _tables(type.get("fields")):
            for of_type, model in FIELDS.items():
                parts["entries", name, "fields", field, of_type] = model
        parts["entries", name, "at"] = EventTime
        for derived, _ in _tables(type.get("derived")):
            parts["entries", name, "derived", derived] = Derived
    return parts | dict(page.parts(head.get("page"))) | dict(webhooks.parts(head.get("webhooks")))


def _page(declared: Json) -> page.Page | None:
    """Read what its page shows; None if that is wrong in itself, which is told of the head."""
    try:
        return _read(page.Page, declared)
    except ValidationError:
        return None


def _by_name(declared: Json, stats: list[StatSpec]) -> dict[str, StatSpec | None]:
    """Return the stats by their names, None for one that is wrong in itself."""
    tables = (one for one in (declared if isinstance(declared, list) else ()) if _is_named(one))
    return {one["name"]: None for one in tables} | {stat.name: stat for stat in stats}


def _is_named(stat: Json) -> bool:
    return isinstance(stat, Mapping) and isinstance(stat.get("name"), str)


def _untagged(problem: DeclarationProblem) -> DeclarationProblem:
    """Take the type of a field, by which pydantic told the models apart, out of a place."""
    place = problem.place
    if len(place) > 5 and place[2] == "fields" and place[4] in FIELDS:
        return problem._replace(place=(*place[:4], *place[5:]))
    return problem


def _columns(entries: Json) -> Columns:
    """Return the fields of every type; None stands for one that is wrong in itself."""
    columns: Columns = {}
    for name, type in _tables(entries):
        fields = type.get("fields")
        given = fields if isinstance(fields, Mapping) else {}
        columns[name] = {field: _field(value) for field, value in given.items()}
    return columns


def _field(declared: Json) -> AnyField | None:
    try:
        return _FIELD.validate_json(json.dumps(declared), strict=True)
    except ValidationError:
        return None


def _stats(declared: Json, columns: Columns, problems: list[DeclarationProblem]) -> list[StatSpec]:
    """Read the stats, and look whether they fit what they are about."""
    if not isinstance(declared, list) or len(declared) > MOST_STATS:
        problems.append(
            DeclarationProblem(("stats",), declared, f"a list of at most {MOST_STATS} stats")
        )
        return []
    stats, places, names = [], list[Location](), set[str]()
    for n, one in enumerate(declared):
        stat = _stat(("stats", n), one, problems)
        name = one.get("name") if isinstance(one, Mapping) else None
        if isinstance(name, str) and name in names:
            problems.append(DeclarationProblem(("stats", n, "name"), name, "a name of its own"))
        names |= {name} if isinstance(name, str) else set()
        if stat is not None:
            stats.append(stat)
            places.append(("stats", n))
            problems += fitting.of_stat(("stats", n), stat, columns)
    problems += fitting.of_rules(places, stats, names)
    return stats


def _stat(place: Location, declared: Json, problems: list[DeclarationProblem]) -> StatSpec | None:
    """Read one stat; without its wrong parts, if it makes sense without them."""
    if not isinstance(declared, Mapping):
        problems.append(DeclarationProblem(place, declared, "a table"))
        return None
    kind = declared.get("kind", ABSENT)
    if not isinstance(kind, str) or kind not in STATS:
        problems.append(DeclarationProblem((*place, "kind"), kind, f"one of {', '.join(STATS)}"))
        return None
    model = STATS[kind].Spec
    try:
        stat: StatSpec = _read(model, declared)
    except ValidationError as error:
        found = list(of_model(error, place, {(): model}))
        problems += found
        return _rest(model, declared, {problem.place[2] for problem in found if problem.place[2:]})
    return stat


def _rest(model: Any, declared: Mapping[str, Json], wrong: set[str | int]) -> StatSpec | None:
    """Read a stat without its wrong parts, if it can be told what it is about."""
    if not wrong or wrong & {"name", "kind", "entries"}:
        return None
    try:
        rest: StatSpec = _read(model, {k: v for k, v in declared.items() if k not in wrong})
    except ValidationError:
        return None
    return rest


def _read(model: type[Model], declared: Json) -> Model:
    """Read a table as JSON is read: strictly, so that "3" is not a number."""
    return model.model_validate_json(json.dumps(declared), strict=True)


def _tables(declared: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield the tables below a table."""
    for name, value in declared.items() if isinstance(declared, Mapping) else ():
        if isinstance(value, Mapping):
            yield name, value
