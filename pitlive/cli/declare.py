"""`pitlive declare`: a declaration in a file → a source of a server."""

from __future__ import annotations

from pathlib import Path

import click

from pitlive.cli import options
from pitlive.cli.check import right, summary


@click.command(short_help="Declare a source, or change its declaration.")
@click.argument("source", type=options.SourceName())
@click.argument("file", type=click.Path(path_type=Path))
@options.url
@options.user
def declare(source: str, file: Path, url: str, user: str | None) -> None:
    """Declare SOURCE as FILE says, TOML or JSON, or change its declaration.

    The file is checked first, as `pitlive check` does. All entries are folded again under
    the new declaration; whoever follows the source stays connected.

    \b
    Example
      pitlive declare scores scores.toml
    """
    from pitlive.cli.connection import Server
    from pitlive.client.refusal import refusal

    declared = right(file)
    with Server(url, user) as server:
        answer = server.ask("PUT", f"/api/v1/sources/{source}", json=declared)
        if answer.status_code != 200:
            raise refusal(answer)
    click.echo(f"{source}: version {answer.json()['version']}; {summary(declared)}")
