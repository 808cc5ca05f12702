"""A reader that trusts nothing: it checks every event it is sent, and keeps the state.

It reconnects like a browser does, with `Last-Event-ID` and the server's `retry`, and
notes every event that was missed, repeated or out of order.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson


@dataclass
class Block:
    """One event as it came over the wire."""

    name: str = "message"
    data: str | None = None
    id: str | None = None
    retry: int | None = None


def blocks(lines: Iterator[bytes]) -> Iterator[Block]:
    """Read events off lines as the HTML standard says; an unfinished one is discarded."""
    block = Block()
    for line in lines:
        text = line.rstrip(b"\r\n").decode()
        if not text:
            yield block
            block = Block()
            continue
        name, _, value = text.partition(":")
        _note(block, name, value.removeprefix(" "))


def _note(block: Block, name: str, value: str) -> None:
    if name == "data":
        block.data = value if block.data is None else f"{block.data}\n{value}"
    elif name == "event":
        block.name = value
    elif name == "id":
        block.id = value
    elif name == "retry":
        block.retry = int(value)


def merge(target: Any, patch: Any) -> Any:
    """Apply an RFC 7396 patch, written from the RFC and not from our own code."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


@dataclass
class Checker:
    """One reader of all channels of one source.

    Attributes:
        state: channel → row → value, from the snapshot and every patch since.
        faults: What was missed, repeated or out of order, in words.
        reasons: The verdicts of all hellos so far.
    """

    url: str
    source: str
    channels: str = "*"
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: str = ""
    seen: int = 0
    faults: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    stopping: bool = False
    retry_ms: int = 200
    thread: threading.Thread | None = None

    def start(self) -> Checker:
        """Begin to read in a thread of its own."""
        self.thread = threading.Thread(target=self._read_for_ever, daemon=True)
        self.thread.start()
        return self

    def stop(self) -> None:
        """Stop after the next event or heartbeat."""
        self.stopping = True

    @property
    def seq(self) -> int:
        """The newest event that was read."""
        return int(self.cursor.rpartition(".")[2] or 0)

    def _read_for_ever(self) -> None:
        while not self.stopping:
            with suppress(OSError, http.client.HTTPException):  # a cut is what it is for
                self._read_once()
            time.sleep(self.retry_ms / 1000)

    def _read_once(self) -> None:
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        path = f"/api/v1/sources/{self.source}/events?channels={self.channels}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        try:
            if answer.status == 200:
                for block in blocks(iter(answer.readline, b"")):
                    self._take(block)
                    if self.stopping:
                        return
        finally:
            connection.close()

    def _take(self, block: Block) -> None:
        if block.retry is not None:
            self.retry_ms = min(block.retry, 500)
        if block.data is None:
            return
        said = orjson.loads(block.data)
        if block.name == "hello":
            self.reasons.append(said["sources"][self.source]["reason"])
        elif block.name == "snapshot":
            self.state = said["channels"]
        elif block.name == "message":
            self._change(said, block.id or "")
        if block.id:
            self.cursor = block.id

    def _change(self, said: Any, id: str) -> None:
        self.seen += 1
        seq = int(id.rpartition(".")[2])
        if self.channels == "*" and seq != self.seq + 1:
            self.faults.append(f"{id} after {self.cursor}")
        if seq <= self.seq:
            self.faults.append(f"{id} again after {self.cursor}")
        channel = said["channel"]
        self.state[channel] = merge(self.state.get(channel, {}), said["data"])
