"""`pitlive history`: past seasons → the archive below the data folder → priors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pitlive.history.session import Session

data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder of all that is kept."
)


def folder(data_dir: Path | None) -> Path:
    """Return the folder of the archive."""
    from pitlive import settings

    return settings.load(data_dir=data_dir).run_dir / "history"


@click.group()
def history() -> None:
    """Keep past seasons, and learn from them.

    Races are kept as Parquet files below the data folder; forecasts learn from them, and
    `pitlive backtest` replays them.
    """


@history.command()
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True)
@data_dir
def load(folders: tuple[Path, ...], data_dir: Path | None) -> None:
    """Load the races in FOLDERS of CSV files: NASCAR, IndyCar, Formula 1.

    What is there already is left as it is, so a load can be repeated, or begun again
    after it was interrupted. See docs/forecasts.md for the files of each.

    \b
    Examples
      pitlive history load data/nascar data/indycar data/f1
    """
    from pitlive.history.archive import Archive
    from pitlive.history.folders import sessions

    archive = Archive(folder(data_dir))
    for one in folders:
        done = Counter(archive.put(session) for session in _shown(sessions(one), one.name))
        click.echo(
            f"{one}: {done['new']} new, {done['changed']} changed, {done['same']} as they were"
        )


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
    """List what is kept: series and seasons, or races.

    \b
    Examples
      pitlive history list
      pitlive history list --races 'nascar-cup-2024-*'
    """
    from pitlive.history.archive import Archive
    from pitlive.history.session import records

    archive = Archive(folder(data_dir))
    if not archive.races():
        click.echo(f"{archive.folder} has no races yet. Load some: pitlive history load", err=True)
    elif races is None:
        _print(("series", "season", "races", "laps", "stops"), records(archive.counts()))
    else:
        names = ("key", "date", "track", "track_type", "laps", "name")
        rows = [{n: getattr(race, n) for n in names} for race, _ in archive.races(races)]
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
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--jobs", type=int, help="Processes; default: the cores of this machine.")
@data_dir
def fit(races: str, out: Path, jobs: int | None, data_dir: Path | None) -> None:
    """Learn from all races kept, and write what was learnt as one small file.

    \b
    Examples
      pitlive history fit --out pitlive/race/priors/v1.json
    """
    import os
    from datetime import UTC, datetime

    from pitlive.backtest.fit import artefact
    from pitlive.backtest.walk import workers
    from pitlive.cli.progress import progress
    from pitlive.race.forecast.artefact import dump

    with workers(jobs or os.cpu_count() or 1) as pool, progress() as tell:
        day = datetime.now(UTC).date().isoformat()
        learnt = artefact(pool, folder(data_dir), races, day, tell)
    written = dump(learnt)
    out.write_bytes(written)
    click.echo(f"{out}: {len(written):,} bytes, {', '.join(learnt.figures)}")
