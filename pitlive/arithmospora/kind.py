"""What the edge and the engine know of a source of figures: its `Kind`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.arithmospora import buckets, schema
from pitlive.arithmospora import spec as declaration
from pitlive.arithmospora.fold import FiguresState
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.reported import ENVELOPE, LOG, LONGEST_UID, SOUND, Misreported, is_whole, sound
from pitlive.reported.report import Report

READING, FLUSH, TICK = "reading", "flush", "tick"

FIELDS = ("stat", "us", "rows", "gone", "whole", "part", "parts")

NUMBERS = "whole numbers, or objects of whole numbers, by the path of the data point"

BUCKET = "<granularity>/<bucket>"

_COUNTS = {"proportion": {"current", "total"}, "rolling": {"current", "total", "peak"}}


class ArithmosporaKind(Kind):
    """Figures that another program computes, as the Arithmospora programme does."""

    name = "figures"
    has_groups = True

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        return declaration.check(declared)

    def summary(self, declared: Mapping[str, Json]) -> str:
        """Say in a few words what is declared."""
        names = [stat["name"] for stat in declared.get("stats", [])]
        return f"figures of another program: {', '.join(names) or 'none'}"

    def fold(self, spec: Mapping[str, Json]) -> FiguresState:
        """Begin a fold of a source so declared."""
        return FiguresState(declaration.read(spec))

    def schemas(self) -> Schemas:
        """Describe declarations and readings."""
        return schema.schemas()

    def entry_schema(self, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the schema of entries of a source so declared."""
        return schema.entry_schema(spec)

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states: a reading, or what time it is.

        >>> stat = {"name": "other:n", "kind": "single_value"}
        >>> spec = FIGURES.spec({"kind": "figures", "stats": [stat]})
        >>> FIGURES.entry({"stat": "other:n", "us": 7000, "rows": {"": 5}}, spec, seen_ms=0).uid
        'other:n/7000/1'
        >>> FIGURES.entry({"stat": "other:n", "us": 7000, "rows": {"": "x"}}, spec, seen_ms=0).field
        'rows.'
        """
        given = report.given
        if not sound(given):
            raise Misreported("entry", given, SOUND)
        type = given.get("type", READING)
        if type in (FLUSH, TICK):
            return _timed(report, type)
        if type != READING:
            raise Misreported("type", type, f"{READING}, {FLUSH} or {TICK}")
        for field, got, want in _wrong(given, report.spec):
            raise Misreported(field, got, want)
        us = given["us"]
        uid = given.get("uid", f"{given['stat']}/{us}/{given.get('part', 1)}")
        data = {name: given[name] for name in FIELDS if name in given}
        seen_ms, origin = report.seen_ms, given.get("origin")
        return Entry(uid, READING, us // 1000, data, seen_ms=seen_ms, origin=origin)


FIGURES = ArithmosporaKind()


def _timed(report: Report, type: str) -> Entry:
    at_ms = report.at_ms
    if not is_whole(at_ms, schema.LARGEST):
        raise Misreported("at_ms", at_ms, "a whole number of milliseconds")
    return Entry(f"{type}/{at_ms}", type, at_ms, {}, seen_ms=report.seen_ms)


def _wrong(reported: dict[str, Json], spec: Mapping[str, Json]) -> Iterator[tuple[str, Json, str]]:
    """Yield the field, what was there and what would do, of all that is wrong."""
    kinds = {stat["name"]: stat["kind"] for stat in spec["stats"]}
    stat = reported.get("stat")
    if not isinstance(stat, str) or stat not in kinds:
        yield "stat", stat, "the full name of a declared stat, such as proportion:total"
        return
    for name in reported.keys() - {*FIELDS, *ENVELOPE, *LOG}:
        yield name, reported[name], f"one of {', '.join(FIELDS)}"
    for name, none in (("revision", 0), ("amends", None)):
        given = reported.get(name)
        if given is not None and (given != none or isinstance(given, bool)):
            yield name, given, "none: a newer reading replaces an older one"
    for name in ("uid", "origin"):
        given = reported.get(name, "-")
        if not isinstance(given, str) or not 0 < len(given) <= LONGEST_UID:
            yield name, given, f"a text of 1 to {LONGEST_UID} characters"
    yield from _wrong_parts(reported)
    yield from _wrong_rows(reported, kinds[stat])


def _wrong_parts(reported: dict[str, Json]) -> Iterator[tuple[str, Json, str]]:
    if not is_whole(reported.get("us"), schema.LARGEST):
        yield "us", reported.get("us"), "when it was read [us since 1970]"
    part, parts = reported.get("part", 1), reported.get("parts", 1)
    if not (is_whole(parts, 1000) and parts >= 1):
        yield "parts", parts, "a whole number from 1 to 1000"
    elif not (is_whole(part, parts) and part >= 1):
        yield "part", part, f"a whole number from 1 to {parts}"
    if not isinstance(reported.get("whole", False), bool):
        yield "whole", reported["whole"], "true or false"


def _wrong_rows(reported: dict[str, Json], kind: str) -> Iterator[tuple[str, Json, str]]:
    rows, gone = reported.get("rows", {}), reported.get("gone", [])
    if not isinstance(rows, dict):
        yield "rows", rows, NUMBERS
        return
    if not isinstance(gone, list) or not all(isinstance(one, str) for one in gone):
        yield "gone", gone, "a list of paths"
    yield from _wrong_paths(rows, gone, kind)
    for name, row in rows.items():
        if not _fits(row, name, kind):
            yield f"rows.{name}", row, _WANTED[kind]


def _wrong_paths(
    rows: dict[str, Json], gone: list[str], kind: str
) -> Iterator[tuple[str, Json, str]]:
    for path in (*rows, *gone):
        if len(path) > schema.LONGEST_PATH:
            yield "rows", path, f"paths of at most {schema.LONGEST_PATH} characters"
    for path in gone if kind == "timed" else ():
        if not buckets.KEY.fullmatch(path):
            yield "gone", path, BUCKET


_WANTED = {
    "proportion": "current and total, whole numbers",
    "rolling": "current, total and peak, whole numbers",
    "generic": "an object of whole numbers",
    "single_value": "a whole number",
    "timed": f"{BUCKET}: a whole number",
}


def _fits(row: Json, name: str, kind: str) -> bool:
    if kind == "single_value":
        return _is_exact(row)
    if kind == "timed":
        return buckets.KEY.fullmatch(name) is not None and _is_exact(row)
    if not isinstance(row, dict) or not all(map(_is_exact, row.values())):
        return False
    return kind == "generic" or row.keys() == _COUNTS[kind]


def _is_exact(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= schema.LARGEST
