"""A request's body, read and unpacked in pieces, never more of it than the limit allows."""

from __future__ import annotations

import socket
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import gevent
from flask import Request, Response, request

from pitlive.errors import BadBody, BodyTooLarge, UnsupportedContent
from pitlive.web.offload import breathe

PIECE = 64 * 1024
"""Bytes read at once: small enough not to hold up other greenlets while unpacking."""

GZIP = 16 + zlib.MAX_WBITS
"""How zlib is told to expect a gzip header."""


HANG_UP_AFTER_S = 2.0
"""A client that still sends that long after its answer is cut off. Sooner, and one that
reads only when all is sent would never see the answer."""

RESET = struct.pack("ii", True, 0)
"""A linger of 0 s: closing tells the client at once. Without it, one whose sending waits for
room in a closed window finds out two minutes later."""


def read(request: Request, limit: int) -> bytes:
    """Return the unpacked body.

    Raises:
        BodyTooLarge: It is larger than `limit` bytes, packed or unpacked; only so much was read.
        BadBody: It ended early, or is not what its coding says.
        UnsupportedContent: Its coding is not gzip.
    """
    coding = request.headers.get("Content-Encoding", "").strip().lower() or "identity"
    if coding not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedContent(f"Content-Encoding: got {coding[:40]!r}, want gzip, or none")
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(request.content_length, limit)
    pieces = _pieces(request)
    return _join(pieces if coding == "identity" else unpack(pieces), limit)


def finish(response: Response) -> Response:
    """Have what a request still sends dropped once it is answered.

    Gunicorn would drop it too, but without letting other greenlets run, and without end.
    """
    has_body = request.content_length or "Transfer-Encoding" in request.headers
    if has_body and "gunicorn.socket" in request.environ:
        response.call_on_close(partial(_drop, request.environ))
    return response


def _drop(environ: Mapping[str, Any]) -> None:
    quietly: Any = False  # gevent: end the block without an error
    with gevent.Timeout(HANG_UP_AFTER_S, quietly), suppress(OSError):
        while environ["wsgi.input"].read(PIECE):
            breathe()
        return
    with suppress(OSError):  # it hung up first
        sock = environ["gunicorn.socket"]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.shutdown(socket.SHUT_RDWR)


def unpack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip, piece by piece, one or several members long.

    Raises:
        BadBody: It is not gzip, or ends in the middle.

    >>> import gzip
    >>> b"".join(unpack([gzip.compress(b"a") + gzip.compress(b"b")]))
    b'ab'
    """
    inflate = zlib.decompressobj(GZIP)
    for piece in pieces:
        rest = piece
        while rest:
            if inflate.eof:
                inflate = zlib.decompressobj(GZIP)
            yield _inflate(inflate, rest)
            rest = inflate.unconsumed_tail or inflate.unused_data
    if not inflate.eof:
        raise BadBody("body: got gzip that ends in the middle, want all of it")


def _inflate(inflate: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return inflate.decompress(packed, PIECE)
    except zlib.error as error:
        raise BadBody(f"body: got no gzip ({error}), want what Content-Encoding says") from None


def _pieces(request: Request) -> Iterator[bytes]:
    """The body as it comes in; a client that leaves ends it."""
    try:
        while piece := request.stream.read(PIECE):
            yield piece
    except OSError as error:
        raise BadBody(f"body: ended early ({error})") from None


def _join(pieces: Iterable[bytes], limit: int) -> bytes:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > limit:
            raise _too_large(len(whole), limit)
        breathe()
    return bytes(whole)


def _too_large(size: int, limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"body: got {size} bytes or more, want at most {limit}, packed and unpacked: "
        "send it in parts, or raise body_limit"
    )
