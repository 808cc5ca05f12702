"""Requests as the protocol has them, read from their headers and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import orjson
from flask import Request

from pitlive_durable_streams.log import JSON, media_type
from pitlive_durable_streams.refusals import Refused
from pitlive_durable_streams.stored import Append, Producer

DEFAULT_TYPE = "application/octet-stream"

MOST = 2**53 - 1
"""Largest number that JSON readers and Lua keep exactly."""

_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")
_DIGITS = re.compile(r"[0-9]{1,16}")
_BLANK = b" \t\r\n"


class Read(NamedTuple):
    """What a reader asks for.

    Attributes:
        after: An offset, `-1` or `now`.
        live: How it waits for more, if it does.
    """

    after: str
    live: Literal["", "long-poll", "sse"]
    cursor: str

    @classmethod
    def of(cls, request: Request) -> Read:
        """Read a request.

        Raises:
            Refused: It has no one offset, though it has to.
        """
        offsets = request.args.getlist("offset")
        live: Any = request.args.get("live", "")
        if len(offsets) > 1 or "" in offsets:
            raise Refused(400, f"offset: got {len(offsets)} or an empty one, want one or none")
        if live not in ("", "long-poll", "sse"):
            raise Refused(400, f"live: got {live[:40]!r}, want long-poll, sse, or none")
        if live and not offsets:
            raise Refused(400, "offset: got none, want one, -1 or now, to wait after")
        return cls(offsets[0] if offsets else "-1", live, request.args.get("cursor", ""))


class Lifetime(NamedTuple):
    """How long a stream is to live.

    Attributes:
        ttl: After it was last used [s], as text.
        expires_at: At a time of the clock, as asked.
        till_ms: The same [ms since 1970].
    """

    ttl: str = ""
    expires_at: str = ""
    till_ms: int | None = None

    @classmethod
    def of(cls, request: Request) -> Lifetime:
        """Read a request.

        Raises:
            Refused: It is no number or no time, or both are there.
        """
        ttl, at = request.headers.get("Stream-TTL"), request.headers.get("Stream-Expires-At")
        if ttl is not None and at is not None:
            raise Refused(400, "Stream-TTL: got Stream-Expires-At as well, want one of them")
        if ttl is not None and not (_WHOLE.fullmatch(ttl) and int(ttl) * 1000 + 2**42 < MOST):
            raise Refused(400, f"Stream-TTL: got {ttl[:40]!r}, want whole seconds, such as 3600")
        return cls.parse(ttl or "", at or "")

    @classmethod
    def parse(cls, ttl: str, expires_at: str) -> Lifetime:
        """Return it from its texts.

        >>> Lifetime.parse("", "1970-01-01T00:00:01Z").till_ms
        1000
        """
        return cls(ttl, expires_at, _ms(expires_at) if expires_at else None)


class Fork(NamedTuple):
    """What a stream is to be a fork of.

    Attributes:
        path: The path in the URL of what it is made from.
        at: The offset up to which it inherits; empty: all.
        part: How much of what comes next it has besides: values of a JSON stream, else bytes.
    """

    path: str
    at: str
    part: int

    @classmethod
    def of(cls, request: Request) -> Fork | None:
        """Read a request; None if it asks for no fork.

        Raises:
            Refused: What it asks for cannot be.
        """
        path, at, part = (
            request.headers.get(f"Stream-Fork{name}")
            for name in ("ed-From", "-Offset", "-Sub-Offset")
        )
        if part is not None and (path is None or not _WHOLE.fullmatch(part) or int(part) > MOST):
            raise Refused(
                400, f"Stream-Fork-Sub-Offset: got {part[:40]!r}, want a whole number, and a fork"
            )
        if path is None:
            return None
        if int(part or 0) and not at:
            raise Refused(400, "Stream-Fork-Offset: got none, want one, for Stream-Fork-Sub-Offset")
        return cls(path, at or "", int(part or 0))


def closes(request: Request) -> bool:
    """Tell whether a request asks that nothing be appended afterwards."""
    return request.headers.get("Stream-Closed", "").lower() == "true"


def content_type(request: Request) -> str:
    """Return the content type that a stream is to be of; empty if none is named that is one."""
    given = request.headers.get("Content-Type", "").strip()
    return given if _TYPE.match(given) else ""


def append(request: Request, body: bytes) -> Append:
    """Read what is to be appended.

    Raises:
        Refused: It is nothing, or not what it is said to be.
    """
    given = request.headers.get("Content-Type", "")
    producer, close = _producer(request), closes(request)
    order = request.headers.get("Stream-Seq", "")
    if not body:
        if not close:
            raise Refused(400, "body: got none, want something to append, or Stream-Closed")
        return Append(b"", "", order, producer, closes=True)
    if not given:
        raise Refused(400, "Content-Type: got none, want that of the stream")
    media = media_type(given)
    record = body
    if media == JSON:
        record = json_record(body)
        if not record:
            raise Refused(400, "body: got an empty array, want values to append")
    return Append(record, media, order, producer, close)


def json_record(body: bytes) -> bytes:
    r"""Return the values of a JSON body with commas between: of an array its elements.

    They stay as they were written: reading and writing numbers anew would round some.

    >>> json_record(b" [1.0, [2],\n{}] "), json_record(b'"a"'), json_record(b"[ ]")
    (b'1.0, [2],\n{}', b'"a"', b'')

    Raises:
        Refused: It is no JSON.
    """
    try:
        orjson.loads(body)
    except ValueError as error:
        raise Refused(400, f"body: got no JSON ({error}), want JSON") from None
    text = body.strip(_BLANK)
    return text[1:-1].strip(_BLANK) if text.startswith(b"[") else text


def json_values(record: bytes) -> Sequence[bytes]:
    """Return the values of a record of a JSON stream, as they were written.

    >>> json_values(b'1.0, [2, 3], "a,b"')
    [b'1.0', b'[2, 3]', b'"a,b"']
    """
    decoder, text, at = json.JSONDecoder(), record.decode(), 0
    found: list[bytes] = []
    while at < len(text):
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end].encode())
        at = end
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
    return found


def _producer(request: Request) -> Producer | None:
    names = ("Producer-Id", "Producer-Epoch", "Producer-Seq")
    id, epoch, sequence = (request.headers.get(name) for name in names)
    if id is None and epoch is None and sequence is None:
        return None
    if not id or epoch is None or sequence is None:
        raise Refused(400, f"{', '.join(names)}: got some, or an empty one, want all or none")
    return Producer(id, _number(names[1], epoch), _number(names[2], sequence))


def _number(name: str, text: str) -> int:
    if not _DIGITS.fullmatch(text) or int(text) > MOST:
        raise Refused(400, f"{name}: got {text[:40]!r}, want a whole number up to 2^53 - 1")
    return int(text)


def _ms(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        want = "a time such as 2031-01-01T00:00:00Z"
        raise Refused(400, f"Stream-Expires-At: got {text[:40]!r}, want {want}") from None
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, int(known.timestamp() * 1000))
