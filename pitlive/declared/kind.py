"""What the edge and the engine know of a declared source: its `Kind`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pitlive.batch import Batch
from pitlive.declaration.fields import FieldRefused
from pitlive.declaration.problems import DeclarationProblem
from pitlive.declared import alike, cells, entry_schema, schema
from pitlive.declared import validation as declaration
from pitlive.declared.fold import FLUSH, TICK, DeclaredState
from pitlive.declared.groups import joined
from pitlive.declared.seeds import inlined
from pitlive.declared.spec import EntryType, SourceSpec
from pitlive.declared.validation import look
from pitlive.kind import Files, Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.reported import LATEST_MS, SOUND, Misreported, is_whole, present, sound
from pitlive.reported.report import RETRACT, Report


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

    def problems(self, declared: Mapping[str, Json]) -> list[DeclarationProblem]:
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

    def entry_schema(self, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the schema of entries of a source so declared."""
        return entry_schema.entry_schema(spec)

    def given(self, report: Report) -> dict[str, Json]:
        """Return the fields that a report gives; cells are read as they are declared."""
        if not report.is_text:
            return present(report.given)
        return present(_read(report.given, declaration.known(report.spec)))

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states.

        >>> score = {"fields": {"points": "integer"}}
        >>> spec = DECLARED.spec({"kind": "declared", "entries": {"score": score}})
        >>> DECLARED.entry({"uid": "a", "points": 80}, spec, seen_ms=5).data
        {'points': 80}
        >>> DECLARED.entry({"uid": "a", "points": "x"}, spec, seen_ms=5).field
        'points'
        """
        declared = declaration.known(report.spec)
        name = report.given.get("type", next(iter(declared.entries)))
        if name in (RETRACT, FLUSH, TICK):
            return _without_fields(report, str(name))
        type = declared.type_of(report.given)
        if type is None:
            raise Misreported("type", name, f"one of {', '.join(declared.entries)}")
        data = _data(report, type)
        key = joined([name, *(str(data[field]) for field in type.uid)]) if type.uid else None
        revision = data.get(type.revision, 0) if type.revision else 0
        return _in_time(report, type).entry(name, data, uid=key, revision=revision)

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


def _without_fields(report: Report, type: str) -> Entry:
    """Return what every source can be told: that a fact is none, that it ended, that it is later.

    It has a name by what it says, so that it need not be given one.
    """
    amends = report.given.get("amends")
    if type == RETRACT and amends is None:
        raise Misreported("amends", None, "the uid of the fact to take out")
    return report.entry(type, {}, uid=f"{type}/{amends if type == RETRACT else report.at_ms}")


def _in_time(report: Report, type: EntryType) -> Report:
    """Return it with its event time, if the declaration says where that stands."""
    if type.at is None or is_whole(report.given.get("at_ms"), LATEST_MS):
        return report
    value = report.given.get(type.at.field)
    at_ms = type.at.read(value)
    if at_ms is None:
        raise Misreported(type.at.field, value, type.at.want)
    return report._replace(given=report.given | {"at_ms": at_ms})


def _data(report: Report, type: EntryType) -> dict[str, Json]:
    """Return the fields as they are kept."""
    data = report.fields()
    for name, field in type.fields.items():
        value = data.get(name)
        if value is None:
            if field.required:
                raise Misreported(name, None, field.want)
            continue
        try:
            data[name] = field.check(value)
        except FieldRefused as refused:
            raise Misreported(name, value, str(refused)) from None
    for name in data.keys() - type.fields.keys():
        if not sound({name: data[name]}):
            raise Misreported(name, data[name], SOUND)
    return data
