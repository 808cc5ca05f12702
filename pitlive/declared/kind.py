"""What the edge and the engine know of a declared source: its `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pitlive.batch import Batch
from pitlive.declaration.fields import Refused
from pitlive.declaration.problems import Problem
from pitlive.declared import alike, cells, schema
from pitlive.declared import reading as declaration
from pitlive.declared.fold import FLUSH, TICK, DeclaredState
from pitlive.declared.groups import joined
from pitlive.declared.reading import look
from pitlive.declared.seeds import inlined
from pitlive.declared.spec import EntryType, SourceSpec
from pitlive.kind import Files, Kind, Schemas
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


class DeclaredSource(Kind):
    """Sources that are declared, and need no code."""

    name = "declared"
    is_columnar = True
    has_groups = True
    marks = frozenset({"entries", "stats"})
    pages = MappingProxyType({"/source/<source>": "source.html"})

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        return declaration.check(declared)

    def problems(self, declared: Mapping[str, Json]) -> list[Problem]:
        """Say what is wrong with a declaration, by its places."""
        return look(declared)[1]

    def summary(self, declared: Mapping[str, Json]) -> str:
        """Say in a few words what is declared.

        >>> DECLARED.summary({"entries": {"score": {}}, "stats": [{"name": "n"}]})
        'entries: score; 1 stat, each a channel: n'
        """
        names = [stat["name"] for stat in declared.get("stats", [])]
        stats = f"{len(names)} {'stat' if len(names) == 1 else 'stats'}"
        channels = f", each a channel: {', '.join(names)}" if names else ""
        return f"entries: {', '.join(declared['entries'])}; {stats}{channels}"

    def file_schema(self) -> Mapping[str, Json]:
        """Return the JSON Schema of a declaration that may name files beside it."""
        return schema.schema(files=True)

    def with_files(self, declared: Mapping[str, Json], read: Callable[[str], str]) -> Files:
        """Put numbers known before any entry, which may lie beside it, into a declaration."""
        found, problems, misread = inlined(declared, read)
        return Files(found, problems, [str(one) for one in misread])

    def fold(self, spec: Mapping[str, Json]) -> DeclaredState:
        """Begin a fold of a source so declared."""
        return DeclaredState(declaration.known(spec))

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        return schema.schemas()

    def entry(
        self, reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
    ) -> Entry | SetAside:
        """Check one reported entry.

        >>> score = {"fields": {"points": "integer"}}
        >>> told = DECLARED.spec({"kind": "declared", "entries": {"score": score}})
        >>> DECLARED.entry({"uid": "a", "points": 80}, told, seen_ms=5).data
        {'points': 80}
        >>> DECLARED.entry({"uid": "a", "points": "x"}, told, seen_ms=5).field
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
        self,
        reported: Sequence[Json],
        spec: Mapping[str, Json],
        *,
        seen_ms: int,
        text: bool = False,
    ) -> Batch | None:
        """Check many reported entries at once; None: they have to be checked one by one."""
        declared = declaration.known(spec)
        if text and not all(isinstance(one, dict) for one in reported):
            return None
        if text:
            reported = [_read(one, declared) for one in reported]
        return alike.batch(reported, declared, seen_ms)


DECLARED = DeclaredSource()


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
