"""How the bytes of a stream are coded: as they are, or gzip that all its readers share.

A raw deflate block that ends with a full flush refers to nothing before it. So the same
block suits every reader who began a gzip member of its own, whenever that was: what goes to
all is deflated once. What goes to one reader alone is stored and not deflated, which costs
nothing. There is no trailer, for the check sum would differ by reader: like any event
stream, a coded one ends where the connection does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip: deflate, no name, no time
_STORED_MOST = 0xFFFF  # bytes: the length of a stored block has 16 bits
_DEFLATED_MOST = 8 * 2**20  # bytes: some 0.2 s, in which nobody of this worker hears anything
_DEFLATE = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)


class Coding(NamedTuple):
    """One way to code a stream.

    Attributes:
        name: As in `Content-Encoding`, empty for none.
        opening: What a stream begins with.
        shared: Codes what goes to all readers, or may be sent again to others.
        alone: Codes what goes to one reader, at any place between two shared parts.
    """

    name: str
    opening: bytes
    shared: Callable[[bytes], bytes]
    alone: Callable[[bytes], bytes]


def _as_it_is(data: bytes) -> bytes:
    return data


def deflated(data: bytes) -> bytes:
    r"""Return raw deflate that refers to nothing before it and ends at a byte.

    What is very large is stored as it is: the worker has others to serve meanwhile.

    >>> reader = zlib.decompressobj(-zlib.MAX_WBITS)
    >>> earlier = deflated(b"data: 1\n\n")
    >>> reader.decompress(stored(b"retry: 500\n\n") + deflated(b"data: 2\n\n"))
    b'retry: 500\n\ndata: 2\n\n'
    """
    if len(data) > _DEFLATED_MOST:
        return stored(data)
    return _DEFLATE.compress(data) + _DEFLATE.flush(zlib.Z_FULL_FLUSH)


def stored(data: bytes) -> bytes:
    """Return raw deflate that holds the data as it is.

    >>> stored(b"a")
    b'\\x00\\x01\\x00\\xfe\\xffa'
    """
    parts = (data[at : at + _STORED_MOST] for at in range(0, len(data), _STORED_MOST))
    return b"".join(
        b"\0%b%b%b" % (_two(len(part)), _two(len(part) ^ _STORED_MOST), part) for part in parts
    )


def _two(number: int) -> bytes:
    return number.to_bytes(2, "little")


PLAIN = Coding("", b"", _as_it_is, _as_it_is)
GZIP = Coding("gzip", _MEMBER, deflated, stored)


def accepted(header: str) -> Coding:
    """Return the best coding that an `Accept-Encoding` allows.

    >>> [accepted(header).name for header in ("gzip, br", "GZIP;q=0.5", "gzip;q=0", "*", "br", "")]
    ['gzip', 'gzip', '', '', '', '']
    """
    for part in header.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return PLAIN if weight.replace(" ", "") in _REFUSED else GZIP
    return PLAIN


_REFUSED = frozenset({"q=0", "q=0.0", "q=0.00", "q=0.000"})
