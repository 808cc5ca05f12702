"""`pitlive backtest`: how good the forecasts are, on races they were not fitted on."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pitlive.race.edge.figures import FigureNames
from pitlive.race.edge.history import data_dir, folder

if TYPE_CHECKING:
    import pandas as pd

    from pitlive.race.backtest.walk_forward import Result

WIDTH = 150
"""Least columns of the table: a file or a pipe has no width of its own."""

BY = {"track": "track_type", "part": "part"}


@click.command(short_help="Score forecasts on past races.")
@click.option(
    "--races", default="*", show_default=True, metavar="GLOB", help="Races to forecast, by key."
)
@click.option(
    "--figures", type=FigureNames(), default="", help="Figures to score, with commas; default: all."
)
@click.option(
    "--vs", type=click.Choice(["baseline"]), default="baseline", help="What to compare with."
)
@click.option(
    "--alone",
    is_flag=True,
    help="Compare with what the series teaches alone, without the others beside it.",
)
@click.option("--every", default=5, show_default=True, help="Laps from one forecast to the next.")
@click.option("--jobs", type=int, help="Processes; default: the cores of this machine.")
@click.option("--address", help="A dask scheduler to run on instead, such as tcp://host:8786.")
@click.option("--by", type=click.Choice([*BY]), help="Tell scores apart by track type or third.")
@click.option("--html", type=click.Path(path_type=Path), help="Write tables and plots here.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write every score as CSV here.")
@data_dir
def backtest(
    races: str,
    figures: tuple[str, ...],
    vs: str,  # noqa: ARG001 - there is one choice, spelt out for who reads the command
    alone: bool,
    every: int,
    jobs: int | None,
    address: str | None,
    by: str | None,
    html: Path | None,
    csv: Path | None,
    data_dir: Path | None,
) -> None:
    """Replay past races through the live fold, and score every forecast.

    Each season is forecast with what the seasons before it taught, and nothing else.
    Differences to the baseline have 95 % intervals, for which whole races are drawn.
    With --alone the baseline is the same forecast without the other series, of which all
    races are learnt from: none may be worse for the company, so no interval may lie above 0.

    \b
    Examples
      pitlive backtest --races 'nascar-cup-202[34]-*' --figures caution
      pitlive backtest --races 'f1-*' --by track --html f1.html
      pitlive backtest --races 'f1-2022-*' --alone --every 10
    """
    from pitlive.cli.progress import progress
    from pitlive.race.backtest import plots
    from pitlive.race.backtest.alone import alone as beside
    from pitlive.race.backtest.walk_forward import earlier, walk, workers

    with workers(jobs or os.cpu_count() or 1, address) as pool, progress() as tell:
        split = beside if alone else earlier
        result = walk(pool, folder(data_dir), races, figures, every, tell, split)
    _print(result, by)
    if csv is not None:
        result.rows.to_csv(csv, index=False)
    if html is not None:
        html.write_text(plots.page(result, f"Backtest of {races}"))


def _print(result: Result, by: str | None) -> None:
    from pitlive.race.backtest import score_table

    rows = score_table.thirds(result.rows) if by == "part" else result.rows
    apart = [BY[by]] if by else []
    found = score_table.summary(rows, apart)
    _table(found, apart)
    errors = score_table.errors(result.chances)
    for row in errors.itertuples():
        name = score_table.horizon(str(row.figure), int(row.ahead))  # type: ignore[arg-type]
        click.echo(
            f"reliability error of {row.figure}, {name}: "
            f"{row.ours:.4f}, baseline {row.base:.4f}, n {row.n}; "
            f"AUC {row.auc:.4f}, baseline {row.auc_base:.4f}"
        )


def _table(found: pd.DataFrame, apart: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pitlive.race.backtest.score_table import horizon

    columns = ["figure", "ahead", *apart, "group", "score", "races", "n"]
    table = Table(box=None, pad_edge=False)
    for name in [*columns, "ours", "baseline", "difference", "95 %", "change"]:
        text = name in ("figure", "ahead", "group", "score")
        table.add_column(name, justify="left" if text else "right")
    for row in found.sort_values(["figure", "ahead", *apart, "group"], kind="stable").to_dict(
        "records"
    ):
        row |= {"ahead": horizon(row["figure"], row["ahead"])}
        table.add_row(*(str(row[name]) for name in columns), *_compared(row))
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(table)


def _compared(row: dict[Hashable, Any]) -> list[str]:
    """Ours and the baseline's; of scores also the difference, which of a coverage says nothing."""
    from pitlive.race.forecasting.scoring import COVERAGE

    both = [f"{row['ours']:.4f}", f"{row['base']:.4f}"]
    if row["score"] in COVERAGE:
        return both
    change = f"{100 * row['diff'] / row['base']:+.1f} %" if row["base"] else ""
    return [*both, f"{row['diff']:+.4f}", f"{row['low']:+.4f} to {row['high']:+.4f}", change]
