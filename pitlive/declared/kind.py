"""What the edge and the engine know of a declared source: the protocol of `pitlive.kinds`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pitlive.batch import Batch
from pitlive.declared import alike, cells
from pitlive.declared import spec as declaration
from pitlive.declared.fields import Refused
from pitlive.declared.fold import FLUSH, TICK, DeclaredState
from pitlive.declared.groups import joined
from pitlive.declared.spec import EntryType, SourceSpec
from pitlive.messages import Entry, Json, SetAside
from pitlive.reported import (
    ENVELOPE,
    LATEST_MS,
    LOG,
    SOUND,
    aside,
    is_whole,
    sound,
    whole,
    wrong_in_envelope,
)

RETRACT = "retract"

AWAITED = False
"""Its entries are facts: they are acknowledged when they are in the log."""


def spec(declared: Mapping[str, Json]) -> Mapping[str, Json]:
    """Check a declaration and fill in its defaults.

    Raises:
        BadSpec: Something in it cannot be taken.
    """
    return declaration.check(declared)


def fold(spec: Mapping[str, Json]) -> DeclaredState:
    """Begin a fold of a source so declared."""
    return DeclaredState(declaration.known(spec))


def shown(entry: Entry) -> Mapping[str, Json]:
    """Return what everybody may read of an entry: all of it."""
    return entry.data


def entry(
    reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
) -> Entry | SetAside:
    """Check one reported entry; never raises, whatever JSON comes in.

    Args:
        reported: What was reported, an object if it is right.
        spec: The declaration, as `spec()` returned it.
        seen_ms: When we heard [ms since 1970]; stands in for an absent `at_ms`.
        text: Values come as text (CSV): read numbers from it, empty cells are absent.

    >>> told = spec({"kind": "declared", "entries": {"score": {"fields": {"points": "integer"}}}})
    >>> entry({"uid": "a", "points": 80}, told, seen_ms=5).data
    {'points': 80}
    >>> entry({"uid": "a", "points": "x"}, told, seen_ms=5).field
    'points'
    """
    if not isinstance(reported, dict):
        return aside({}, "entry", reported, "an object with fields")
    declared = declaration.known(spec)
    if text:
        reported = _read(reported, declared)
    reported = whole({k: v for k, v in reported.items() if v is not None})
    name = reported.get("type", next(iter(declared.entries)))
    if name in (RETRACT, FLUSH, TICK):
        return _made(reported, str(name), {}, "", seen_ms)
    type = declared.type_of(reported)
    if type is None:
        return aside(reported, "type", name, f"one of {', '.join(declared.entries)}")
    data = _data(reported, type)
    if isinstance(data, SetAside):
        return data
    reported = _in_time(reported, type)
    if isinstance(reported, SetAside):
        return reported
    if type.revision in data:
        reported = {"revision": data[type.revision]} | reported
    key = joined([name, *(str(data[field]) for field in type.uid)]) if type.uid else ""
    return _made(reported, name, data, key, seen_ms)


def batch(
    reported: Sequence[Json], spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
) -> Batch | None:
    """Check many reported entries at once; None: they have to be checked one by one."""
    declared = declaration.known(spec)
    if text and not all(isinstance(one, dict) for one in reported):
        return None
    if text:
        reported = [_read(one, declared) for one in reported]
    return alike.batch(reported, declared, seen_ms)


def _read(row: Mapping[str, Json], declared: SourceSpec) -> dict[str, Json]:
    """Return what a row of a table reports."""
    return cells.entry({k: str(v) for k, v in row.items() if v is not None}, declared)


def _in_time(reported: dict[str, Json], type: EntryType) -> dict[str, Json] | SetAside:
    """Return it with its event time, if the declaration says where that stands."""
    if type.at is None or is_whole(reported.get("at_ms"), LATEST_MS):
        return reported
    value = reported.get(type.at.field)
    at_ms = type.at.read(value)
    if at_ms is None:
        return aside(reported, type.at.field, value, type.at.want)
    return reported | {"at_ms": at_ms}


def _data(reported: dict[str, Json], type: EntryType) -> dict[str, Json] | SetAside:
    """Return the fields as they are kept, or why one of them cannot be."""
    data = {k: v for k, v in reported.items() if k not in ENVELOPE and k not in LOG}
    for name, field in type.fields.items():
        value = data.get(name)
        if value is None:
            if field.required:
                return aside(reported, name, None, field.want)
            continue
        try:
            data[name] = field.check(value)
        except Refused as refused:
            return aside(reported, name, value, str(refused))
    for name in data.keys() - type.fields.keys():
        if not sound({name: data[name]}):
            return aside(reported, name, data[name], SOUND)
    return data


def _made(
    reported: dict[str, Json],
    type: str,
    data: dict[str, Json],
    key: str,
    seen_ms: int,
) -> Entry | SetAside:
    """Return the entry, or what is wrong with what every entry has."""
    at_ms, revision = reported.get("at_ms", seen_ms), reported.get("revision", 0)
    amends = reported.get("amends")
    default = key or (f"{type}/{amends}" if type == RETRACT else f"{type}/{at_ms}")
    uid: Any = reported.get("uid", default if key or type in (RETRACT, FLUSH, TICK) else None)
    if type == RETRACT and amends is None:
        return aside(reported, "amends", None, "the uid of the fact to take out")
    origin = reported.get("origin")
    for field, got, want in wrong_in_envelope(at_ms, revision, amends, uid, origin):
        return aside(reported, field, got, want)
    return Entry(
        uid=uid,
        type=type,
        at_ms=at_ms,
        data=data,
        revision=revision,
        amends=amends,
        retract=type == RETRACT,
        origin=origin,
        seen_ms=seen_ms,
    )
