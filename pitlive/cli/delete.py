"""`pitlive delete`: a source of a server, gone for good."""

from __future__ import annotations

import click

from pitlive.cli import options


@click.command(short_help="Delete a source with all that belongs to it.")
@click.argument("source", type=options.SourceName())
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.url
@options.user
def delete(source: str, yes: bool, url: str, user: str | None) -> None:
    """Delete SOURCE with all that belongs to it: entries, figures, events, notices.

    That cannot be undone. Whoever follows it is told that it is gone. A source declared under
    the same name later begins from nothing.

    \b
    Examples
      pitlive delete friday
      pitlive delete friday --yes
    """
    from pitlive.cli.connection import Server
    from pitlive.client.refusal import refusal

    address = f"/api/v1/sources/{source}"
    with Server(url, user) as server:
        listed = server.get("/api/v1/sources")["sources"]
        named = (one for one in listed if one["source"] == source)
        held = next((one.get("entries", "unknown") for one in named), 0)  # where it is damaged
        if not yes:
            click.confirm(f"{url}: delete {source} and its {held} entries for good?", abort=True)
        answer = server.ask("DELETE", address)
        if answer.status_code != 200:
            raise refusal(answer)
    click.echo(f"{source}: deleted, with {held} entries")
