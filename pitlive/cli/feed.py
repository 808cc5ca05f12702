"""`pitlive feed`: a file of entries → a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pitlive.cli import options
from pitlive.cli.target import Target, target
from pitlive.feeds.live import names
from pitlive.messages import Json

if TYPE_CHECKING:
    from pitlive.feeds import table


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What is to be fed, and how: the options of the command."""

    file: str
    series: str | None
    poll: float
    source: str | None
    spec: Path | None
    declare: bool
    save: bool
    speed: float | None
    every: float | None
    maps: Sequence[str]
    sets: Sequence[str]
    where: Sequence[str]
    sort: bool | None

    @property
    def misuse(self) -> str:
        """What makes no sense together; empty if all does."""
        if self.declare and (self.spec or self.series):
            return "--declare: want it without --spec and --from, which say what is fed"
        if self.save and not self.declare:
            return "--save: want it with --declare"
        if not self.source and not self.declare:
            return "--source: got nothing, want the name of a source, or --declare"
        return ""

    @property
    def order(self) -> str:
        """What decides which rows are sent in which order: a part of the bookmark's name."""
        return f"{[*self.maps]} {[*self.sets]} {[*self.where]} {self.sort}"

    def reading(self) -> table.TableReading | None:
        """Return how to read columns, if anything was asked for.

        Raises:
            BadFile: It cannot be understood.
        """
        from pitlive.feeds import columns, table

        if not (self.maps or self.sets or self.where):
            return None
        return table.TableReading(
            tuple(columns.declared(one) for one in self.maps),
            tuple(table.constant(one) for one in self.sets),
            tuple(table.condition(one) for one in self.where),
        )


@click.command(short_help="Send a file of entries to a source, at any speed.")
@click.argument("file")
@click.option(
    "--from",
    "series",
    type=click.Choice(names()),
    help="FILE is a live feed: its address, or a recording (a file or a folder).",
)
@click.option(
    "--poll", type=options.Duration(), default="1s", show_default=True, help="Between two polls."
)
@click.option("--source", type=options.SourceName(), help="Source to feed, such as bristol.")
@click.option("--spec", type=click.Path(path_type=Path), help="Declaration: TOML or JSON.")
@click.option("--declare", is_flag=True, help="Propose a declaration for a table, and use it.")
@click.option("--save", is_flag=True, help="With --declare: write it beside FILE, as TOML.")
@click.option(
    "--speed",
    type=options.Speed(),
    default="max",
    show_default=True,
    help="Multiple of real time by the entries' clock, such as 1x or 20x; or max.",
)
@click.option("--every", type=options.Duration(), help="A fixed time between entries: 200ms.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN[:UNIT]", help="A column.")
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="A field of every row.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only such rows; also !=.")
@click.option("--sort/--no-sort", default=None, help="By time. Default: tables yes, lines no.")
@target
def feed(to: Target, **given: Any) -> None:
    """Send FILE to a source: JSON Lines or CSV, also gzipped; - reads standard input.

    The source is declared first, by --spec, or by the race.json or the TOML of FILE's name
    beside it, or with --declare by what FILE itself shows; then --source may be absent.
    Columns are read as the declaration of a source says, given here or known. Stopped and
    started again it goes on where it stopped. When the server is away it waits and goes on;
    nothing is lost, and nothing is counted twice.

    \b
    Examples
      pitlive feed scores.csv --declare --save
      pitlive feed events.jsonl.gz --source bristol --speed 20x
      pitlive feed events.jsonl.gz --source bristol --every 200ms
      pitlive feed indy500_2018.csv.gz --source indy
      pitlive feed laps_2018.csv.gz --source monza --where round=14 \\
          --map car=driver --map at_ms=session_time_s:s
      timing-program | pitlive feed - --source live --no-flush
      pitlive feed https://…/series_1/5651 --from nascar --source chicago
      pitlive feed recording/ --from f1 --source imola --speed 10x

    \b
    Units of --map: ms, s, min, clock (1:23.456), int, hex, text. Columns such as
    at_ms, elapsed_s, lap_ms, lap_time, pos and rank are recognised: see docs/feeds.md.
    """
    asked = FeedOptions(**given)
    if asked.misuse:
        raise click.UsageError(asked.misuse)
    if asked.series:
        _follow(asked, asked.series, to)
    else:
        _send(asked, to)


def _follow(asked: FeedOptions, series: str, to: Target) -> None:
    """Send what a live feed reports."""
    from pitlive.cli import live
    from pitlive.cli.pacing import Pacing
    from pitlive.feeds.live import format_of

    pacing = Pacing(asked.speed, asked.every)
    live.follow(format_of(series), asked.file, str(asked.source), asked.poll, pacing, to)


def _send(asked: FeedOptions, to: Target) -> None:
    """Send a file."""
    from pitlive.cli import known, proposal, recording
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.sending import send
    from pitlive.cli.terminal import lacking, terminal_of

    recording.look(asked.file)
    name = asked.source or proposal.source_name(Path(asked.file))
    given = _given(asked, name, to)
    spec = given or known.declaration(to, name)
    if why := lacking(spec or {}):
        to.say(why)
    if asked.maps and terminal_of(spec or {}).names_columns:
        raise click.UsageError(f"--map: {name} is declared, want `column` of its fields there")
    play = partial(recording.play, asked.file, asked.reading(), asked.sort, asked.order, spec)
    send(to, name, given, play, Pacing(asked.speed, asked.every), alone=asked.declare)


def _given(asked: FeedOptions, name: str, to: Target) -> dict[str, Json] | None:
    """The declaration that is given, with the file or by what it shows; None if there is none."""
    from pitlive.cli import beside, proposal
    from pitlive.kind import page_of

    if asked.declare:
        click.echo(f"page: {to.url}{page_of({'kind': proposal.proposing_kind()}, name)}")
        return proposal.made(asked.file, save=asked.save)
    return beside.read(asked.spec) if asked.spec else beside.declaration(asked.file)
