"""A tape → a source: once, and again from its first row where the log has another past."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pitlive.cli.bookmark import Bookmark
from pitlive.cli.connection import Server
from pitlive.cli.delivery import Delivery
from pitlive.cli.pacing import Pacing
from pitlive.cli.recording import Tape
from pitlive.cli.showing import Show, Tally
from pitlive.errors import OtherPast
from pitlive.messages import Json
from pitlive.settings import load

if TYPE_CHECKING:
    from pitlive.cli.target import Target


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, and where.

    Attributes:
        to, source: Where it goes.
        declared: How the source is declared; None: as the tape says, or as it is.
        play: Opens the tape, once more where the log turns out to have lost what was sent.
        pacing: When its rows are due.
        alone: A source with other entries makes no sense; it is said then.
        show: Shows how it is getting on.
        tally: What became of the rows.
    """

    to: Target
    source: str
    declared: dict[str, Json] | None
    play: Callable[[], AbstractContextManager[Tape]]
    pacing: Pacing
    alone: bool
    show: Show
    tally: Tally = field(default_factory=Tally)

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
        """Play the tape; False if the log turned out to have another past."""
        with self.play() as tape:
            bookmark = self._bookmark(server, tape)
            delivery = Delivery(server, self.source, self.show, bookmark, self.tally)
            try:
                self._deliver(delivery, tape)
            except OtherPast as error:
                self.show.say(f"{error}; so all is sent again")
                return False
        return True

    def _bookmark(self, server: Server, tape: Tape) -> Bookmark:
        """The bookmark of the tape; who else wrote to its source is said the first time."""
        folder = load(data_dir=self.to.data_dir).run_dir / "feeds"
        bookmark = Bookmark(folder, server, self.source, tape.key)
        if self.alone and not self.tally.rows and (held := bookmark.others()):
            self.show.say(f"{self.source} holds {held} entries; they stay. Want a new --source?")
        return bookmark

    def _deliver(self, delivery: Delivery, tape: Tape) -> None:
        """Declare the source or go on with it, send the rows, end the stream."""
        known = delivery.bookmark.rows
        skip = 0 if self.to.from_start else known
        if skip:
            self.show.say(f"{self.source}: going on after the first {skip} entries")
        else:
            delivery.declare(self.declared or tape.declared)
        delivery.send(tape, self.pacing, skip)
        if skip and not self.tally.rows:
            self.show.say("nothing new in it; --from-start sends everything again")
        if self.to.flush:
            delivery.flush()
