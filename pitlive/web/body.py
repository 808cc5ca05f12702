"""A request's body, read and unpacked in pieces, never more of it than the limit allows."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from flask import Request

from pitlive.errors import BadBody, BodyTooLarge, UnsupportedContent
from pitlive.web.offload import breathe

PIECE = 64 * 1024
"""Bytes read at once: small enough not to hold up other greenlets while unpacking."""

GZIP = 16 + zlib.MAX_WBITS
"""How zlib is told to expect a gzip header."""


def read(request: Request, limit: int) -> bytes:
    """Return the unpacked body.

    Raises:
        BodyTooLarge: It is larger than `limit` bytes, packed or unpacked; only so much was read.
        BadBody: It ended early, or is not what its coding says.
        UnsupportedContent: Its coding is not gzip.
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedContent(f"Content-Encoding: got {coding[:40]!r}, want gzip, or none")
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(request.content_length, limit)
    pieces = _pieces(request)
    return _join(pieces if coding == "identity" else unpack(pieces), limit)


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
