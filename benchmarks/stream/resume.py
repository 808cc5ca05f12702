"""A log of a million events, a worker that has just started, and a reader with an old id."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from statistics import median

from benchmarks.judge import Proof
from benchmarks.stream import payloads
from benchmarks.stream.machine import reading, spent
from benchmarks.stream.ours import SOURCE, PitLive
from benchmarks.stream.trial import Result
from pitlive.store import events
from pitlive.store.publish import ChannelChange

EVENTS = 1_000_000
AT_ONCE = 1000
"""Events published in one step: how the log is filled in seconds."""

RECENT, FAR = 10, 10_000
"""How many events behind the two readers are."""

TRIES = 5


class LongLog(PitLive):
    """A PitLive that keeps so many events, and has them before its worker starts."""

    settings: Mapping[str, object] = {"keep_events": 2 * EVENTS}

    def _be_the_engine(self) -> None:
        super()._be_the_engine()
        texts = [m.text.replace(payloads.STAMP, b"0" * 19) for m in payloads.messages(200)]
        while self.cursor.seq < EVENTS:
            seqs = range(self.cursor.seq + 1, self.cursor.seq + AT_ONCE + 1)
            named = [texts[n % len(texts)].replace(payloads.SEQ, b"%010d" % n) for n in seqs]
            changes = [ChannelChange(payloads.CHANNEL, text, {}) for text in named]
            self.cursor = self.publish(self.client, self.cursor, changes)


def resume(server: LongLog) -> Result:
    """Time to the first byte and to the newest event, for both readers."""
    before = reading(server.pids(), [])
    first = _come_back(server, RECENT)
    recent = [_come_back(server, RECENT) for _ in range(TRIES)]
    far = [_come_back(server, FAR) for _ in range(TRIES)]
    used = spent(before, reading(server.pids(), []))
    return {
        **used,
        "cold_ms": first[1],
        "recent_ms": median(last for _, last, _ in recent),
        "far_first_ms": median(first for first, _, _ in far),
        "far_ms": median(last for _, last, _ in far),
        "wrong": "",
        "proofs": [
            Proof("recent events read again", sum(n for *_, n in recent), TRIES * RECENT),
            Proof("far events read again", sum(n for *_, n in far), TRIES * FAR),
        ],
    }


def _come_back(server: LongLog, behind: int) -> tuple[float, float, int]:
    """Reconnect with an id; return ms to the first byte and to the newest event, and how many.

    Raises:
        ValueError: Not each event came, once and in order.
    """
    (event,) = events.events(server.client, SOURCE, server.cursor.seq - behind - 1, 1)
    at = server.cursor.at(event)
    ask = f"GET {server.path} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {at}\r\n\r\n"
    newest = b'"s":"%010d"' % server.cursor.seq
    said, first = bytearray(), 0.0
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", server.port), 20) as reader:
        reader.sendall(ask.encode())
        while newest not in said[-1000:]:
            said += _more(reader)
            first = first or time.perf_counter()
        last = time.perf_counter()
    seqs = [int(found) for found in re.findall(rb'"s":"(\d{10})"', bytes(said))]
    if seqs != list(range(at.seq + 1, server.cursor.seq + 1)):
        raise ValueError(f"{behind} behind: got {len(seqs)} events, {bytes(said[:400])!r}")
    return (first - began) * 1000, (last - began) * 1000, len(seqs)


def _more(reader: socket.socket) -> bytes:
    if not (found := reader.recv(1 << 18)):
        raise ConnectionError("closed before the newest event")
    return found
