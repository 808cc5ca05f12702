"""A reader that trusts nothing: it checks every event it is sent, and keeps the state.

It reconnects like a browser does, with `Last-Event-ID` and the server's `retry`, and
notes every event that was missed, repeated or out of order, every word that breaks the
protocol, and how each of its streams ended.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import orjson


@dataclass
class Block:
    """One event as it came over the wire."""

    name: str = "message"
    data: str | None = None
    id: str | None = None
    retry: int | None = None


class Unfinished(Exception):
    """The stream ended in the middle of an event."""


def blocks(lines: Iterator[bytes]) -> Iterator[Block]:
    """Read events off lines as the HTML standard says; an unfinished one is discarded."""
    with suppress(Unfinished):
        yield from whole_blocks(lines)


def whole_blocks(lines: Iterator[bytes]) -> Iterator[Block]:
    """Read events off lines.

    Raises:
        Unfinished: The last one was never ended by an empty line.
        ValueError: A field has no meaning in an event stream.
    """
    block = Block()
    for line in lines:
        if not line.endswith(b"\n"):
            raise Unfinished  # torn, maybe within the name of a field or within a letter
        text = line.rstrip(b"\r\n").decode()
        if not text:
            yield block
            block = Block()
            continue
        name, _, value = text.partition(":")
        _note(block, name, value.removeprefix(" "))
    if block != Block():
        raise Unfinished


def _note(block: Block, name: str, value: str) -> None:
    if name == "data":
        block.data = value if block.data is None else f"{block.data}\n{value}"
    elif name == "event":
        block.name = value
    elif name == "id":
        block.id = value
    elif name == "retry":
        block.retry = int(value)
    elif name:  # without a name it is a comment
        raise ValueError(f"field: got {name!r}, want data, event, id or retry")


def is_sent_away(block: Block) -> bool:
    """Whether a stream ends before it began, for its worker hears late of Redis: one comes back."""
    return block.name == "bye" and orjson.loads(block.data or "{}")["reason"] == "unavailable"


def lines_of(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The lines of a stream as they arrive, unpacked if it is compressed; the last may be torn."""
    packed = answer.headers.get("Content-Encoding") == "gzip"
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None
    rest = b""
    while part := answer.read1(65536):
        *lines, rest = (rest + (unpack.decompress(part) if unpack else part)).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest:
        yield rest


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


State = dict[str, dict[str, Any]]
"""channel → row → value."""

End = Literal["bye", "end", "torn", "broken"]
"""How a stream ended: with a word, without one, in the middle of an event, by an error."""


def number(cursor: str) -> int:
    """The number of the event that a cursor of one source stands at."""
    return int(cursor.split(".")[1]) if cursor else 0


@dataclass
class Seen:
    """What a reader has of one source.

    Attributes:
        at: Cursor of the newest event or state.
        since: Cursor of the state that `heard` goes on from.
        heard: Every event since, as (seq, what was said).
    """

    at: str = ""
    since: str = ""
    state: State = field(default_factory=dict)
    heard: list[tuple[int, Any]] = field(default_factory=list)

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return number(self.at)


