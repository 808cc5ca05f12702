"""`pitlive webhooks`: what webhooks had to tell, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.messages import Json

if TYPE_CHECKING:
    from pitlive.cli.connection import Server

COLUMNS = ("id", "webhook", "key", "what", "fate", "attempts", "when", "reason")

PAGE = 1000
"""Notices asked for at once."""


@click.command(short_help="List what webhooks told, or tell it again.")
@click.argument("source", type=options.SourceName())
@options.url
@options.user
@click.option("--dead", is_flag=True, help="Only those that were given up.")
@click.option("--resend", metavar="ID", help="Send this dead notice again; all: every one.")
@click.option("--limit", default=20, show_default=True, help="How many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one notice a line.")
def webhooks(
    source: str,
    url: str,
    user: str | None,
    dead: bool,
    resend: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what the webhooks of SOURCE had to tell, and what became of it.

    A notice waits (pending), was delivered, or is dead: given up after its attempts or its
    time. A dead one can be sent again, under the same id, when its receiver is mended.

    \b
    Examples
      pitlive webhooks stock --dead
      pitlive webhooks stock --resend all
    """
    import orjson

    from pitlive.cli.connection import Server

    with Server(url, user) as server:
        if resend:
            click.echo(f"{source}: {_resend(server, source, resend)} sent again")
            return
        asked = {"limit": min(limit, PAGE)} | ({"fate": "dead"} if dead else {})
        found = server.get(_path(source), params=asked)
    if as_json:
        for one in found["notices"]:
            click.echo(orjson.dumps(one))
        return
    click.echo(", ".join(f"{count} {fate}" for fate, count in found["counts"].items()))
    if found["notices"]:
        _print(found["notices"])


def _path(source: str) -> str:
    return f"/api/v1/sources/{source}/webhooks"


def _resend(server: Server, source: str, which: str) -> int:
    """Send one again, or all that are dead; tell how many."""
    from pitlive.client.refusal import refusal

    sent = 0
    for id in _dead(server, source) if which == "all" else [which]:
        answer = server.ask("POST", f"{_path(source)}/{id}/resend")
        if answer.status_code not in (202, 409) or (answer.status_code == 409 and which != "all"):
            raise refusal(answer)
        sent += answer.status_code == 202  # 409: somebody else was faster
    return sent


def _dead(server: Server, source: str) -> list[str]:
    """Return the ids of all dead notices, oldest first: so they are sent in their order."""
    found: list[str] = []
    before = 0
    asked = {"fate": "dead", "limit": PAGE}
    while page := server.get(_path(source), params=asked | {"before": before})["notices"]:
        found += [one["id"] for one in page]
        before = page[-1]["number"]
    return found[::-1]


def _print(notices: list[dict[str, Json]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, overflow="fold", no_wrap=name == "id")
    for one in notices:
        what = f"{one['type']} {one['run']}" if "run" in one else one["type"]
        when = _time(one.get("done_ms") or one.get("next_ms") or one["made_ms"])
        row = one | {"what": what, "when": when}
        table.add_row(*(Text(str(row.get(name, ""))) for name in COLUMNS))
    Console().print(table)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
