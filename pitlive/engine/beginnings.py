"""The beginning of a follower: from where Redis is, be it less than readers have seen."""

from __future__ import annotations

import structlog

from pitlive.engine.follower import Follower
from pitlive.messages import Cursor
from pitlive.settings import Settings
from pitlive.store import entries, lease, sources
from pitlive.store.client import Redis

log = structlog.get_logger()


class Beginnings:
    """Begins followers, and remembers how far each source has come.

    Attributes:
        count: How many followers have begun.
    """

    def __init__(self, client: Redis, settings: Settings) -> None:
        self.count = 0
        self._client, self._settings = client, settings
        self._reached: dict[str, Cursor] = {}

    def follower(self, source: str, token: str) -> Follower:
        """Return a new follower of a source of which this engine has the lease.

        Args:
            token: That of the lease.
        """
        self._begin_anew_if_lost(source, token)
        self.count += 1
        return Follower(
            self._client,
            source,
            token,
            keep=self._settings.keep_events,
            coalesce_ms=self._settings.coalesce_ms,
            note=lambda cursor: self._reached.update({source: cursor}),
        )

    def _begin_anew_if_lost(self, source: str, token: str) -> None:
        """Redis may come back with less than it acknowledged: readers must be told."""
        meta, reached = sources.meta(self._client, source), self._reached.get(source)
        behind = reached and meta.cursor.epoch == reached.epoch and meta.cursor.seq < reached.seq
        shorter = entries.is_before(entries.newest(self._client, source), meta.folded)
        if lease.may_have_lost(self._client, source) or behind or shorter:
            cursor = lease.restart(self._client, source, token)
            log.warning("log went back", source=source, was=str(reached), now=str(cursor))
