"""`pitlive watch`: follow a source in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import INTERRUPTED

if TYPE_CHECKING:
    from pitlive.cli.terminal import ChannelStats, Terminal
    from pitlive.client import Message, Stream
    from pitlive.datapoints.names import Called
    from pitlive.messages import Json

REDRAWS = 10
"""Most redraws per second."""


@click.command(short_help="Follow a source in the terminal.")
@click.argument("source", type=options.SourceName())
@click.option("--channels", help="Patterns, with commas between: standings,laps/*.")
@click.option("--stat", help="Only this stat, by its full name: rolling:5m:total.")
@click.option("--json", "as_json", is_flag=True, help="Raw events, one JSON object a line.")
@click.option("--events", type=click.IntRange(1), help="End after so many events.")
@click.option("--rows", type=click.IntRange(1), default=40, show_default=True, help="Rows drawn.")
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
    """Follow SOURCE: its stats, or what its kind draws; with --json, or else, every event.

    Stats are told as they change, with their data points, each under its full name. Of a
    race the standings are drawn; without a terminal they become one line per lap of the
    leader. After a lost connection it goes on with the next event, as the server's hello says.

    \b
    Examples
      pitlive watch bristol
      pitlive watch bristol --json --channels 'laps/*' | jq .data
      pitlive watch election2017 --stat rolling:5m:total
    """
    from pitlive.client import Stream

    def say(text: str) -> None:
        click.echo(text, err=True)

    spec = {} if as_json and not stat else _declared(url, user, source)
    stats = _stats(spec, stat)
    terminal = None if as_json or stats else _drawing(spec, say)
    wanted = list(stats) or (channels.split(",") if channels else _watched(terminal))
    try:
        with Stream(url, source, channels=wanted, user=user, say=say) as stream:
            messages = islice(_noted(stream, say), events)
            if stats and not as_json:
                _print_stats(messages, stream, stats)
            elif terminal is None:
                _print_json(messages)
            else:
                _draw((stream.state[source] for one in messages if one.source), terminal, rows)
    except KeyboardInterrupt:  # the usual way to end it
        sys.exit(INTERRUPTED)


def _declared(url: str, user: str | None, source: str) -> Mapping[str, Json]:
    """How a source is declared; empty if it is not yet."""
    from pitlive.cli.connection import Server

    with Server(url, user) as server:
        answer = server.ask("GET", f"/api/v1/sources/{source}")
    spec: Mapping[str, Json] = answer.json()["spec"] if answer.status_code == 200 else {}
    return spec


def _stats(spec: Mapping[str, Json], only: str | None) -> Mapping[str, Called]:
    """The stats of a source that are asked for, all by default, by their channels."""
    from pitlive.datapoints.names import declared
    from pitlive.errors import RequestRefused

    stats = declared(spec)
    names = {stat.full: name for name, stat in stats.items()}
    if only is not None and only not in names:
        known = ", ".join(names) or "a source that has stats"
        raise RequestRefused(f"stat: got {only!r}, want one of {known}")
    return {names[only]: stats[names[only]]} if only else stats


def _drawing(spec: Mapping[str, Json], say: Callable[[str], None]) -> Terminal | None:
    """What draws a source so declared, None if nothing does; what is lacking is said."""
    from pitlive.cli.terminal import lacking, terminal_of

    if why := lacking(spec):
        say(why)
    terminal = terminal_of(spec)
    return terminal if terminal.watched else None


def _watched(terminal: Terminal | None) -> Sequence[str]:
    """The channels that are needed where none are asked for."""
    return terminal.watched if terminal else ("*",)


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


def _draw(states: Iterator[ChannelStats], terminal: Terminal, rows: int) -> None:
    """Draw a source as its kind does, and draw it again; without a terminal print lines."""
    if not sys.stdout.isatty():
        for line in terminal.lines(states):
            click.echo(line)
        return
    from rich.live import Live

    with Live(auto_refresh=True, refresh_per_second=REDRAWS, screen=False) as live:
        for channels in states:
            live.update(terminal.draw(channels, rows))
