"""A kind of source: what it must bring, and which kinds are installed.

Everything else knows a source only through this: no `if race` anywhere. A kind is one
package. It registers itself under the entry point group `pitlive.kinds`; what it adds to the
web application stands under `pitlive.web` (`pitlive.web.edge`), what it adds to the command
line under `pitlive.terminal` (`pitlive.cli.terminal`) and `pitlive.commands`.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from pitlive.ahead import DEFAULT
from pitlive.batch import Batch
from pitlive.declaration.problems import DeclarationProblem
from pitlive.errors import BadSpec
from pitlive.json_schema import ref, standalone
from pitlive.messages import Entry, Fold, Json, Rejection
from pitlive.plugins import of_protocol
from pitlive.reported import Misreported, aside, filled, present
from pitlive.reported.report import Report

GROUP = "pitlive.kinds"


class Files(NamedTuple):
    """A declaration with what lies in files beside it put in, and what is wrong with those.

    Attributes:
        misread: What is wrong in a file, each as `file:line:column: place: got …, want …`.
    """

    declared: Json
    problems: Sequence[DeclarationProblem] = ()
    misread: Sequence[str] = ()


class Schemas(NamedTuple):
    """What may be sent to sources of a kind, as JSON Schema.

    References are to `#/components/schemas/<name>`.

    Attributes:
        declaration: Name of the definition of a declaration.
        entry: Name of the definition of an entry, or of an operation.
        definitions: By name.
    """

    declaration: str
    entry: str
    definitions: Mapping[str, Json]


@runtime_checkable
class Kind(Protocol):
    """What a kind of source brings. Derive from it: most has a default.

    Attributes:
        name: Its name in a declaration.
        wants: What a report must be, to begin with.
        is_default: Whether a declaration that names no kind is of this one.
        is_awaited: Whether who reports an entry wants to know what the fold makes of it.
        is_columnar: Whether `batch` checks many entries at once.
        ahead: How far ahead of our clock an entry may happen, where the declaration says nothing.
        clock: Channel and row in which its fold publishes how far event time has come.
        marks: Parts of a declaration that show what it is meant to be, if it names no kind.
        has_groups: Whether it has groups, which the server's setting `most_groups` bounds.
        pages: Address → file of the built front end, of the pages that show such a source;
            the first is where people are sent.
    """

    name: ClassVar[str]
    wants: ClassVar[str] = "an object with fields"
    is_default: ClassVar[bool] = False
    is_awaited: ClassVar[bool] = False
    is_columnar: ClassVar[bool] = False
    ahead: ClassVar[str] = DEFAULT
    clock: ClassVar[tuple[str, str] | None] = None
    marks: ClassVar[frozenset[str]] = frozenset()
    has_groups: ClassVar[bool] = False
    pages: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults.

        Raises:
            BadSpec: Something in it cannot be taken; every such place is named.
        """

    def entry(
        self, reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
    ) -> Entry | Rejection:
        """Check one reported entry; never raises, whatever JSON comes in.

        A kind says how a report is read (`given`) and what of it is right (`stated`).

        Args:
            reported: What was reported, an object if it is right.
            spec: The declaration, as `spec()` returned it.
            seen_ms: When we heard [ms since 1970]; stands in for an absent `at_ms`.
            text: Values come as text (CSV): read numbers from it, empty cells are absent.
        """
        if not isinstance(reported, dict):
            return aside({}, "entry", reported, self.wants)
        given = self.given(Report(reported, spec, seen_ms, text))
        try:
            return self.stated(Report(given, spec, seen_ms, text))
        except Misreported as wrong:
            return aside(given, wrong.field, wrong.got, wrong.want)

    def given(self, report: Report) -> dict[str, Json]:
        """Return the fields that are there, read from text if they come as text."""
        return present(filled(report.given) if report.is_text else report.given)

    @abstractmethod
    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states.

        Raises:
            Misreported: Something in it cannot be accepted.
        """

    @abstractmethod
    def fold(self, spec: Mapping[str, Json]) -> Fold:
        """Begin a fold of a source so declared."""

    @abstractmethod
    def schemas(self) -> Schemas:
        """Describe declarations and entries of all sources of this kind."""

    def entry_schema(self, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the JSON Schema of entries of one source, which stands alone.

        Args:
            spec: The declaration, as `spec()` returned it.
        """
        found = self.schemas()
        return standalone(ref(found.entry), found.definitions)

    def batch(
        self,
        reported: Sequence[Json],
        spec: Mapping[str, Json],
        *,
        seen_ms: int,
        text: bool = False,
    ) -> Batch | None:
        """Check many reported entries at once, with the arguments of `entry`.

        What comes out is what `entry` makes of each; None if one of them may be wrong. It is
        asked only if the kind `is_columnar`.
        """
        return None

    def shown(self, entry: Entry) -> Mapping[str, Json]:
        """Return what everybody may read of the data of an entry in the log."""
        return entry.data

    def logged(self, entry: Entry) -> Mapping[str, Json]:
        """Return an entry as the log is shown; what is not known is absent."""
        own = {"amends": entry.amends, "origin": entry.origin, "retract": entry.retract}
        return {
            **self.shown(entry),
            **{name: value for name, value in own.items() if value},
            "id": entry.id,
            "uid": entry.uid,
            "type": entry.type,
            "at_ms": entry.at_ms,
            "revision": entry.revision,
            "seen_ms": entry.seen_ms,
        }

    def file_schema(self) -> Mapping[str, Json] | None:
        """Return the JSON Schema of a declaration in a file, where that may say more than others.

        None: as in `schemas`. References are to `#/$defs/<name>`.
        """
        return None

    def problems(self, declared: Mapping[str, Json]) -> list[DeclarationProblem]:
        """Say what is wrong with a declaration, by its places."""
        try:
            self.spec(declared)
        except BadSpec as bad:
            return [_problem(line) for line in re.split(r"; |\n", str(bad))]
        return []

    def summary(self, declared: Mapping[str, Json]) -> str:
        """Say in a few words what a declaration that is right declares."""
        return f"a {self.name}"

    def with_files(self, declared: Mapping[str, Json], read: Callable[[str], str]) -> Files:
        """Put what lies in files beside a declaration into it.

        Args:
            read: Name of a file → its text; raises `OSError` or `ValueError`.
        """
        return Files(declared)


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind that is installed, by its name in a declaration.

    >>> {"declared", "figures", "race", "table"} <= kinds().keys()
    True
    """
    return of_protocol(GROUP, Kind).loaded


def kind_of(spec: Mapping[str, Json]) -> Kind:
    """Return the kind that a declaration names, the default one if it names none.

    Raises:
        BadSpec: There is no such kind.
    """
    name = name_of(spec)
    if not isinstance(name, str) or name not in kinds():
        raise BadSpec(f"kind: got {name!r}, want one of {', '.join(sorted(kinds()))}")
    return kinds()[name]


def name_of(spec: Mapping[str, Json]) -> Json:
    """Return the name of the kind of a declaration, None if it has none and there is no default."""
    if "kind" in spec:  # then the default one need not be there
        return spec["kind"]
    return next((one.name for one in kinds().values() if one.is_default), None)


def page_of(spec: Mapping[str, Json], source: str) -> str:
    """Return the path of the page that shows a source so declared, empty if there is none.

    >>> page_of({"kind": "declared"}, "scores"), page_of({"kind": "another"}, "scores")
    ('/source/scores', '')
    """
    try:
        pages = kind_of(spec).pages
    except BadSpec:  # of a kind that the server may have, and is not here
        return ""
    return next(iter(pages), "").replace("<source>", source)


def meant(declared: Mapping[str, Json]) -> Kind:
    """Return the kind that a declaration is meant to be of, whatever else is wrong in it.

    Raises:
        BadSpec: It names one that there is not.
    """
    if "kind" in declared:
        return kind_of(declared)
    marked = (one for one in kinds().values() if one.marks & declared.keys())
    return next(marked, None) or kind_of(declared)


def _problem(line: str) -> DeclarationProblem:
    """A problem that is told as text, `place: got …, want …`."""
    match = re.fullmatch(r"([\w.]+): got (.*?), want:? (.*)", line)
    if not match:
        return DeclarationProblem((), "something", line)
    parts = (int(part) if part.isdigit() else part for part in match[1].split("."))
    return DeclarationProblem(tuple(parts), _Quoted(match[2]), match[3])


class _Quoted(str):
    """A value that is shown already."""

    def __repr__(self) -> str:
        return str(self)
