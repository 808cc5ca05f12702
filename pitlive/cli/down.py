"""`pitlive down`: end the `pitlive up` that runs on a data folder."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from pitlive.cli import options
from pitlive.cli.running import LOCK
from pitlive.cli.supervise import STOP_WITHIN_S
from pitlive.processes import holder
from pitlive.settings import load


@click.command(short_help="Stop what `pitlive up` started.")
@click.option("--data-dir", type=options.Folder(), help="Folder that `up` was given.")
def down(data_dir: Path | None) -> None:
    """Stop what `pitlive up` started on this data folder, and wait until it is gone."""
    settings = load(data_dir=data_dir)
    lock = settings.run_dir / LOCK
    if (pid := holder(lock)) is None:
        click.echo(f"Nothing is running on {settings.run_dir}.")
        return
    os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + STOP_WITHIN_S + 5
    while holder(lock) == pid:
        if time.monotonic() > give_up:
            raise click.ClickException(f"process {pid} does not stop, want `kill -9 {pid}`")
        time.sleep(0.05)
    click.echo("PitLive has stopped.")
