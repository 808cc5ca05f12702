"""`pitlive csv`: the rows of a channel for a spreadsheet."""

from __future__ import annotations

import sys
from csv import DictWriter

import click

from pitlive.cli import options


@click.command(short_help="Print a channel as CSV.")
@click.argument("source", type=options.SourceName())
@click.argument("channel")
@options.url
@options.user
def csv(source: str, channel: str, url: str, user: str | None) -> None:
    """Print the rows of CHANNEL of SOURCE as they are now, a line each.

    \b
    Examples
      pitlive csv bristol standings > standings.csv
    """
    from pitlive.cli.connection import Server  # what is large is imported once it is needed

    with Server(url, user) as server:
        channels = server.get(f"/api/v1/sources/{source}/state")["channels"]
    if channel not in channels:
        known = ", ".join(channels) or "none yet"
        raise click.UsageError(f"channel: got {channel!r}, want one of these: {known}")
    rows = [{"row": key, **row} for key, row in channels[channel].items()]
    writer = DictWriter(sys.stdout, [*dict.fromkeys(name for row in rows for name in row)])
    writer.writeheader()
    writer.writerows(rows)
