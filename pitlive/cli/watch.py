"""`pitlive watch`: follow a source in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import INTERRUPTED

if TYPE_CHECKING:
    from pitlive.cli.following import Message

BOARD = "race,standings"
"""What the table needs."""

REDRAWS = 10
"""Most redraws of the table per second."""


@click.command()
@click.argument("source", type=options.SourceName())
@click.option("--channels", help="Patterns, with commas between: standings,laps/*.")
@click.option("--json", "as_json", is_flag=True, help="Raw events, one JSON object a line.")
@click.option("--events", type=click.IntRange(1), help="End after so many events.")
@click.option("--rows", type=click.IntRange(1), default=40, show_default=True, help="Cars shown.")
@options.url
@options.user
def watch(
    source: str,
    channels: str | None,
    as_json: bool,
    events: int | None,
    rows: int,
    url: str,
    user: str | None,
) -> None:
    """Follow SOURCE: the standings as a table, or with --json every event.

    After a lost connection it goes on with the next event, as the server's hello says.
    Without a terminal the table becomes one line per lap of the leader.

    \b
    Examples
      pitlive watch bristol
      pitlive watch bristol --json --channels 'laps/*' | jq .data
    """
    from pitlive.cli.following import Following

    def say(text: str) -> None:
        click.echo(text, err=True)

    wanted = channels or ("" if as_json else BOARD)
    messages = islice(_noted(Following(url, source, wanted, user, say).messages(), say), events)
    try:
        if as_json:
            _print_json(messages)
        elif sys.stdout.isatty():
            _draw(messages, rows)
        else:
            _print_lines(messages)
    except KeyboardInterrupt:  # the usual way to end it
        sys.exit(INTERRUPTED)


def _noted(messages: Iterator[Message], say: Callable[[str], None]) -> Iterator[Message]:
    """Tell whoever waits that there is nothing yet: a source may be watched before it is fed."""
    for message in messages:
        if message.event == "hello":
            for name, verdict in message.data["sources"].items():
                if not verdict["channels"]:
                    say(f"{name}: nothing to see yet, waiting for its first entry")
        yield message


def _print_json(messages: Iterator[Message]) -> None:
    import orjson

    for message in messages:
        click.echo(orjson.dumps(message._asdict()))


def _print_lines(messages: Iterator[Message]) -> None:
    from pitlive.cli.board import line
    from pitlive.cli.held import Held

    held, last = Held(), ""
    for message in messages:
        if not held.take(message):
            continue
        race = held.channels.get("race", {})
        if (now := f"{race.get('flag')} {race.get('lap')}") != last:
            last = now
            click.echo(line(race, held.channels.get("standings", {})))


def _draw(messages: Iterator[Message], rows: int) -> None:
    from rich.live import Live

    from pitlive.cli.board import board
    from pitlive.cli.held import Held

    held = Held()
    with Live(auto_refresh=True, refresh_per_second=REDRAWS, screen=False) as live:
        for message in messages:
            if held.take(message):
                live.update(board(held.channels, rows))
