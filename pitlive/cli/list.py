"""`pitlive list`: the sources of a server, or the stats of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pitlive.cli import options

if TYPE_CHECKING:
    from pitlive.cli.connection import Server

COLUMNS = ("source", "kind", "name", "entries", "late", "aside", "cursor")


@click.command("list", short_help="List the sources of a server.")
@click.argument("source", type=options.SourceName(), required=False)
@options.url
@options.user
@click.option("--json", "as_json", is_flag=True, help="As JSON: one source a line, or one object.")
@click.option("--pretty", is_flag=True, help="As JSON that people can read.")
def list_sources(
    source: str | None, url: str, user: str | None, as_json: bool, pretty: bool
) -> None:
    """List the sources of a server; with SOURCE its stats and their data points.

    Stats are keyed with the period: `5m:total` and `1h:total` are two.

    \b
    Examples
      pitlive list
      pitlive list --json | jq -r .source
      pitlive list election2017 --pretty
    """
    from pitlive.cli.connection import Server

    with Server(url, user) as server:
        if source is not None:
            _list_stats(server, source, as_json=as_json or pretty, pretty=pretty)
            return
        sources = server.get("/api/v1/sources")["sources"]
    if as_json or pretty:
        for one in sources:
            _print_json(one, pretty=pretty)
    elif sources:
        _print(sources)
    else:
        click.echo(f"{url} has no sources yet. Feed one: pitlive demo, pitlive feed", err=True)


def _list_stats(server: Server, source: str, *, as_json: bool, pretty: bool) -> None:
    from pitlive.cli import datapoints
    from pitlive.datapoints.names import declared

    address = f"/api/v1/sources/{source}"
    stats = declared(server.get(address)["spec"])
    grouped = datapoints.grouped(stats, server.get(f"{address}/state")["channels"])
    if as_json:
        _print_json(grouped, pretty=pretty)
        return
    for group, keyed in grouped.items():
        for key, stat in keyed.items():
            for line in datapoints.lines(f"{group}:{key}", stat):
                click.echo(line)


def _print_json(value: object, *, pretty: bool) -> None:
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 if pretty else None))


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
