"""A request for a stream, read off its first bytes, if it is a plain one.

Anything that is not plain is nobody's here: the web framework reads it from the beginning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from pitlive.hub import patterns
from pitlive.hub.stream_request import StreamRequest

PREFIX = "/api/v1"
"""Where the routes of streams are, unless the application has them elsewhere."""

_LINE = rb"GET %b/(?:sources/([a-z0-9_-]+)/)?events(?:\?([!-~]*))? HTTP/1\.1\r\n"
_NAME = re.compile(r"[a-z0-9-]+")
_NOT_PLAIN = frozenset({"content-length", "expect", "transfer-encoding", "upgrade"})
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A plain request for a stream.

    Attributes:
        headers: By name in lower case; each was there once.
    """

    sources: tuple[str, ...]
    channels: tuple[str, ...]
    cursor: str
    headers: Mapping[str, str]

    @property
    def stream(self) -> StreamRequest:
        """What it asks for.

        Raises:
            PitLiveError: It can never be served.
        """
        return _stream(
            self.sources, self.channels, self.headers.get("last-event-id") or self.cursor
        )


def read(raw: bytes, prefix: str = PREFIX) -> PlainRequest | None:
    r"""Return the request that these bytes are, None unless they are one plain and whole one.

    >>> read(b"GET /api/v1/events?source=a HTTP/1.1\r\nHost: h\r\n\r\n").sources
    ('a',)
    >>> read(b"GET /api/v1/events?source=a HTTP/1.1\r\nHost: h\r\n") is None
    True
    """
    line = _line(prefix).match(raw)
    if line is None or raw.find(_END) != len(raw) - len(_END):
        return None
    headers = _headers(raw[line.end() : -len(_END)].decode("latin-1"))
    query = _query(line[2] or b"")
    if headers is None or query is None:
        return None
    sources = (line[1].decode(),) if line[1] else query.get("source", ())
    (cursor, *_) = query.get("last_event_id", ("",))
    return PlainRequest(sources, query.get("channels", ()), cursor, headers)


def _headers(text: str) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name in headers or name in _NOT_PLAIN or not _NAME.fullmatch(name):
            return None
        headers[name] = value.strip(" \t")
    return headers


# A crowd asks for the same few things, and comes back from the same few places.


@lru_cache
def _line(prefix: str) -> re.Pattern[bytes]:
    return re.compile(_LINE % re.escape(prefix.encode()))


@lru_cache(maxsize=1024)
def _query(text: bytes) -> Mapping[str, tuple[str, ...]] | None:
    """None for what holds broken UTF-8."""
    query = parse_qs(text.decode(), keep_blank_values=True)
    broken = any("\ufffd" in value for values in query.values() for value in values)
    return None if broken else {name: tuple(values) for name, values in query.items()}


@lru_cache(maxsize=1024)
def _stream(sources: tuple[str, ...], channels: tuple[str, ...], cursor: str) -> StreamRequest:
    return StreamRequest.read(sources, patterns.read(channels), cursor)
