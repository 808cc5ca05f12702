"""Readers of the same channels in the same dialect: what is new is encoded once for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pitlive.hub.audience import Audience
from pitlive.hub.client import Client
from pitlive.hub.coding import Coding
from pitlive.hub.dialect import NATIVE, Dialect
from pitlive.hub.feed import SourceFeed
from pitlive.hub.ports import Overrun
from pitlive.hub.position import Position

MOST_CATCH_UPS = 64
"""Kept at a time: readers who come back after a cut share cursors, all others share one."""


class Group:
    """All clients of one channel set and one dialect.

    Attributes:
        position: What everybody in the group has been sent, or will be from its offset.
        catch_ups: Bytes that brought a reader here, by where it was; right until the next flush.
    """

    def __init__(
        self,
        feeds: Sequence[SourceFeed],
        patterns: Sequence[str],
        backlog: int,
        dialect: Dialect = NATIVE,
    ) -> None:
        self.feeds = tuple(feeds)
        self.dialect = dialect
        reached = {feed.source: feed.cursor for feed in feeds if feed.cursor}
        self.position = Position([feed.source for feed in feeds], patterns, reached)
        self.catch_ups: dict[object, bytes] = {}
        self.audiences: dict[str, Audience] = {}
        self._backlog = backlog

    @property
    def clients(self) -> list[Client]:
        """Everybody in the group, whatever the coding."""
        return [client for one in self.audiences.values() for client in one.clients.values()]

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody in it."""
        return not any(one.clients for one in self.audiences.values())

    def audience(self, coding: Coding) -> Audience:
        """Return the readers of one coding."""
        if coding.name not in self.audiences:
            self.audiences[coding.name] = Audience(coding, self._backlog)
        return self.audiences[coding.name]

    def flush(self) -> list[Client]:
        """Send what the feeds have heard since the last time; return clients that broke.

        Where it raises, nothing was sent and the position is as it was.

        Raises:
            Overrun: The feeds no longer hold all of it.
        """
        before = dict(self.position.reached)
        try:
            data = b"".join(self._news())
        except Exception:
            self.position.reached = before
            raise
        if self.position.reached != before:
            self.catch_ups.clear()
        return self._broadcast(data) if data else []

    def keep(self, name: object, catch_up: bytes) -> bytes:
        """Remember what brought a reader here, for others who come from the same place."""
        if len(self.catch_ups) >= MOST_CATCH_UPS:
            self.catch_ups.clear()
        self.catch_ups[name] = catch_up
        return catch_up

    def _news(self) -> Iterator[bytes]:
        for feed in self.feeds:
            at = self.position.reached.get(feed.source)
            if at is None or feed.cursor is None or feed.cursor == at:
                continue
            events = feed.after(at)
            if events is None:
                raise Overrun
            yield self.dialect.news(self.position, feed.source, events)

    def _broadcast(self, data: bytes) -> list[Client]:
        broken = []
        for audience in self.audiences.values():
            if audience.clients:
                broken += audience.broadcast(audience.coding.shared(data))
        return broken
