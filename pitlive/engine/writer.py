"""The one writer of a source: publishes what is due, with all that goes along."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pitlive.engine import metrics
from pitlive.engine.retention import Retention
from pitlive.messages import Cursor, Rejection
from pitlive.store.client import Redis
from pitlive.store.publish import Publication, publish


class Writer:
    """Publishes one source, with the token of its lease.

    What was rejected, and how many entries came late, goes along with the next publish.

    Args:
        keep: Events that the log is to hold.
        note: Told of every cursor that is reached.
    """

    def __init__(
        self, client: Redis, source: str, token: str, keep: int, note: Callable[[Cursor], None]
    ) -> None:
        self._client, self._source, self._token = client, source, token
        self._retention = Retention(keep)
        self._note = note
        self._cursor = Cursor("", 0)
        self._rejected: list[Rejection] = []
        self._late = 0
        self._seen_ms: int | None = None

    @property
    def cursor(self) -> Cursor:
        """Up to where readers have been told."""
        return self._cursor

    def begin_at(self, cursor: Cursor) -> None:
        """Go on from the newest event."""
        self._cursor = cursor
        self._note(cursor)

    def record(self, rejected: Sequence[Rejection], late: int, seen_ms: int) -> None:
        """Have the next publish tell of entries that were folded.

        Args:
            rejected: Those that could not be taken.
            late: How many came late.
            seen_ms: When the first of them was seen [ms since 1970].
        """
        self._rejected += rejected
        self._late += late
        if self._seen_ms is None:
            self._seen_ms = seen_ms

    def reject(self, one: Rejection) -> None:
        """Have the next publish tell of something that is not about a single entry."""
        self._rejected.append(one)

    def publish(self, publication: Publication) -> None:
        """Publish.

        Raises:
            LeaseLost: Another engine has taken over.
            LogWentBack: Redis is not where we left it.
        """
        keep = self._retention.keep_with(len(change.message) for change in publication.changes)
        publication = replace(publication, rejected=self._rejected, late=self._late)
        self._cursor = publish(
            self._client, self._source, self._token, self._cursor, publication, keep
        )
        self._note(self._cursor)
        self._count(len(publication.changes))
        self._rejected, self._late, self._seen_ms = [], 0, None

    def _count(self, events: int) -> None:
        metrics.PUBLISHES.inc()
        metrics.EVENTS.inc(events)
        metrics.REJECTED.inc(len(self._rejected))
        if self._seen_ms is not None:
            metrics.DELAY.observe(max(0.0, time.time() - self._seen_ms / 1000))
