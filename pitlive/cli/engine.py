"""`pitlive engine`: entries → figures, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from pitlive.cli import options
from pitlive.settings import load


@click.command(short_help="Fold entries into figures and publish them.")
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=options.Folder(), help="Folder of the embedded Redis.")
def engine(redis_url: str | None, data_dir: Path | None) -> None:
    """Run one engine: read the entry logs, compute, publish.

    Any number may run; each source is followed by one of them at a time, and another
    takes over within seconds if that one dies.
    """
    settings = load(redis_url=redis_url, data_dir=data_dir)
    from pitlive.engine.run import main  # numpy and the race: not for `--help`

    main(settings)
