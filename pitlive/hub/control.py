"""The control messages of a stream, beside changes: hello, snapshot, heartbeat and goodbye."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import orjson

from pitlive.hub import sse
from pitlive.hub.ports import State
from pitlive.messages import Cursor, Json

RETRY_MS = (500, 1500)
"""Range of the time a browser waits before it comes back: short, and never all at once."""

AWAY_RETRY_MS = (2000, 6000)
"""The same while the server cannot serve: no storm when it is back."""


def opening() -> bytes:
    """How every stream begins: when to come back, and the part of hello that is each reader's own.

    `hello` has to follow. Two lines of data are one value, for JSON does not mind the line end.
    """
    return (
        sse.retry(random.randint(*RETRY_MS)) + b'event: hello\ndata: {"server_ms":%d,\n' % _now_ms()
    )


def hello(cursor: str, sources: Mapping[str, Json], *, state_follows: bool) -> bytes:
    """The rest of the first event: what becomes of the reader's cursor.

    It has no id if a state follows: a reader who is cut off before it has it would else
    resume after a state that it never got.
    """
    rest = orjson.dumps({"cursor": cursor, "sources": sources})[1:]
    return sse.event(rest, id="" if state_follows else cursor)


def snapshots(states: Mapping[str, State], cursor: str) -> bytes:
    """The state of the asked channels, a source at a time; it replaces what the reader had.

    Only the last has the id, for only with it does the reader have all.
    """
    ids = [*[""] * (len(states) - 1), cursor]
    return b"".join(_snapshot(s, states[s], id) for s, id in zip(states, ids, strict=False))


def _snapshot(source: str, state: State, id: str) -> bytes:
    head = orjson.dumps({"source": source, "cursor": str(state.cursor)})
    data = b'%s,"channels":%s}' % (head[:-1], state.encode())
    return sse.event(data, id=id, name="snapshot")


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
