"""The engine process: takes the sources that nobody follows, and follows them.

Start as many as you like, on as many machines: each source has one writer, by its lease.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Mapping

import structlog

from pitlive.engine.follower import Follower
from pitlive.errors import LeaseLost, PitLiveError
from pitlive.messages import Cursor
from pitlive.settings import Settings
from pitlive.store import entries, lease, sources
from pitlive.store.client import UNAVAILABLE, connect

log = structlog.get_logger()

RENEWALS = 4
"""Times a lease is renewed within its life, so that one lost renewal loses nothing."""


class Engine:
    """All followers of this process, one thread each."""

    def __init__(self, settings: Settings) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = threading.Event()
        self._settings = settings
        self._client = connect(settings.redis, retries=0)
        self._followers: dict[str, tuple[Follower, threading.Thread]] = {}
        self._reached: dict[str, Cursor] = {}

    def run(self) -> None:
        """Hold leases and look after followers until `stopping` is set."""
        log.info("engine", name=self.name)
        while not self.stopping.wait(self._settings.lease_ms / RENEWALS / 1000):
            try:
                self._look_around()
            except UNAVAILABLE as error:
                log.warning("redis is away", error=str(error))
        self._leave()

    def _look_around(self) -> None:
        """Renew what we hold, take what nobody holds, start again what ended."""
        for source in sources.names(self._client):
            try:
                self._look_at(source)
            except PitLiveError as error:
                log.warning("source left alone", source=source, why=str(error))

    def _look_at(self, source: str) -> None:
        token = lease.hold(self._client, source, self.name, self._settings.lease_ms)
        if token is None:
            self._drop(source)
        elif not self._is_following(source):
            self._follow(source, token)

    def _is_following(self, source: str) -> bool:
        known = self._followers.get(source)
        return known is not None and known[1].is_alive()

    def _follow(self, source: str, token: str) -> None:
        self._begin_anew_if_lost(source, token)
        follower = Follower(
            self._client,
            source,
            token,
            keep=self._settings.keep_events,
            coalesce_ms=self._settings.coalesce_ms,
        )
        thread = threading.Thread(target=self._guard, args=(follower,), name=source, daemon=True)
        self._followers[source] = follower, thread
        thread.start()

    def _begin_anew_if_lost(self, source: str, token: str) -> None:
        """Redis may come back with less than it acknowledged: readers must be told."""
        meta, reached = sources.meta(self._client, source), self._reached.get(source)
        behind = reached and meta.cursor.epoch == reached.epoch and meta.cursor.seq < reached.seq
        shorter = entries.is_before(entries.newest(self._client, source), meta.folded)
        if lease.may_have_lost(self._client, source) or behind or shorter:
            cursor = lease.restart(self._client, source, token)
            log.warning("log went back", source=source, was=str(reached), now=str(cursor))

    def _guard(self, follower: Follower) -> None:
        """Run a follower; when it ends, say why. The next look around starts it again."""
        try:
            follower.run(lambda cursor: self._reached.update({follower.source: cursor}))
        except LeaseLost as lost:
            log.info("lease lost", source=follower.source, why=str(lost))
        except PitLiveError as error:
            log.warning("follower begins again", source=follower.source, why=str(error))
        except UNAVAILABLE as error:
            log.warning("redis is away", source=follower.source, error=str(error))
        except Exception:
            log.exception("follower failed", source=follower.source)

    def _drop(self, source: str) -> None:
        """Stop following a source that another engine holds."""
        if known := self._followers.pop(source, None):
            known[0].stopping = True

    def _leave(self) -> None:
        """Stop all followers and give their leases back."""
        followers: Mapping[str, tuple[Follower, threading.Thread]] = dict(self._followers)
        for follower, _ in followers.values():
            follower.stopping = True
        for source, (_, thread) in followers.items():
            thread.join(timeout=2)
            try:
                lease.release(self._client, source, self.name)
            except UNAVAILABLE as error:
                log.warning("lease runs out by itself", source=source, error=str(error))


def main(settings: Settings) -> None:
    """Run an engine until SIGTERM or SIGINT."""
    engine = Engine(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: engine.stopping.set())
    engine.run()
