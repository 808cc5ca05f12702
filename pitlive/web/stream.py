"""Open streams: the first words, what was missed or the state, then every change.

The order matters and is the whole promise: join the hub first (it queues), then read the
log or the state, then drain the queue, dropping what is not newer. Nothing is lost
between, and nothing comes twice.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from flask import Blueprint, Response, request

from pitlive.errors import BadCursor, PitLiveError, StoreUnavailable
from pitlive.messages import SOURCE_NAME, Cursor, Event
from pitlive.settings import Settings
from pitlive.store import channel
from pitlive.store.client import UNAVAILABLE, Redis
from pitlive.web import sse, wanted
from pitlive.web.hub import PAGE, Hub
from pitlive.web.reader import Reader

RETRY_MS = (500, 1500)
"""Range of the time a browser waits before it comes back: short, and never all at once."""

AWAY_RETRY_MS = (2000, 6000)
"""The same while the server cannot serve: no storm when it is back."""

HEARTBEAT_JITTER = 0.2
"""Heartbeats of many readers must not fall together."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class BadStream(PitLiveError):
    """A stream was asked for in a way that can never be served."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for."""

    sources: list[str]
    patterns: list[str]
    after: dict[str, Cursor | None]
    """None where the reader named a cursor that is none; absent where it named nothing."""

    cursor: str


def routes(settings: Settings, client: Redis) -> Blueprint:
    """Return the two stream routes, served by one hub of this worker."""
    blueprint = Blueprint("streams", __name__)
    hub = Hub(client)
    blueprint.record_once(lambda setup: setup.app.extensions.update(hub=hub))  # to be closed

    def stream(sources: list[str]) -> Response:
        wish = read_wish(sources)
        body = Stream(settings, client, hub, wish).body()
        return Response(body, mimetype="text/event-stream", headers=HEADERS)

    @blueprint.get("/api/v1/sources/<source>/events")
    def events_of_source(source: str) -> Response:
        return stream([source])

    @blueprint.get("/api/v1/events")
    def events_of_sources() -> Response:
        return stream(request.args.getlist("source"))

    return blueprint


def read_wish(sources: list[str]) -> Wish:
    """Read what the current request asks for.

    Raises:
        BadStream: A source's name is not one, or none or one twice is named.
        BadChannels: A channel's name is not one.
    """
    for source in sources:
        if not re.fullmatch(SOURCE_NAME, source):
            raise BadStream(f"source: got {source[:80]!r}, want a name matching {SOURCE_NAME}")
    if not sources or len(set(sources)) != len(sources):
        raise BadStream(f"source: got {sources}, want one or more, each once")
    patterns = wanted.read(request.args.getlist("channels"))
    text = request.headers.get("Last-Event-ID") or request.args.get("last_event_id", "")
    return Wish(sources, patterns, read_cursors(sources, text), text)


def read_cursors(sources: list[str], text: str) -> dict[str, Cursor | None]:
    """Return the cursor of each source that the text names one for.

    >>> read_cursors(["a", "b"], "k3f9.41_")
    {'a': Cursor(epoch='k3f9', seq=41)}
    >>> read_cursors(["a"], "nonsense")
    {'a': None}
    """
    if not text:
        return {}
    parts = text.split("_")
    if len(parts) != len(sources):
        return dict.fromkeys(sources)
    return {s: _cursor(part) for s, part in zip(sources, parts, strict=True) if part}


