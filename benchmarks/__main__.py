"""Measure PitLive: `python -m benchmarks [PARTS]`, by default all parts."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import click

from benchmarks import (
    churn,
    door,
    fold,
    forecasts,
    latency,
    many,
    orders,
    path,
    sources,
    state,
    tables,
)
from benchmarks.report import measured, show
from tests import races

PARTS = {
    "fold": fold,
    "forecasts": forecasts,
    "sources": sources,
    "orders": orders,
    "churn": churn,
    "door": door,
    "path": path,
    "latency": latency,
    "tables": tables,
    "state": state,
    "many": many,
}
ROOT = Path(__file__).parent.parent


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--runs", default=3, show_default=True, help="Runs of each; medians are shown.")
def main(parts: tuple[str, ...], runs: int) -> None:
    """Measure the PARTS, by default all of them. What shows nothing is told, and fails."""
    folder = Path(os.environ.get("PITLIVE_DATA") or ROOT / "../shared/data")
    if not (folder / "main_race").is_dir():
        raise click.ClickException(f"no real race in {folder}: set PITLIVE_DATA to its folder")
    race, declared = races.real(folder), races.spec(folder)
    click.echo(
        f"{len(race):,} entries, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{runs} runs, medians"
    )
    failed = 0
    for name in parts or PARTS:
        try:
            show(name, measured(PARTS[name].run, race, declared, runs))
        except Exception as error:  # noqa: BLE001  # it is told; the others go on
            failed += 1
            click.echo(f"{name}: FAILED: {type(error).__name__}: {error}", err=True)
    if failed:
        raise click.ClickException(f"{failed} of {len(parts or PARTS)} parts failed")


if __name__ == "__main__":
    main()
