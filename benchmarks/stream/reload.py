"""A rolling reload under ten thousand readers: nobody loses anything, and no herd comes back."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from benchmarks.judge import Proof, rate
from benchmarks.stream import payloads
from benchmarks.stream.machine import reading, spent
from benchmarks.stream.ours import PitLive
from benchmarks.stream.trial import Result
from pitlive.store.publish import ChannelChange

OPENING = 200
"""Connections being opened at a time at the beginning."""

AFTER_S = 8
"""How long after the window the readers are followed."""

_SEQ = re.compile(rb"id: [^\s.]+\.(\d+)[.\w]*\n")
_RETRY = re.compile(rb"^retry: (\d+)$", re.MULTILINE)


class Reloading(PitLive):
    """PitLive with a longer window, in which a worker sends its readers away."""

    settings: Mapping[str, object] = {"drain_s": 10}


class Crowd:
    """Readers that come back as a browser does, and what became of them."""

    def __init__(self, server: PitLive) -> None:
        self.came_back: list[float] = []
        self.refused = 0
        self.lost = 0
        self.has: list[int] = []
        """The newest event that each reader has."""
        self._server = server
        self._opening = asyncio.Semaphore(OPENING)

    async def read_for_ever(self) -> None:
        """One reader: connect, read, wait as long as it was told, and again."""
        last, me = b"", len(self.has)
        self.has.append(0)
        while True:
            last, retry_ms = await self._read_once(last, me)
            await asyncio.sleep(retry_ms / 1000)

    async def _read_once(self, last: bytes, me: int) -> tuple[bytes, int]:
        async with self._opening:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        cursor = f"Last-Event-ID: {last.decode()}\r\n" if last else ""
        head = f"GET {self._server.path} HTTP/1.1\r\nHost: localhost\r\n{cursor}\r\n"
        writer.write(head.encode())
        if last:
            self.came_back.append(time.monotonic())
        retry_ms = 500
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.refused += not (await reader.readline()).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"\r\n\r\n")
            while True:
                block = await reader.readuntil(b"\n\n")
                last, retry_ms = self._take(block, last, me), self._retry(block, retry_ms)
        writer.close()
        return last, retry_ms

    def _take(self, block: bytes, last: bytes, me: int) -> bytes:
        found = _SEQ.search(block)
        if found is None:
            return last
        seq, id = int(found[1]), block[found.start() + 4 : found.end() - 1]
        if last and b"event:" not in block:
            self.lost += seq != int(last.rpartition(b".")[2]) + 1
        self.has[me] = seq
        return id

    @staticmethod
    def _retry(block: bytes, before: int) -> int:
        found = _RETRY.search(block)
        return int(found[1]) if found else before


def reload(server: Reloading, readers: int) -> Result:
    """Reload while events go by; count who comes back in each second, and what is missed."""
    return asyncio.run(_reload(server, readers))


async def _reload(server: Reloading, readers: int) -> Result:
    crowd = Crowd(server)
    tasks = [asyncio.create_task(crowd.read_for_ever()) for _ in range(readers)]
    await asyncio.sleep(readers / 1000)
    publishing = asyncio.create_task(_publish(server))
    await asyncio.sleep(2)
    before = reading(server.pids(), [])
    server.signal(signal.SIGHUP)
    await asyncio.sleep(_window_s(server) + AFTER_S)
    used = spent(before, reading(server.pids(), []))
    publishing.cancel()
    await asyncio.sleep(1)
    first = min(crowd.came_back, default=0.0)
    seconds = Counter(int(at - first) for at in crowd.came_back)
    up_to_date = sum(seq == server.cursor.seq for seq in crowd.has)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        **used,
        "came_back": len(crowd.came_back),
        "peak_by_uniform": rate(max(seconds.values(), default=0), readers / _window_s(server)),
        "refused": crowd.refused,
        "lost": crowd.lost,
        "wrong": f"{crowd.lost} lost or repeated" if crowd.lost else "",
        "proofs": [
            Proof("events published", server.cursor.seq, 1),
            Proof("readers back", len(crowd.came_back), readers),
            Proof("readers with the newest event", up_to_date, readers),
        ],
    }


async def _publish(server: PitLive) -> None:
    """An event a second."""
    text = next(iter(payloads.messages(200))).text
    while True:
        changes = [ChannelChange(payloads.CHANNEL, text, {})]
        server.cursor = server.publish(server.client, server.cursor, changes)
        await asyncio.sleep(1)


def _window_s(server: PitLive) -> float:
    return float(str(server.settings["drain_s"]))
