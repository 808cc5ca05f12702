"""`pitlive history`: past seasons → the archive below the data folder → priors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.race.edge.figures import FigureNames

if TYPE_CHECKING:
    from pitlive.race.history.session import Session

data_dir = click.option("--data-dir", type=options.Folder(), help="Folder of all that is kept.")


def folder(data_dir: Path | None) -> Path:
    """Return the folder of the archive."""
    from pitlive import settings

    return settings.load(data_dir=data_dir).run_dir / "history"


SCORED = ("run", "stops", "lane", "service", "cautions")
"""What is counted of a race, as `Archive.counts` has it."""


@click.group(short_help="Keep past seasons, and learn from them.")
def history() -> None:
    """Keep past seasons, and learn from them.

    Races are kept as Parquet files below the data folder; forecasts learn from them, and
    `pitlive backtest` replays them.
    """


@history.command()
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--quiet", is_flag=True, help="Sum up what cannot be used, do not name each race.")
@data_dir
def load(folders: tuple[Path, ...], quiet: bool, data_dir: Path | None) -> None:
    """Load the races in FOLDERS of CSV files: NASCAR, IndyCar, Formula 1.

    What is there already is left as it is, so a load can be repeated, or begun again
    after it was interrupted. Of each race it is said what cannot be used, and why no
    forecast will be judged on that. See docs/forecasts.md for the files of each.

    \b
    Examples
      pitlive history load data/nascar data/indycar data/f1
    """
    from pitlive.race.history.archive import Archive
    from pitlive.race.history.folders import sessions
    from pitlive.race.history.unused import summed, told, unused

    archive = Archive(folder(data_dir))
    for one in folders:
        done: Counter[str] = Counter()
        every = []
        for session in _shown(sessions(one), one.name):
            done[archive.put(session)] += 1
            every.append(unused(session))
            if every[-1] and not quiet:
                click.echo(f"{session.race.key} {session.race.name}: {told(every[-1])}")
        click.echo(
            f"{one}: {done['new']} new, {done['changed']} changed, {done['same']} as they were"
        )
        if lacking := summed(every):
            click.echo(f"{one}: not used: {lacking}")


def _shown(sessions: Iterable[Session], name: str) -> Iterable[Session]:
    """Show on a terminal which race is being loaded; how many there are is not known before."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        for number, session in enumerate(sessions, 1):
            progress.update(task, description=f"{name}: race {number}, {session.race.key}")
            yield session


@history.command("list")
@data_dir
@click.option("--races", metavar="GLOB", help="List the races whose key fits, not the seasons.")
def list_(races: str | None, data_dir: Path | None) -> None:
    """List what is kept: series and seasons, or races, and how much of each can be scored.

    `run` is laps with a crossing; `lane` and `service` are stops whose time in the lane and
    in the box is known.

    \b
    Examples
      pitlive history list
      pitlive history list --races 'nascar-cup-2024-*'
    """
    from pitlive.race.history.archive import Archive
    from pitlive.race.history.session import records

    archive = Archive(folder(data_dir))
    if not archive.races():
        click.echo(f"{archive.folder} has no races yet. Load some: pitlive history load", err=True)
        return
    counted = archive.counts()
    if races is None:
        of = counted.key.str.extract("^(?P<series>.*)-(?P<season>[0-9]{4})-")
        by_season = counted.assign(**of, races=1).groupby(["series", "season"], as_index=False)
        _print(("series", "season", "races", *SCORED), records(by_season.sum()))
    else:
        scored = {row["key"]: row for row in records(counted)}
        names = ("key", "date", "track", "track_type", "laps", *SCORED, "name")
        rows = [
            {n: getattr(race, n, None) for n in names} | scored[race.key]
            for race, _ in archive.races(races)
        ]
        _print(names, rows)


def _print(names: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in names:
        number = bool(rows) and isinstance(rows[0][name], int)
        table.add_column(name, justify="right" if number else "left", no_wrap=name == "key")
    for row in rows:
        table.add_row(*("" if row[n] is None else Text(str(row[n])) for n in names))
    Console().print(table)


@history.command()
@click.option(
    "--races", default="*", show_default=True, metavar="GLOB", help="Races to learn from."
)
@click.option(
    "--figures", type=FigureNames(), default="", help="Figures to fit, with commas; default: all."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--jobs", type=int, help="Processes; default: the cores of this machine.")
@data_dir
def fit(
    races: str, figures: tuple[str, ...], out: Path, jobs: int | None, data_dir: Path | None
) -> None:
    """Learn from all races kept, and write what was learnt as one small file.

    What the figure of another package has learnt stands in a file of that package, which it
    names as its `PRIOR` (docs/extending.md).

    \b
    Examples
      pitlive history fit --out pitlive/race/priors/v1.json
      pitlive history fit --figures lead_change --out lead_change/prior.json
    """
    import os
    from datetime import UTC, datetime

    from pitlive.cli.progress import progress
    from pitlive.race.backtest.fit import artefact
    from pitlive.race.backtest.walk_forward import workers
    from pitlive.race.forecasting.artefact import dump

    with workers(jobs or os.cpu_count() or 1) as pool, progress() as tell:
        day = datetime.now(UTC).date().isoformat()
        learnt = artefact(pool, folder(data_dir), races, figures, day, tell)
    written = dump(learnt)
    out.write_bytes(written)
    click.echo(f"{out}: {len(written):,} bytes, {', '.join(learnt.figures)}")
