"""Whether the parts of a declaration fit together: names stand for what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from pitlive.declaration.fields import AnyField, BooleanField, IntegerField, NumberField
from pitlive.declaration.problems import DeclarationProblem, Location, shown
from pitlive.declared.expression import BadExpression, compiled
from pitlive.declared.rules import RuleSpec
from pitlive.declared.seeds import misfits
from pitlive.declared.spec import Derived
from pitlive.declared.stat import StatSpec
from pitlive.messages import Json

Columns = dict[str, dict[str, AnyField | None]]
"""Type of entry → field → what it is, None where that is wrong in itself."""

TAKEN = frozenset({"type", "uid", "at_ms", "revision", "amends", "origin", "id", "seen_ms"})
"""Fields that every entry has already."""

OWN_TYPES = frozenset({"retract", "flush", "tick"})
"""Types of entries that every source has already."""


def of_entries(entries: Json, columns: Columns) -> Iterator[DeclarationProblem]:
    """Look at the types of entries; enter the derived fields among the columns."""
    for name, fields in columns.items():
        place: Location = ("entries", name)
        if name in OWN_TYPES:
            yield DeclarationProblem(
                place, name, "another name; every source has that type already"
            )
        for field in sorted(TAKEN & set(fields)):
            want = "another name; every entry has that field already"
            yield DeclarationProblem((*place, "fields", field), field, want)
        yield from _of_columns((*place, "fields"), fields)
        yield from _of_uid(place, entries[name].get("uid"), fields)
        yield from _of_revision(place, entries[name].get("revision"), fields)
        yield from _of_derived(place, entries[name].get("derived"), fields)


def _of_uid(
    place: Location, uid: Json, fields: Mapping[str, AnyField | None]
) -> Iterator[DeclarationProblem]:
    must = [name for name, field in fields.items() if field is None or field.required]
    for n, name in enumerate(uid if isinstance(uid, list) else ()):
        if isinstance(name, str) and name not in must:
            yield DeclarationProblem((*place, "uid", n), name, f"a required field: {_listed(must)}")


def _of_columns(
    place: Location, fields: Mapping[str, AnyField | None]
) -> Iterator[DeclarationProblem]:
    seen: set[str] = set()
    for name, field in fields.items():
        if field is not None and (column := field.column or name) in seen:
            where = (*place, name, "column") if field.column else (*place, name)
            yield DeclarationProblem(
                where, column, "a column of its own; another field has that one"
            )
        seen |= {field.column or name} if field is not None else set()


def _of_revision(
    place: Location, revision: Json, fields: Mapping[str, AnyField | None]
) -> Iterator[DeclarationProblem]:
    if not isinstance(revision, str) or not revision or fields.get(revision, ...) is None:
        return
    fit = [name for name, field in fields.items() if isinstance(field, IntegerField)]
    if revision not in fit:
        want = f"a field that is an integer ({_listed(fit) or 'there is none'})"
        yield DeclarationProblem((*place, "revision"), revision, want)


def _of_derived(
    place: Location, derived: Json, fields: dict[str, AnyField | None]
) -> Iterator[DeclarationProblem]:
    for name, one in derived.items() if isinstance(derived, Mapping) else ():
        here: Location = (*place, "derived", name)
        if name in fields or name in TAKEN:
            yield DeclarationProblem(here, name, "another name; a field has that one")
        text = one.get("expression") if isinstance(one, Mapping) else None
        if isinstance(text, str):
            yield from _of_expression((*here, "expression"), text, fields, "number")
        fields.setdefault(name, Derived(expression="", decimals=0).field)


def of_stat(place: Location, stat: StatSpec, columns: Columns) -> Iterator[DeclarationProblem]:
    """Look whether what a stat names is there, and is of the type it needs."""
    if not columns:
        return
    yield from _of_type(place, "entries", stat.entries or next(iter(columns)), stat, columns)
    if stat.nested and not stat.by:
        yield DeclarationProblem((*place, "nested"), True, "fields in by that are nested, or false")
    yield from _of_seeds(place, stat, columns)
    for about in stat.others:
        (part,) = _part(stat, about)
        yield from _of_type(place, str(part), about, stat, columns)


def of_rules(
    places: Sequence[Location], stats: Sequence[StatSpec], names: Set[str]
) -> Iterator[DeclarationProblem]:
    """Look whether what a rule looks at is there, and has the figure.

    Args:
        places: Where each stat stands.
        names: What stats are called, also those that are wrong in themselves.
    """
    watched = {stat.name: stat for stat in stats}
    fit = [name for name, stat in watched.items() if stat.figures]
    for place, rule in zip(places, stats, strict=True):
        if not isinstance(rule, RuleSpec):
            continue
        if rule.stat not in fit and not (rule.stat in names and rule.stat not in watched):
            want = f"a stat with figures: {_listed(fit) or 'there is none'}"
            yield DeclarationProblem((*place, "stat"), rule.stat, want)
        elif rule.stat in fit and rule.figure not in (figures := watched[rule.stat].figures):
            yield DeclarationProblem((*place, "figure"), rule.figure, f"one of {_listed(figures)}")


def _of_seeds(place: Location, stat: StatSpec, columns: Columns) -> Iterator[DeclarationProblem]:
    """Look at numbers by row key: they are in the unit of the field they are added to."""
    for part, seeds in stat.seeds.items():
        about = columns.get(stat.entries or next(iter(columns)), {})
        field = about.get(getattr(stat, "of", ""))
        scale = field.scale if isinstance(field, NumberField) else 1
        yield from misfits((*place, part), seeds, stat.by, nested=stat.nested, scale=scale)


def _of_type(
    place: Location, part: str, about: str, stat: StatSpec, columns: Columns
) -> Iterator[DeclarationProblem]:
    if about not in columns:
        yield DeclarationProblem((*place, part), about, f"one of {_listed(columns)}")
        return
    fields = columns[about]
    for n, name in enumerate(stat.by):
        if name not in fields:
            yield DeclarationProblem((*place, "by", n), name, f"one of {_listed(fields)}")
    for name in stat.fields:
        if name not in fields:
            yield DeclarationProblem(
                (*place, *_part(stat, name)), name, f"one of {_listed(fields)}"
            )
    yield from _of_another_type(place, stat, fields, stat.numbers, NumberField, "a number")
    yield from _of_another_type(place, stat, fields, stat.booleans, BooleanField, "a boolean")
    if stat.where:
        yield from _of_expression((*place, "where"), stat.where, fields, "condition")


def _of_another_type(
    place: Location,
    stat: StatSpec,
    fields: Mapping[str, AnyField | None],
    names: Sequence[str],
    type: Any,
    want: str,
) -> Iterator[DeclarationProblem]:
    fit = [name for name, field in fields.items() if isinstance(field, type)]
    for name in names:
        field = fields.get(name)
        if field is not None and name not in fit:
            wanted = f"{want} ({_listed(fit) or 'there is none'}); it is a {field.type}"
            yield DeclarationProblem((*place, *_part(stat, name)), name, wanted)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(shown, names))


def _part(stat: StatSpec, name: str) -> Location:
    """Return the part of a stat that names a field."""
    given = {part: getattr(stat, part) for part in type(stat).model_fields}
    own = given.keys() - {"kind", "name", "title", "entries", "where"}
    for part in sorted(own, key=lambda part: (part == "by", part)):
        value = given[part]
        if isinstance(value, tuple) and name in value:
            return part, value.index(name)
        if value == name:
            return (part,)
    return ()


def _of_expression(
    place: Location, text: str, fields: Mapping[str, AnyField | None], want: str
) -> Iterator[DeclarationProblem]:
    try:
        found = compiled(text, {k: f.type if f else None for k, f in fields.items()})
    except BadExpression as bad:
        yield DeclarationProblem(place, bad.got, bad.want)
        return
    if found.type not in (want, None):
        yield DeclarationProblem(place, text, f"a {want}; it is a {found.type}")
