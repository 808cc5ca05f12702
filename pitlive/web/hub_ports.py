"""The ports of the hub over our Redis: its log is the event log, its gate is who may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.errors import DamagedSource
from pitlive.hub.ports import Answered, Heard, Limits, Replay, Subscribed
from pitlive.messages import Cursor, Event
from pitlive.settings import Settings
from pitlive.store import announcements, channel, events, sources
from pitlive.store.client import PubSub, Redis
from pitlive.store.keys import source_of
from pitlive.store.snapshot import Snapshot, snapshot


def limits(settings: Settings) -> Limits:
    """Return the limits of a hub that are set."""
    return Limits(
        heartbeat_s=settings.heartbeat_s,
        lifetime_s=settings.stream_lifetime_s,
        drain_s=settings.drain_s,
        stall_s=settings.stall_s,
        backlog_bytes=settings.stream_backlog,
        max_streams=settings.max_streams,
        flush_ms=settings.flush_ms,
    )


class EventLog:
    """The event logs of all sources; see `pitlive.hub.ports.Log`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def resume(self, source: str, after: Cursor, limit: int) -> Replay:
        """Return whether a reader can go on, and what it missed: one script."""
        return events.resume(self._redis, source, after, limit)

    def events(self, source: str, after: int, limit: int) -> list[Event]:
        """Return events as far as the log still holds them."""
        return events.events(self._redis, source, after, limit)

    def top(self, source: str) -> Cursor | None:
        """Return the newest cursor of a source."""
        return channel.top(self._redis, source)

    def tops(self, sources: Sequence[str]) -> Mapping[str, Cursor | DamagedSource | None]:
        """Return the newest cursors of many, in one round trip."""
        return channel.tops(self._redis, sources)

    def channels(self, source: str) -> Sequence[str]:
        """Return the names of a source's channels."""
        return channel.available(self._redis, source)

    def is_deleted(self, source: str) -> bool:
        """Tell whether a source was deleted not long ago."""
        return sources.is_deleted(self._redis, source)

    def state(self, source: str, patterns: Sequence[str]) -> Snapshot:
        """Return the state of some channels, read in pages."""
        return snapshot(self._redis, source, patterns)

    def listen(self) -> LiveChannels:
        """Return a pub/sub connection of its own."""
        return LiveChannels(announcements.listen(self._redis))


class LiveChannels:
    """Announcements by pub/sub; see `pitlive.hub.ports.Announcements`."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub

    def subscribe(self, sources: Sequence[str]) -> None:
        """Ask for the announcements of sources."""
        self._pubsub.subscribe(*map(announcements.live, sources))

    def unsubscribe(self, source: str) -> None:
        """Hear no more of a source."""
        self._pubsub.unsubscribe(announcements.live(source))  # type: ignore[no-untyped-call]

    def probe(self) -> None:
        """Ping: the answer comes after whatever was announced before."""
        self._pubsub.ping()

    def hear(self, timeout_s: float) -> Heard | None:
        """Return what is heard next."""
        message = self._pubsub.get_message(timeout=timeout_s)
        match message and message["type"]:
            case "message":
                return announcements.heard(message)
            case "subscribe":
                return Subscribed(source_of(message["channel"].decode()))
            case "pong":
                return Answered()
        return None

    def close(self) -> None:
        """End the connection."""
        self._pubsub.close()
