"""What a stream says besides changes: hello, snapshot, heartbeat and goodbye."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import orjson

from pitlive.messages import Cursor, Json
from pitlive.store.channel import Snapshot
from pitlive.web import sse

RETRY_MS = (500, 1500)
"""Range of the time a browser waits before it comes back: short, and never all at once."""

AWAY_RETRY_MS = (2000, 6000)
"""The same while the server cannot serve: no storm when it is back."""


def retry() -> bytes:
    """How long a browser waits before it comes back by itself."""
    return sse.retry(random.randint(*RETRY_MS))


def hello(cursor: str, sources: Mapping[str, Json]) -> bytes:
    """The first event of every stream: what becomes of the reader's cursor."""
    return sse.control(
        "hello", {"cursor": cursor, "server_ms": _now_ms(), "sources": sources}, cursor
    )


def snapshot(source: str, state: Snapshot, cursor: str) -> bytes:
    """The state of the asked channels; it replaces what the reader had."""
    head = orjson.dumps({"source": source, "cursor": str(state.cursor)})
    data = b'%s,"channels":%s}' % (head[:-1], state.encode())
    return sse.event(data, id=cursor, name="snapshot")


def heartbeat(cursor: str, tops: Mapping[str, Cursor]) -> bytes:
    """Time, and how far everything is: it feeds a watchdog and finds who vanished."""
    top = {source: str(at) for source, at in tops.items()}
    return sse.control("hb", {"server_ms": _now_ms(), "top": top}, cursor)


def bye(reason: str, cursor: str, wait_ms: tuple[int, int] = RETRY_MS) -> bytes:
    """The last event: why the server closes, and when to come back."""
    ms = random.randint(*wait_ms)
    return sse.retry(ms) + sse.control("bye", {"reason": reason, "retry_ms": ms}, cursor)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
