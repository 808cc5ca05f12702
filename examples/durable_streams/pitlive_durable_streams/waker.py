"""Who waits for more of a stream is woken when Redis announces it: one listener in a worker.

An announcement may get lost, so nobody relies on it: a subscription that has just been confirmed
wakes too, for what was announced before it; and whoever waits looks now and then by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import gevent
import structlog
from gevent.event import Event

from pitlive.errors import PitLiveError, StoreUnavailable
from pitlive.store.client import PubSub, Redis
from pitlive.store.keys import key
from pitlive_durable_streams import stored

log = structlog.get_logger()

ALWAYS = key("stream/", "live")
"""Heard all the time, so that the connection is there before anybody waits."""

AGAIN_S = 0.2
"""How soon a Redis that did not answer is asked again."""

TIDY_S = 10.0
"""How often channels are left that nobody waits for; who comes back sooner needs not ask anew."""

REAP_S = 60.0


@dataclass(slots=True)
class _Channel:
    """Those who wait for one channel, and since when nobody does."""

    waiting: set[Event] = field(default_factory=set)
    idle_since: float = 0.0


class Waker:
    """Wakes those who wait in one worker.

    Args:
        ending: Set when the worker ends: then nobody is to wait any more.
    """

    def __init__(self, client: Redis, ending: Event) -> None:
        self._client, self._ending = client, ending
        self._channels: dict[str, _Channel] = {}
        self._pubsub: PubSub | None = None
        self._is_running = False

    @property
    def is_ending(self) -> bool:
        """Whether the worker ends."""
        return self._ending.is_set()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(one.waiting) for one in self._channels.values())

    @contextmanager
    def hearing(self, channel: str) -> Iterator[Event]:
        """Have an event set whenever something is announced on a channel."""
        self._begin()
        news = Event()
        if channel not in self._channels:
            self._channels[channel] = _Channel()
            self._subscribe(channel)
        known = self._channels[channel]
        known.waiting.add(news)
        try:
            yield news
        finally:
            known.waiting.discard(news)
            known.idle_since = time.monotonic()

    def _begin(self) -> None:
        if not self._is_running:
            self._is_running = True
            gevent.spawn(self._run)
            gevent.spawn(self._end)

    def _end(self) -> None:
        self._ending.wait()
        for channel in list(self._channels):
            self._wake(channel)

    def _run(self) -> None:
        """Listen for ever; while Redis is away, or refuses, those who wait go on waiting."""
        while True:
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - nobody would listen in this worker again
                log.warning("not now", why=f"{type(error).__name__}: {error}")
                gevent.sleep(AGAIN_S)

    def _listen(self) -> None:
        pubsub = self._client.pubsub()
        try:
            pubsub.subscribe(ALWAYS, *self._channels)
            self._pubsub = pubsub
            tidied = reaped = time.monotonic()
            while True:
                message = pubsub.get_message(timeout=1.0)
                if message and message["type"] in ("message", "subscribe"):
                    self._wake(message["channel"].decode())
                now = time.monotonic()
                if now - tidied >= TIDY_S:
                    self._tidy(now)
                    tidied = now
                if now - reaped >= REAP_S:
                    self._reap()
                    reaped = now
        finally:
            self._pubsub = None
            pubsub.close()

    def _wake(self, channel: str) -> None:
        if known := self._channels.get(channel):
            for news in known.waiting:
                news.set()

    def _subscribe(self, channel: str) -> None:
        """While there is no connection nothing needs to be said: the next one hears all."""
        if self._pubsub is not None:
            with suppress(StoreUnavailable):
                self._pubsub.subscribe(channel)

    def _tidy(self, now: float) -> None:
        for channel, known in list(self._channels.items()):
            if not known.waiting and now - known.idle_since >= TIDY_S and self._pubsub is not None:
                del self._channels[channel]
                self._pubsub.unsubscribe(channel)  # type: ignore[no-untyped-call]

    def _reap(self) -> None:
        with suppress(PitLiveError):
            stored.reap(self._client)
