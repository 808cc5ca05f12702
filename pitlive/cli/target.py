"""Where a feed goes and how it is sent there: what `feed` and `simulate` share."""

from __future__ import annotations

import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pitlive.cli import options
from pitlive.messages import Json

if TYPE_CHECKING:
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.recording import Tape
    from pitlive.cli.showing import Tally

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and after SIGTERM, as shells have them."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same as Ctrl-C, from who runs us."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and how to treat it.

    Attributes:
        url, user: The server, and who writes.
        give_up_s: How long to wait for it when it is away; None is for ever.
        data_dir: Folder of the bookmarks; None is the settings' one.
        from_start: Pay no heed to the bookmark.
        flush: Close what is open at the end.
    """

    url: str
    user: str | None = None
    give_up_s: float | None = None
    data_dir: Path | None = None
    from_start: bool = False
    flush: bool = True

    @staticmethod
    def say(text: str) -> None:
        """Tell whoever started the command."""
        click.echo(text, err=True)


_OPTIONS = (
    options.url,
    options.user,
    click.option(
        "--give-up", "give_up_s", type=options.Duration(), help="Server away: end. Default: wait."
    ),
    click.option("--data-dir", type=options.Folder(), help="Folder of the bookmark."),
    click.option("--from-start", is_flag=True, help="Send again what was acknowledged before."),
    click.option(
        "--flush/--no-flush", default=True, show_default=True, help="Close the race at the end."
    ),
)


def target(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a target, and hand it one as `to`."""

    @functools.wraps(command)
    def with_target(**given: Any) -> None:
        own = {name: given.pop(name) for name in Target.__slots__}
        command(to=Target(**own), **given)

    for option in reversed(_OPTIONS):
        with_target = option(with_target)
    return with_target


def asked(to: Target, source: str) -> dict[str, Json] | None:
    """Ask the server how a source is declared; None if it is not."""
    from pitlive.cli.connection import Server
    from pitlive.client.refusal import refusal

    with Server(to.url, to.user, to.give_up_s, to.say) as server:
        answer = server.ask("GET", f"/api/v1/sources/{source}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise refusal(answer)
        found: dict[str, Json] = answer.json()["spec"]
        return found


def said(to: Target, source: str) -> Iterator[dict[str, Json]]:
    """Yield every entry the log of a source holds, oldest first; none if there is no source."""
    from pitlive.cli.connection import Server
    from pitlive.client.refusal import refusal

    page: dict[str, Json] = {"next": "0-0"}
    with Server(to.url, to.user, to.give_up_s, to.say) as server:
        while page.get("entries") != []:
            path = f"/api/v1/sources/{source}/entries"
            answer = server.ask("GET", path, params={"after": page["next"], "limit": 1000})
            if answer.status_code == 404:
                return
            if answer.status_code != 200:
                raise refusal(answer)
            page = answer.json()
            yield from page["entries"]


def run(
    to: Target,
    source: str,
    declared: dict[str, Json] | None,
    play: Callable[[], AbstractContextManager[Tape]],
    pacing: Pacing,
    alone: bool = False,
    stay: bool = False,
) -> None:
    """Send a tape to a source and exit: 0, or 1 if anything was refused.

    Args:
        declared: How the source is declared; None: as the tape says, or as it is.
        play: Opens the tape, once more where the log turns out to have lost what was sent.
        alone: A source with other entries makes no sense; it is said then.
        stay: Wait at the end until somebody stops us.
    """
    from pitlive.cli.sending import Sending
    from pitlive.cli.showing import show

    signal.signal(signal.SIGTERM, _terminate)  # process 1 of a container has no default for it
    shown, stopped = show(source), None
    sending = Sending(to, source, declared, play, pacing, alone, shown)
    try:
        sending.send()
        if stay:
            shown.say(f"{source}: all is sent; waiting to be stopped")
            threading.Event().wait()
    except KeyboardInterrupt as error:
        stopped = error
    finally:
        shown.close()
    _report(source, sending.tally, stopped)


def _terminate(*_: object) -> None:
    raise Terminated


def _report(source: str, tally: Tally, stopped: KeyboardInterrupt | None) -> None:
    click.echo(f"{source}: {tally}, {tally.rate:.0f} entries/s")
    if stopped:
        click.echo("Stopped; the same command goes on from here.", err=True)
        sys.exit(TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED)
    sys.exit(1 if tally.refused else 0)
