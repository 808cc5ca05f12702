"""What races add to the command line: timing files, race documents, the board, the demo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pitlive.cli.terminal import ChannelStats, PlainReader, Reader, ReportIterator, Terminal
from pitlive.feeds import table
from pitlive.messages import Json
from pitlive.race.feeds import race_document, timing

if TYPE_CHECKING:
    from rich.console import RenderableType


class RaceReader(PlainReader):
    """Lines of a timing file; tables as everybody's."""

    def of_objects(
        self, lines: Iterable[bytes | str], reading: table.TableReading | None
    ) -> ReportIterator:
        """Read one event of a race a line."""
        return super().of_objects(lines, reading) if reading else timing.entries(lines)


class RaceTerminal(Terminal):
    """Races on the command line."""

    documents = ("{name}.race.json", "race.json")
    counted = "lap"
    watched = ("race", "standings")
    demo = ("simulate",)
    demo_title = "a simulated race"

    def reader(self, spec: Mapping[str, Json], file: str) -> Reader:  # noqa: ARG002 - of any race
        """Return what reads timing files."""
        return RaceReader()

    def declaration(self, document: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a race document says that was known before the start."""
        return race_document.spec(document)

    def draw(self, channels: ChannelStats, rows: int) -> RenderableType:
        """Return the standings."""
        from pitlive.race.edge.standings_table import board

        return board(channels, rows)

    def lines(self, states: Iterable[ChannelStats]) -> Iterator[str]:
        """Yield a line per lap of the leader, and per flag."""
        from pitlive.race.edge.standings_table import line

        last = None
        for channels in states:
            race = channels.get("race", {})
            if (now := (race.get("flag"), race.get("lap"))) != last:
                last = now
                yield line(race, channels.get("standings", {}))

    def is_over(self, channels: ChannelStats) -> bool:
        """Tell whether the race has been run to its end."""
        return channels.get("race", {}).get("status") == "finished"


TERMINAL = RaceTerminal()