class Stream:
    """One response: what a reader is told, from the first word to the last."""

    def __init__(self, settings: Settings, client: Redis, hub: Hub, wish: Wish) -> None:
        self._settings = settings
        self._client = client
        self._hub = hub
        self._wish = wish
        self._reader = Reader(wish.sources, wish.patterns, settings.stream_backlog)
        self._several = len(wish.sources) > 1

    def body(self) -> Iterator[bytes]:
        """Yield the stream; whatever happens, it ends with a word and a time to come back."""
        if self._hub.closing or self._hub.streams >= self._settings.max_streams:
            yield self._bye(self._hub.closing or "full", AWAY_RETRY_MS)
            return
        try:
            yield sse.retry(random.randint(*RETRY_MS))
            yield from self._begin()
            yield from self._follow()
            yield self._bye(self._reader.closing, RETRY_MS)
        except (*UNAVAILABLE, StoreUnavailable):
            yield self._bye("unavailable", AWAY_RETRY_MS)
        finally:
            self._hub.leave(self._reader)

    def _begin(self) -> Iterator[bytes]:
        """Say hello, then give what was missed or the state, source by source."""
        for source in self._wish.sources:
            self._hub.join(source, self._reader)
        verdicts = {source: self._verdict(source) for source in self._wish.sources}
        states = {s: self._state(s) for s, v in verdicts.items() if v.reason != "ok"}
        for source, verdict in verdicts.items():
            self._reach(source, self._start(source, verdict, states))
        yield self._hello(verdicts, states)
        for source, verdict in verdicts.items():
            if verdict.reason == "ok":
                yield from self._replay(source, verdict)
            elif state := states[source]:
                yield self._snapshot(source, state)

    def _verdict(self, source: str) -> channel.Verdict:
        after = self._wish.after
        if after.get(source) is not None:
            return channel.resume(self._client, source, after[source], PAGE)  # type: ignore[arg-type]
        top = channel.top(self._client, [source])[0]
        reason: channel.Reason = "unknown" if source in after or top is None else "fresh"
        return channel.Verdict(reason, top or Cursor("", 0), [])

    def _state(self, source: str) -> channel.Snapshot | None:
        """The asked channels' state, None while there is no such source."""
        if channel.top(self._client, [source])[0] is None:
            return None
        return channel.snapshot(self._client, source, self._wish.patterns)

    def _start(
        self,
        source: str,
        verdict: channel.Verdict,
        states: dict[str, channel.Snapshot | None],
    ) -> Cursor | None:
        if verdict.reason == "ok":
            return self._wish.after[source]
        state = states[source]
        return state.cursor if state else None

    def _reach(self, source: str, cursor: Cursor | None) -> None:
        if cursor is not None:
            self._reader.reached[source] = cursor

    def _hello(
        self,
        verdicts: dict[str, channel.Verdict],
        states: dict[str, channel.Snapshot | None],
    ) -> bytes:
        said = {s: self._said(s, v, states.get(s)) for s, v in verdicts.items()}
        hello = {"cursor": self._reader.cursor, "server_ms": _now_ms(), "sources": said}
        return sse.control("hello", hello, self._reader.cursor)

    def _said(
        self, source: str, verdict: channel.Verdict, state: channel.Snapshot | None
    ) -> dict[str, object]:
        after = self._wish.after.get(source)
        reached = self._reader.reached.get(source)
        to = verdict.top if verdict.reason == "ok" else reached
        available = state.available if state else channel.available(self._client, source)
        return {
            "resumed": verdict.reason == "ok",
            "reason": verdict.reason,
            "from": str(after) if after else None,
            "to": str(to) if to else None,
            "channels": available,
        }

    def _replay(self, source: str, verdict: channel.Verdict) -> Iterator[bytes]:
        """Give exactly the events after the cursor, page by page."""
        events = verdict.events
        while events:
            if events[0].seq != self._reader.reached[source].seq + 1:
                self._reader.close("trimmed")
                return
            yield b"".join(self._message(source, event) for event in events)
            if len(events) < PAGE:
                return
            events = channel.events(self._client, source, events[-1].seq, PAGE)

    def _snapshot(self, source: str, state: channel.Snapshot) -> bytes:
        head = orjson.dumps({"source": source, "cursor": str(state.cursor)})
        data = b"%s,%s}" % (head[:-1], b'"channels":' + state.encode())
        return sse.event(data, id=self._reader.cursor, name="snapshot")

    def _follow(self) -> Iterator[bytes]:
        """Give every change as it comes, and a heartbeat when it is time."""
        beat = self._next_beat()
        while not self._reader.closing:
            taken = self._reader.take(max(0.0, beat - time.monotonic()))
            if taken:
                yield b"".join(self._message(source, event) for source, event in taken)
            if time.monotonic() >= beat:
                yield self._heartbeat()
                beat = self._next_beat()

    def _message(self, source: str, event: Event) -> bytes:
        """The event as bytes; nothing if the reader has it, or does not want it."""
        at = self._reader.reached.get(source)
        if at is None or event.seq <= at.seq:
            return b""
        self._reader.reached[source] = Cursor(at.epoch, event.seq)
        if not self._reader.wants(event.channel):
            return b""
        data = event.message
        if self._several:
            data = b'{"source":"%s",%s' % (source.encode(), data[1:])
        return sse.event(data, id=self._reader.cursor)

    def _heartbeat(self) -> bytes:
        """Time, and how far everything is: what was handed out and not wanted counts as read."""
        tops = {source: self._hub.top(source) for source in self._wish.sources}
        for source, top in tops.items():
            if not self._reader.is_waiting and top and source in self._reader.reached:
                self._reader.reached[source] = max(top, self._reader.reached[source])
        top_text = {source: str(top) for source, top in tops.items() if top}
        return sse.control("hb", {"server_ms": _now_ms(), "top": top_text}, self._reader.cursor)

    def _next_beat(self) -> float:
        mean = self._settings.heartbeat_s
        return time.monotonic() + mean * random.uniform(1 - HEARTBEAT_JITTER, 1 + HEARTBEAT_JITTER)

    @property
    def _last_id(self) -> str:
        """Where the reader is; before it was greeted, where it said it was."""
        return self._reader.cursor if self._reader.reached else self._wish.cursor

    def _bye(self, reason: str, wait_ms: tuple[int, int]) -> bytes:
        ms = random.randint(*wait_ms)
        said = {"reason": reason, "retry_ms": ms}
        return sse.retry(ms) + sse.control("bye", said, self._last_id)


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text)
    except BadCursor:
        return None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