@dataclass
class Checker:
    """One reader of some channels of one source, or of several on one stream.

    Attributes:
        source: Its name; several names separated by commas.
        patience_s: How long nothing at all may come before it gives the connection up.
        faults: What was missed, repeated, out of order or against the protocol, in words.
        reasons: The verdicts of all hellos so far, on each source in turn.
        byes: Everything that was said in goodbye.
        parted: When each goodbye came in, whenever it was read [monotonic s].
        ends: How each stream ended, and when [monotonic s].
        beats: Heartbeats so far.
    """

    url: str
    source: str
    channels: str = "*"
    gzip: bool = False
    patience_s: float = 120.0
    cursor: str = ""
    seen: int = 0
    beats: int = 0
    faults: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    byes: list[dict[str, Any]] = field(default_factory=list)
    parted: list[float] = field(default_factory=list)
    ends: list[tuple[End, float]] = field(default_factory=list)
    stopping: bool = False
    retry_ms: int = 200
    thread: threading.Thread | None = None
    sock: socket.socket | None = None
    of: dict[str, Seen] = field(default_factory=dict, repr=False)
    _awaited: set[str] = field(default_factory=set)
    _ended: bool = False

    def __post_init__(self) -> None:
        self.of = {source: Seen() for source in self.source.split(",")}

    def start(self) -> Checker:
        """Begin to read in a thread of its own."""
        self.thread = threading.Thread(target=self._read_for_ever, daemon=True)
        self.thread.start()
        return self

    def stop(self) -> None:
        """Leave."""
        self.stopping = True
        if self.sock is not None:
            with suppress(OSError):  # it has ended by itself
                self.sock.shutdown(socket.SHUT_RDWR)

    def take_all(self, sent: Iterable[Block]) -> None:
        """Take what another has read, until that ends or this is told to stop."""
        for block in sent:
            self._take(block)
            if self.stopping:
                return

    @property
    def state(self) -> State:
        """The state of the first source."""
        return next(iter(self.of.values())).state

    @property
    def seq(self) -> int:
        """The newest event of the first source that was read."""
        return number(self.cursor.partition("_")[0])

    @property
    def path(self) -> str:
        """What it asks for."""
        channels = quote(self.channels, safe="*,/")
        if len(self.of) == 1:
            return f"/api/v1/sources/{self.source}/events?channels={channels}"
        asked = "&".join(f"source={source}" for source in self.of)
        return f"/api/v1/events?{asked}&channels={channels}"

    def _read_for_ever(self) -> None:
        while not self.stopping:
            end: End = "broken"
            with suppress(OSError, http.client.HTTPException):  # a cut is what it is for
                end = self._read_once()
            self.ends.append((end, time.monotonic()))
            time.sleep(self.retry_ms / 1000)

    def _read_once(self) -> End:
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=self.patience_s)
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        headers |= {"Accept-Encoding": "gzip"} if self.gzip else {}
        with closing(connection):
            connection.connect()
            self.sock = connection.sock
            connection.request("GET", self.path, headers=headers)
            with connection.getresponse() as answer:
                return self._follow(answer)

    def _follow(self, answer: http.client.HTTPResponse) -> End:
        if answer.status != 200:  # EventSource would never come back
            self.faults.append(f"status {answer.status}")
            return "end"
        self._ended = False
        self._awaited.clear()
        try:
            self.take_all(whole_blocks(lines_of(answer)))
        except Unfinished:
            return "torn"
        return "bye" if self._ended else "end"

    def _take(self, block: Block) -> None:
        if block.retry is not None:
            self.retry_ms = min(block.retry, 500)
        if block.data is None:
            return
        if self._ended:
            self.faults.append(f"{block.name} {block.id} after bye")
        self._note(block.name, orjson.loads(block.data), block.id or self.cursor)
        if block.id:
            self.cursor = block.id

    def _note(self, name: str, said: Any, id: str) -> None:
        match name:
            case "hello":
                self._hello(said)
            case "snapshot":
                self._snapshot(said)
            case "message":
                self._change(said, id)
            case "hb":
                self.beats += 1
                self._move(id)
            case "bye":
                self._ended = True
                self.parted.append(time.monotonic() - _ago_s(self.sock))
                self.byes.append(said)
                self._move(id)
            case _:
                self.faults.append(f"event {name!r}, which is none of ours")

    def _hello(self, said: Any) -> None:
        """Each source is resumed where it was, or its state comes, or there is no such source."""
        for source, asked in self._parts(self.cursor):
            verdict, seen = said["sources"][source], self.of[source]
            self.reasons.append(verdict["reason"])
            if not verdict["resumed"]:
                self._awaited.add(source)
                if verdict["to"] is None:
                    self.of[source] = Seen()
            elif not seen.since or not verdict["from"] == asked == seen.at:
                self.faults.append(f"{source} resumed at {verdict['from']}, was at {seen.at!r}")

    def _snapshot(self, said: Any) -> None:
        cursor, source = said["cursor"], said["source"]
        self._awaited.discard(source)
        self.of[source] = Seen(cursor, cursor, said["channels"])

    def _change(self, said: Any, id: str) -> None:
        self.seen += 1
        source = said.pop("source", self.source)
        if source in self._awaited:
            self.faults.append(f"{id} before the state of {source}")
        seen = self.of[source]
        self._move(id, source)
        seen.heard.append((seen.seq, said))
        channel = said["channel"]
        seen.state[channel] = merge(seen.state.get(channel, {}), said["data"])
        if not seen.state[channel]:
            del seen.state[channel]

    def _move(self, id: str, changed: str = "") -> None:
        """Go on to a cursor: by one event of one source, else only over what was not asked for."""
        for source, reached in self._parts(id):
            seen = self.of[source]
            epoch, before = reached.partition(".")[0], seen.at.partition(".")[0]
            step = number(reached) - number(seen.at)
            least, most = int(source == changed), 1 if source == changed else 0
            right = least <= step and (step <= most or self.channels != "*")
            right = right and epoch == before and (step > 0 or reached == seen.at)
            if seen.since and not right:
                self.faults.append(f"{id} after {self.cursor}: {source} was at {seen.at}")
            seen.at = reached if seen.since else seen.at

    def _parts(self, id: str) -> list[tuple[str, str]]:
        """The sources, and what a cursor says of each."""
        parts = id.split("_") if id else [""] * len(self.of)
        return list(zip(self.of, parts, strict=True))


LAST_DATA_RECV = 52
"""Where Linux's struct tcp_info has how long ago data came in last [ms]."""


def _ago_s(sock: socket.socket | None) -> float:
    """How long ago the kernel got the last bytes of a connection: a busy reader reads late."""
    if sock is None:  # another reads for us
        return 0.0
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA_RECV + 4)
    return float(struct.unpack_from("=I", info, LAST_DATA_RECV)[0]) / 1000
