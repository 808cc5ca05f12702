"""`pitlive list`: the sources of a server."""

from __future__ import annotations

import click

from pitlive.cli import options

COLUMNS = ("source", "kind", "name", "entries", "late", "aside", "cursor")


@click.command("list")
@options.url
@options.user
@click.option("--json", "as_json", is_flag=True, help="As JSON, one source a line.")
def list_sources(url: str, user: str | None, as_json: bool) -> None:
    """List the sources of a server.

    \b
    Examples
      pitlive list
      pitlive list --json | jq -r .source
    """
    import orjson

    from pitlive.cli.connection import Server

    with Server(url, user) as server:
        sources = server.get("/api/v1/sources")["sources"]
    if as_json:
        for one in sources:
            click.echo(orjson.dumps(one))
    elif sources:
        _print(sources)
    else:
        click.echo(f"{url} has no sources yet. Feed one: pitlive simulate", err=True)


def _print(sources: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="right" if name in COLUMNS[3:6] else "left")
    for one in sources:
        table.add_row(*(Text(str(one.get(name, ""))) for name in COLUMNS))
    Console().print(table)
