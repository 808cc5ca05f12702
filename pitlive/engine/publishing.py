"""What readers of a source have, and what is to be published so that they have the newest.

What is due goes out in portions, so that Redis is never busy for long: each with the bytes that
belong to it, the first with the notices of webhooks and what was rejected. The last says that
the entries are folded in. An engine that goes on from a portion before that folds the rest
silently, and finds what is left as a difference.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from pitlive.engine.coming import Coming
from pitlive.engine.folding import Folded, Folding
from pitlive.engine.mirror import ChannelRows, Mirror, in_parts
from pitlive.engine.notices import Notices
from pitlive.engine.pending import Pending, patience
from pitlive.engine.portions import Portions
from pitlive.engine.writer import Writer
from pitlive.messages import Cursor, Rejection
from pitlive.store import outbox, sources, walk
from pitlive.store.client import Redis
from pitlive.store.notice import Notice
from pitlive.store.publish import ChannelChange, Publication

PUBLISH_ROWS = 250
"""Rows of one publish: a millisecond of Redis, which does one thing at a time, and some 6 while
it writes its file anew and copies each page that is changed."""

PUBLISH_BYTES = 2**18
"""Bytes of one publish, messages and rows as they are stored; a single row may have more. What a
fold keeps packed goes ahead of it in as many at a time."""

LONG_AGO = -1e15
"""On the monotonic clock [ms]: what has changed since then is due."""


class Publishing:
    """Publishes the rows of a fold.

    Attributes:
        folded: Id of the last entry that is in the published state.

    Args:
        keep: Events that the log is to hold.
        coalesce_ms: The least time between two publishes.
        note: Told of every cursor that is reached.
    """

    def __init__(
        self,
        client: Redis,
        source: str,
        token: str,
        folding: Folding,
        *,
        keep: int,
        coalesce_ms: int,
        note: Callable[[Cursor], None],
    ) -> None:
        self.folded = folding.folded
        self._client, self._source = client, source
        self._folding = folding
        self._writer = Writer(client, source, token, keep, note)
        self._coming = Coming(client, source, token, PUBLISH_BYTES)
        self._coalesce_ms = coalesce_ms
        self._mirror = Mirror()
        self._pending = Pending({})
        self._portions = Portions({}, PUBLISH_ROWS, PUBLISH_BYTES)
        self._due: tuple[Sequence[ChannelChange], ChannelRows] | None = None
        self._heard_ms: tuple[float, float] | None = None
        self._began_ms = self._published_ms = LONG_AGO
        self._took_ms = 0.0
        self._has_news = False
        self._fresh: Mirror | None = None

    @property
    def cursor(self) -> Cursor:
        """Up to where readers have been told."""
        return self._writer.cursor

    def read(self, meta: sources.Meta) -> Iterator[float]:
        """Read what readers have; yield between two pages of it."""
        self.folded = meta.folded
        at = meta.cursor
        for page in walk.pages(self._client, self._source):
            self._mirror.record(page.decode())
            at = page.cursor
            yield 0
        self._writer.begin_at(at)

    def compare(self, meta: sources.Meta, fresh: Mirror) -> Iterator[float]:
        """Hold where the rows of a new fold differ from what readers have; yield between parts.

        What a webhook is about is known from now on, and what it becomes is told.
        """
        declared = meta.spec.get("webhooks", ())
        marks = outbox.marks(self._client, self._source, meta.version) if declared else {}
        self._notices = Notices(self._source, declared, meta.version, fresh.rows, marks)
        self._pending = Pending(patience(meta.spec))
        self._fresh = fresh if self._folding.deferred else None
        for rows in (self._gone(fresh, self._folding.deferred), fresh.rows):
            for some in in_parts(rows):
                self._pending.hold(some, LONG_AGO)
                yield 0

    def renumber(self, version: int) -> None:
        """The declaration has another version, and the same figures."""
        self._notices.renumber(version)

    def record(self, outcome: Folded, heard_ms: float) -> None:
        """Have the next publish tell of entries that were folded.

        Args:
            heard_ms: When they were read [monotonic ms].
        """
        self._heard_ms = (self._heard_ms or (heard_ms, heard_ms))[0], heard_ms
        self._writer.record(outcome.rejected, outcome.late, outcome.seen_ms)

    def record_deferred(self, has_news: bool, rejected: Rejection | None) -> None:
        """Have the next publish tell what came of deferred work, or why nothing more will."""
        self._has_news |= has_news
        if rejected:
            self._writer.reject(rejected)
            self._fresh = None

    def settle(self) -> None:
        """Once no work is deferred, hold as gone what readers have and the fold has not."""
        if self._fresh is None or self._folding.deferred:
            return
        self._fresh.record(rows := self._folding.rows())
        gone = self._gone(self._fresh, ())
        for known in (gone, rows):
            self._pending.hold(known, monotonic_ms())
        self._fresh = None

    def due_in_ms(self) -> float:
        """Return in how long there is something to publish, be it only how far the log is folded.

        After a publish that took long as much time is given to folding: however many rows
        change, half of the time at least goes to what comes in.
        """
        due_ms = self._published_ms + max(self._coalesce_ms, self._took_ms)
        if self._folding.folded == self.folded and not self._has_news:
            held_ms = self._pending.due_ms
            due_ms = math.inf if held_ms is None else max(due_ms, held_ms)
        return max(0.0, due_ms - monotonic_ms())

    @property
    def is_under_way(self) -> bool:
        """Whether something is left of what was to be published: nothing is folded meanwhile."""
        return bool(self._portions or self._coming) or self._due is not None

    @property
    def is_done(self) -> bool:
        """Whether all that is folded in is published."""
        return self._folding.folded == self.folded and not self.is_under_way

    def begin(self) -> None:
        """Begin to publish what is due; where that is much, `go_on` publishes the rest."""
        self._began_ms = monotonic_ms()
        changed = self._folding.rows()
        if self._fresh is not None:
            self._fresh.record(changed)
        since_ms, last_ms = self._heard_ms or (self._began_ms, self._began_ms)
        self._heard_ms = None
        self._pending.hold(changed, last_ms, since_ms)
        self._notices.hold(changed)
        due = self._pending.drain(monotonic_ms())
        self._portions = Portions(due, PUBLISH_ROWS, PUBLISH_BYTES)
        self.go_on()

    def go_on(self) -> None:
        """Publish the next portion of what is due, the last of which says that it is all.

        Bytes that are too many for it go ahead, in goes of their own.

        With the first go notices and what was rejected, and it notes up to where: an engine
        that goes on from there folds that silently, and finds what is left to be published.
        """
        if self._coming.write():
            return
        self._due = self._due or self._next()
        if self._due is None or self._coming.write():
            return
        (changes, rows), self._due = self._due, None
        folded = self.folded if self._portions else self._folding.folded
        notices = self._publish(changes, folded)
        self._mirror.record(rows)
        self._notices.record(notices)
        self.folded = folded
        self._has_news &= bool(self._portions)
        self._published_ms = monotonic_ms()
        self._took_ms = self._published_ms - self._began_ms

    def _next(self) -> tuple[Sequence[ChannelChange], ChannelRows] | None:
        """Return what is published next, with the bytes that belong to it on their way."""
        changes, rows = self._portions.drain(self._mirror, self._folding.now_ms)
        has_news = self._folding.folded != self.folded or self._has_news
        if not changes and (self._portions or not has_news):
            return None
        self._coming.accept(self._folding.pieces())
        return changes, rows

    def _publish(self, changes: Sequence[ChannelChange], folded: str) -> Sequence[Notice]:
        """Publish changes with all that goes along; return the notices that were among it."""
        wall_ms = time.time_ns() // 1_000_000
        notices = self._notices.decide(self._writer.cursor, self._folding.now_ms, wall_ms)
        self._writer.publish(
            Publication(
                folded,
                changes,
                notices=notices,
                version=self._folding.version,
                pieces=self._coming.pieces,
                coming=self._coming.names,
                noted=self._folding.folded,
            )
        )
        self._coming.placed()
        return notices

    def _gone(self, fresh: Mirror, deferred: Collection[str]) -> ChannelRows:
        """Rows that readers have and that are no more, but those of deferred work."""
        gone = self._mirror.missing_from(fresh.rows)
        return {channel: rows for channel, rows in gone.items() if channel not in deferred}


def monotonic_ms() -> float:
    """Return the time of the monotonic clock [ms]."""
    return time.monotonic() * 1000
