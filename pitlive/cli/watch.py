"""`pitlive watch`: follow a source in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import INTERRUPTED

if TYPE_CHECKING:
    from pitlive.client import Message, Stream
    from pitlive.datapoints.names import Called
    from pitlive.messages import Json

    Channels = Mapping[str, Mapping[str, Json]]

BOARD = "race,standings"
"""What the table needs."""

REDRAWS = 10
"""Most redraws of the table per second."""


@click.command()
@click.argument("source", type=options.SourceName())
@click.option("--channels", help="Patterns, with commas between: standings,laps/*.")
@click.option("--stat", help="Only this stat, by its full name: rolling:5m:total.")
@click.option("--json", "as_json", is_flag=True, help="Raw events, one JSON object a line.")
@click.option("--events", type=click.IntRange(1), help="End after so many events.")
@click.option("--rows", type=click.IntRange(1), default=40, show_default=True, help="Cars shown.")
@options.url
@options.user
def watch(
    source: str,
    channels: str | None,
    stat: str | None,
    as_json: bool,
    events: int | None,
    rows: int,
    url: str,
    user: str | None,
) -> None:
    """Follow SOURCE: the standings as a table, or its stats, or with --json every event.

    Stats are told as they change, with their data points, each under its full name.
    After a lost connection it goes on with the next event, as the server's hello says.
    Without a terminal the standings become one line per lap of the leader.

    \b
    Examples
      pitlive watch bristol
      pitlive watch bristol --json --channels 'laps/*' | jq .data
      pitlive watch election2017 --stat rolling:5m:total
    """
    from pitlive.client import Stream

    def say(text: str) -> None:
        click.echo(text, err=True)

    stats = {} if as_json and not stat else _stats(url, user, source, stat)
    wanted = list(stats) or (channels or ("*" if as_json else BOARD)).split(",")
    try:
        with Stream(url, source, channels=wanted, user=user, say=say) as stream:
            messages = islice(_noted(stream, say), events)
            boards = (stream.state[source] for one in messages if one.source)
            if as_json:
                _print_json(messages)
            elif stats:
                _print_stats(messages, stream, stats)
            elif sys.stdout.isatty():
                _draw(boards, rows)
            else:
                _print_lines(boards)
    except KeyboardInterrupt:  # the usual way to end it
        sys.exit(INTERRUPTED)


def _stats(url: str, user: str | None, source: str, only: str | None) -> Mapping[str, Called]:
    """The stats of a source that are asked for, all by default; none of a race."""
    from pitlive.cli.connection import Server
    from pitlive.datapoints.names import declared
    from pitlive.errors import RequestRefused

    address = f"/api/v1/sources/{source}"
    with Server(url, user) as server:
        answer = server.ask("GET", address)
    stats = declared(answer.json()["spec"]) if answer.status_code == 200 else {}
    names = {stat.full: name for name, stat in stats.items()}
    if only is not None and only not in names:
        known = ", ".join(names) or "a source that has stats"
        raise RequestRefused(f"stat: got {only!r}, want one of {known}")
    return {names[only]: stats[names[only]]} if only else stats


def _noted(stream: Stream, say: Callable[[str], None]) -> Iterator[Message]:
    """Tell whoever waits that there is nothing yet: a source may be watched before it is fed."""
    from pitlive.client.message import is_deleted

    for message in stream:
        if message.event == "hello":
            for name, verdict in message.data["sources"].items():
                if verdict["reason"] != "deleted" and not verdict["channels"]:
                    say(f"{name}: nothing to see yet, waiting for its first entry")
        if is_deleted(message):
            say(f"{' '.join(stream.sources)}: deleted")
        yield message


def _print_json(messages: Iterator[Message]) -> None:
    import orjson

    for message in messages:
        click.echo(orjson.dumps(message._asdict()))


def _print_stats(messages: Iterator[Message], stream: Stream, stats: Mapping[str, Called]) -> None:
    from pitlive.cli import datapoints
    from pitlive.datapoints.points import nested

    for message in messages:
        if message.event not in ("message", "snapshot"):
            continue
        rows = stream.state[message.source]
        changed = [message.data["channel"]] if message.event == "message" else [*stats]
        for name in changed:
            stat = stats[name]
            for line in datapoints.lines(stat.full, nested(stat.name, rows.get(name, {}))):
                click.echo(line)


def _print_lines(boards: Iterator[Channels]) -> None:
    from pitlive.race.edge.board import line

    last = ""
    for channels in boards:
        race = channels.get("race", {})
        if (now := f"{race.get('flag')} {race.get('lap')}") != last:
            last = now
            click.echo(line(race, channels.get("standings", {})))


def _draw(boards: Iterator[Channels], rows: int) -> None:
    from rich.live import Live

    from pitlive.race.edge.board import board

    with Live(auto_refresh=True, refresh_per_second=REDRAWS, screen=False) as live:
        for channels in boards:
            live.update(board(channels, rows))
