"""`pitlive courier`: what webhooks have to tell → their receivers, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from pitlive.cli import options
from pitlive.settings import load


@click.command(short_help="Deliver what webhooks have to tell.")
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=options.Folder(), help="Folder of the embedded Redis.")
def courier(redis_url: str | None, data_dir: Path | None) -> None:
    """Run one courier: deliver what the webhooks of declared sources have to tell.

    Any number may run; each source is served by one of them at a time. Only couriers reach
    out to receivers, so only they need a way to the outside.
    """
    settings = load(redis_url=redis_url, data_dir=data_dir)
    from pitlive.courier.run import main

    main(settings)
