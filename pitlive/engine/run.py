"""The engine process: takes the sources that nobody follows, and follows them.

Start as many as you like, on as many machines: each source has one writer, by its lease.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

import structlog
from prometheus_client import generate_latest

from pitlive import logs
from pitlive.engine import metrics
from pitlive.engine.follower import Follower
from pitlive.errors import LeaseLost, PitLiveError
from pitlive.messages import Cursor
from pitlive.settings import Settings
from pitlive.store import engines, entries, lease, sources
from pitlive.store.client import UNAVAILABLE, connect

log = structlog.get_logger()

LOOK_S = 0.5
"""How soon a new source is found, however long the leases are."""

NEXT_S = 0.05
"""How soon it is looked again whether a follower has caught up, and the next can begin."""

TELL_S = 1.0
"""How often the engine tells of itself."""

SILENT_MS = 10_000
"""How long it may be silent before its figures vanish."""

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
        self._tried: dict[str, float] = {}
        self._told = 0.0
        self._turn = threading.Lock()

    def run(self) -> None:
        """Hold leases and look after followers until `stopping` is set."""
        log.info("engine", name=self.name)
        while not self.stopping.wait(self._pause_s()):
            looked = time.monotonic()
            try:
                self._look_around()
                self._tell()
            except UNAVAILABLE as error:
                log.warning("redis is away", error=str(error))
                metrics.AWAY.inc(time.monotonic() - looked + self._pause_s())
        self._leave()

    def _tell(self) -> None:
        """Leave our figures where the web servers find them."""
        if time.monotonic() - self._told < TELL_S:
            return
        metrics.LEASES.set(sum(self._is_following(source) for source in self._followers))
        engines.tell(self._client, self.name, generate_latest(metrics.REGISTRY), SILENT_MS)
        self._told = time.monotonic()

    def _pause_s(self) -> float:
        if self._is_catching_up():
            return NEXT_S
        return min(LOOK_S, self._settings.lease_ms / RENEWALS / 1000)

    def _look_around(self) -> None:
        """Renew what we follow; then follow what nobody does, one at a time.

        Catching up takes the processor: a second one at the same time would only delay
        both, and another engine may be free to take the next.
        """
        names = sources.names(self._client)
        ours = [source for source in names if self._is_following(source)]
        tokens = lease.hold_all(self._client, ours, self.name, self._settings.lease_ms)
        for source in ours:
            if tokens[source] is None:
                self._drop(source)
        if not self._is_catching_up():
            self._follow_next([source for source in names if source not in ours])

    def _follow_next(self, others: list[str]) -> None:
        """Follow the next source that is free, one with entries waiting before the rest."""
        waiting = set(sources.waiting(self._client, others))
        order = sorted(others, key=lambda s: (s not in waiting, self._tried.get(s, 0.0)))
        for source in order:
            token = lease.hold(self._client, source, self.name, self._settings.lease_ms)
            if token is not None:
                self._tried[source] = time.monotonic()
                self._follow(source, token)
                return

    def _is_catching_up(self) -> bool:
        return any(f.is_catching_up and t.is_alive() for f, t in self._followers.values())

    def _is_following(self, source: str) -> bool:
        known = self._followers.get(source)
        return known is not None and known[1].is_alive()

    def _follow(self, source: str, token: str) -> None:
        try:
            self._begin_anew_if_lost(source, token)
        except PitLiveError as error:
            log.warning("source left alone", source=source, why=str(error))
            return
        follower = Follower(
            self._client,
            source,
            token,
            keep=self._settings.keep_events,
            coalesce_ms=self._settings.coalesce_ms,
            turn=self._turn,
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
            return
        except LeaseLost as lost:
            log.info("lease lost", source=follower.source, why=str(lost))
            metrics.LOST.inc()
            return
        except PitLiveError as error:
            log.warning("follower begins again", source=follower.source, why=str(error))
        except UNAVAILABLE as error:
            log.warning("redis is away", source=follower.source, error=str(error))
        except Exception:
            log.exception("follower failed", source=follower.source)
        metrics.BROKEN.inc()

    def _drop(self, source: str) -> None:
        """Stop following a source that another engine holds."""
        if known := self._followers.pop(source, None):
            known[0].stopping = True
            metrics.LOST.inc()

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
        with suppress(*UNAVAILABLE):  # else they expire
            engines.leave(self._client, self.name)


def main(settings: Settings) -> None:
    """Run an engine until SIGTERM or SIGINT."""
    logs.to_stdout()
    engine = Engine(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: engine.stopping.set())
    engine.run()
