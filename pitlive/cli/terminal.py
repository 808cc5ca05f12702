"""What a kind of source adds to the command line, beside commands of its own.

A kind registers it under the entry point group `pitlive.terminal`, by its own name. It is
loaded whenever a file is fed or a source is watched: import what is large within the methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

from pitlive.feeds import table
from pitlive.feeds.lines import LineRefused, Reported, objects
from pitlive.kind import GROUP as KINDS
from pitlive.kind import Kind, name_of
from pitlive.messages import Json
from pitlive.plugins import of_protocol

if TYPE_CHECKING:
    from rich.console import RenderableType

GROUP = "pitlive.terminal"

ChannelStats = Mapping[str, Mapping[str, Json]]
"""What a reader has of a source: channel → row → value."""

ReportIterator = Iterator[Reported | LineRefused]


class ProposedDeclaration(NamedTuple):
    """A declaration for a table, and a line for everything that was decided."""

    declared: dict[str, Json]
    why: Sequence[str]


class Reader(Protocol):
    """How the rows of one file become entries.

    Attributes:
        key: What of it decides which entries come out: a part of the bookmark's name.
    """

    key: str

    def of_objects(
        self, lines: Iterable[bytes | str], reading: table.TableReading | None
    ) -> ReportIterator:
        """Read one JSON object a line.

        Args:
            reading: What was asked for of its columns.
        """
        ...

    def of_table(self, lines: Iterable[str], reading: table.TableReading | None) -> ReportIterator:
        """Read a CSV table with a header.

        Raises:
            BadFile: The header cannot be used. A bad row is a `LineRefused` instead.
        """
        ...


class PlainReader:
    """Objects as they are, and columns as they are recognised (docs/feeds.md).

    >>> [row.entry for row in PlainReader().of_objects(['{"uid": "a", "n": 1}'], None)]
    [{'uid': 'a', 'n': 1}]
    """

    key = ""

    def of_objects(
        self, lines: Iterable[bytes | str], reading: table.TableReading | None
    ) -> ReportIterator:
        """Read one JSON object a line."""
        return table.flat_objects(lines, reading) if reading else objects(lines)

    def of_table(self, lines: Iterable[str], reading: table.TableReading | None) -> ReportIterator:
        """Read a CSV table with a header."""
        return table.rows(lines, reading)


@runtime_checkable
class Terminal(Protocol):
    """What a kind adds. Derive from it: every part has a default, which adds nothing.

    Attributes:
        names_columns: Whether a declaration says which columns its files have, so that nobody
            else may.
        documents: Files beside a fed one that may declare it, with `{name}` for that one's name.
        counted: Field of an entry that counts how far the source has come; shown while sending.
        watched: Channels that `draw` and `lines` need; none: it draws nothing.
        demo: The command that feeds a source with made-up data, as `pitlive up` does where
            nothing is asked for: words after `pitlive`; `--source`, `--seed`, `--speed` and
            `--url` are added. None: there is none.
        demo_title: How a person would call what it feeds.
        proposes: Whether it proposes declarations for tables.
    """

    names_columns: ClassVar[bool] = False
    documents: ClassVar[Sequence[str]] = ()
    counted: ClassVar[str] = ""
    watched: ClassVar[Sequence[str]] = ()
    demo: ClassVar[Sequence[str]] = ()
    demo_title: ClassVar[str] = ""
    proposes: ClassVar[bool] = False

    def reader(self, spec: Mapping[str, Json], file: str) -> Reader:
        """Return what reads a file for a source so declared.

        Args:
            spec: The declaration, as it was given or as the server has it.
            file: What the file is called.

        Raises:
            BadSpec: The declaration cannot be taken.
        """
        return PlainReader()

    def declaration(self, document: Mapping[str, Json]) -> dict[str, Json] | None:
        """Return what a document beside a fed file declares; None: it is the declaration itself.

        Raises:
            BadFile: It is nothing of the kind.
        """
        return None

    def propose(
        self, name: str, header: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> ProposedDeclaration:
        """Propose a declaration for a table of that name; asked only if it `proposes`."""
        return ProposedDeclaration({}, ())

    def draw(self, channels: ChannelStats, rows: int) -> RenderableType:
        """Return what `pitlive watch` draws, with so many rows at most."""
        return ""

    def lines(self, states: Iterable[ChannelStats]) -> Iterator[str]:
        """Yield what it prints where there is no terminal, of states as they follow each other."""
        return iter(())

    def is_over(self, channels: ChannelStats) -> bool:
        """Tell by the channels watched whether the demo has come to its end."""
        return False


class Plain(Terminal):
    """What a kind has that adds nothing."""


def terminals() -> Mapping[str, Terminal]:
    """Return what every kind that is installed adds, by the kind's name."""
    return of_protocol(GROUP, Terminal).loaded


def lacking(spec: Mapping[str, Json]) -> str:
    """Say what is not here of the kind of a declaration, and why; empty if nothing is."""
    failed = {**of_protocol(GROUP, Terminal).failed, **of_protocol(KINDS, Kind).failed}
    name = name_of(spec)
    return "; ".join(
        f"kind {one}: cannot be loaded ({why})"
        for one, why in failed.items()
        if one == name or name is None
    )


def terminal_of(spec: Mapping[str, Json]) -> Terminal:
    """Return what the kind of a declaration adds; of a kind that is not here, nothing.

    >>> terminal_of({"kind": "another"}).watched
    ()
    """
    name = name_of(spec)
    return terminals().get(name, Plain()) if isinstance(name, str) else Plain()
