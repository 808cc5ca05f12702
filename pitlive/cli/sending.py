"""A recording → a source: once, and again from its start where the log has another past."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import click

from pitlive.cli.bookmark import Bookmark
from pitlive.cli.connection import Server
from pitlive.cli.delivery import EntryDelivery
from pitlive.cli.pacing import Pacing
from pitlive.cli.recording import Recording
from pitlive.cli.showing import SentTally, Show, show
from pitlive.cli.target import INTERRUPTED, TERMINATED, Target
from pitlive.errors import OtherPast
from pitlive.messages import Json
from pitlive.settings import load


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same as Ctrl-C, from who runs us."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, and where.

    Attributes:
        to, source: Where it goes.
        declared: How the source is declared; None: as the recording says, or as it is.
        play: Opens the recording, once more where the log turns out to have lost what was sent.
        pacing: When its rows are due.
        alone: A source with other entries makes no sense; it is said then.
        show: Shows how it is getting on.
        tally: What became of the rows.
    """

    to: Target
    source: str
    declared: dict[str, Json] | None
    play: Callable[[], AbstractContextManager[Recording]]
    pacing: Pacing
    alone: bool
    show: Show
    tally: SentTally = field(default_factory=SentTally)

    def send(self) -> None:
        """Send all of it.

        Raises:
            RequestRefused: The server does not take entries from us at all.
            ServerAway: Our patience with it ended.
            BadFile: There is no such file, or it turned out broken.
        """
        to = self.to
        with Server(to.url, to.user, to.give_up_s, self.show.say) as server:
            while not self._is_sent(server):
                self.pacing.again()

    def _is_sent(self, server: Server) -> bool:
        """Play the recording; False if the log turned out to have another past."""
        with self.play() as recording:
            self.tally.counted = recording.counted
            bookmark = self._bookmark(server, recording)
            delivery = EntryDelivery(server, self.source, self.show, bookmark, self.tally)
            try:
                self._deliver(delivery, recording)
            except OtherPast as error:
                self.show.say(f"{error}; so all is sent again")
                return False
        return True

    def _bookmark(self, server: Server, recording: Recording) -> Bookmark:
        """The bookmark of the recording; who else wrote to its source is said the first time."""
        folder = load(data_dir=self.to.data_dir).run_dir / "feeds"
        bookmark = Bookmark(folder, server, self.source, recording.key)
        if self.alone and not self.tally.rows and (held := bookmark.others()):
            self.show.say(f"{self.source} holds {held} entries; they stay. Want a new --source?")
        return bookmark

    def _deliver(self, delivery: EntryDelivery, recording: Recording) -> None:
        """Declare the source or go on with it, send the rows, end the stream."""
        known = delivery.bookmark.rows
        skip = 0 if self.to.from_start else known
        if skip:
            self.show.say(f"{self.source}: going on after the first {skip} entries")
        else:
            delivery.declare(recording.declared if self.declared is None else self.declared)
        delivery.send(recording, self.pacing, skip)
        if skip and not self.tally.rows:
            self.show.say("nothing new in it; --from-start sends everything again")
        if self.to.flush:
            delivery.flush()


def send(
    to: Target,
    source: str,
    declared: dict[str, Json] | None,
    play: Callable[[], AbstractContextManager[Recording]],
    pacing: Pacing,
    alone: bool = False,
    stay: bool = False,
) -> None:
    """Send a recording to a source and exit: 0, or 1 if anything was refused.

    Args:
        declared: How the source is declared; None: as the recording says, or as it is.
        play: Opens the recording, once more where the log turns out to have lost what was sent.
        alone: A source with other entries makes no sense; it is said then.
        stay: Wait at the end until somebody stops us.
    """
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


def _report(source: str, tally: SentTally, stopped: KeyboardInterrupt | None) -> None:
    click.echo(f"{source}: {tally}, {tally.rate:.0f} entries/s")
    if stopped:
        click.echo("Stopped; the same command goes on from here.", err=True)
        sys.exit(TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED)
    sys.exit(1 if tally.refused else 0)
