"""`pitlive feed`: a file of entries → a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import Target, target

if TYPE_CHECKING:
    from pitlive.feeds import table


@click.command()
@click.argument("file")
@click.option(
    "--source", type=options.SourceName(), required=True, help="Source to feed, such as bristol."
)
@click.option("--spec", type=click.Path(path_type=Path), help="Declaration of the source (JSON).")
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
    source: str,
    spec: Path | None,
    speed: float | None,
    every: float | None,
    maps: Sequence[str],
    sets: Sequence[str],
    where: Sequence[str],
    sort: bool | None,
    to: Target,
) -> None:
    """Send FILE to a source: JSON Lines or CSV, also gzipped; - reads standard input.

    The source is declared first, by --spec or by the race.json beside the file. Stopped and
    started again it goes on where it stopped. When the server is away it waits and goes on;
    nothing is lost, and nothing is counted twice.

    \b
    Examples
      pitlive feed events.jsonl.gz --source bristol --speed 20x
      pitlive feed events.jsonl.gz --source bristol --every 200ms
      pitlive feed indy500_2018.csv.gz --source indy
      pitlive feed laps_2018.csv.gz --source monza --where round=14 \\
          --map car=driver --map at_ms=session_time_s:s
      timing-program | pitlive feed - --source live --no-flush

    \b
    Units of --map: ms, s, min, clock (1:23.456), int, hex, text. Columns such as
    at_ms, elapsed_s, lap_ms, lap_time, pos and rank are recognised: see docs/feeds.md.
    """
    from pitlive.cli import tape
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.target import run

    order = f"{[*maps]} {[*sets]} {[*where]} {sort}"
    with tape.play(file, _reading(maps, sets, where), sort, order) as played:
        declared = tape.spec(spec) if spec else tape.beside(file)
        run(to, source, declared, played, Pacing(speed, every))


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
