"""`pitlive feed`: a file of entries → a source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import Target, target
from pitlive.messages import Json

if TYPE_CHECKING:
    from pitlive.declared.spec import SourceSpec
    from pitlive.feeds import table


@click.command()
@click.argument("file")
@click.option(
    "--from",
    "series",
    type=click.Choice(["nascar", "indycar", "indycar-records", "f1", "openf1"]),
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
    help="Multiple of real time by the race clock, such as 1x or 20x; or max.",
)
@click.option("--every", type=options.Duration(), help="A fixed time between entries: 200ms.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN[:UNIT]", help="A column.")
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="A field of every row.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only such rows; also !=.")
@click.option("--sort/--no-sort", default=None, help="By time. Default: tables yes, lines no.")
@target
def feed(
    file: str,
    series: str | None,
    poll: float,
    source: str | None,
    spec: Path | None,
    declare: bool,
    save: bool,
    speed: float | None,
    every: float | None,
    maps: Sequence[str],
    sets: Sequence[str],
    where: Sequence[str],
    sort: bool | None,
    to: Target,
) -> None:
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
    from pitlive.cli import recording
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.target import asked, run
    from pitlive.declared.edge import proposal
    from pitlive.race.edge import live

    if wrong := _misused(source, spec, series, declare=declare, save=save):
        raise click.UsageError(wrong)
    name = source or proposal.source_name(Path(file))
    if series:
        live.follow(series, file, name, poll, Pacing(speed, every), to)
        return
    recording.look(file)
    if declare:
        click.echo(f"page: {to.url}/source/{name}")
        given: dict[str, Json] | None = proposal.made(file, save=save)
    else:
        given = recording.spec(spec) if spec else recording.beside(file)
    read_as = _read_as(given or asked(to, name))
    if read_as and maps:
        raise click.UsageError(f"--map: {name} is declared, want `column` of its fields there")
    order = f"{[*maps]} {[*sets]} {[*where]} {sort} {read_as or ''}"
    play = partial(recording.play, file, _reading(maps, sets, where), sort, order, read_as)
    run(to, name, given, play, Pacing(speed, every), alone=declare)


def _misused(
    source: str | None, spec: Path | None, series: str | None, *, declare: bool, save: bool
) -> str:
    """What makes no sense together."""
    if declare and (spec or series):
        return "--declare: want it without --spec and --from, which say what is fed"
    if save and not declare:
        return "--save: want it with --declare"
    if not source and not declare:
        return "--source: got nothing, want the name of a source, or --declare"
    return ""


def _read_as(declared: dict[str, Json] | None) -> SourceSpec | None:
    """What says which columns there are, if the declaration does."""
    from pitlive.declared.reading import read

    return read(declared) if declared and declared.get("kind") == "declared" else None


def _reading(
    maps: Sequence[str], sets: Sequence[str], where: Sequence[str]
) -> table.Reading | None:
    """How to read columns, if anything was said about them."""
    from pitlive.feeds import columns, table

    if not (maps or sets or where):
        return None
    return table.Reading(
        tuple(columns.declared(one) for one in maps),
        tuple(table.constant(one) for one in sets),
        tuple(table.condition(one) for one in where),
    )
