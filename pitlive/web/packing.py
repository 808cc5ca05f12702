"""Answers packed for whoever takes gzip: JSON and text here, built files by their build.

Which coding a client takes is Werkzeug's to say, weights and refusals included. Level 4 is the
knee: on the state of a race level 6 takes three times as long for 6 % fewer bytes. Event
streams are not packed here, but once for all their readers (`pitlive.hub.coding`).

A packed body has the weak `ETag` of its plain one: the same content in other bytes.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from pitlive.web.offload import breathe, offload

PACKED = frozenset(
    {
        "application/json",
        "application/openapi+json",
        "application/problem+json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)
"""Content types that shrink."""

SMALL = 1000
"""Bytes that fit a packet anyway."""

AT_ONCE = 64 * 1024
"""Bytes packed in about a millisecond. More is packed in a thread, while other greenlets run."""

LEVEL = 4

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Coding → what the build appends to the name of a file that it has packed, smallest first."""

_GZIP = 16 + zlib.MAX_WBITS


def register(app: Flask) -> None:
    """Pack the answers of an app."""
    app.after_request(_finish)


@lru_cache(256)
def accepts(header: str | None, coding: str = "gzip") -> bool:
    """Tell whether an `Accept-Encoding` takes a coding, and no less gladly than none.

    >>> said = ("gzip, br", "gzip;q=0", "*", "*;q=0", "identity", "gzip;q=0.5,identity", "", None)
    >>> [accepts(header) for header in said]
    [True, False, True, False, False, False, False, False]
    """
    given = parse_accept_header(header, Accept)
    return given.quality(coding) > 0 and given.quality(coding) >= given.quality("identity")


def file(folder: Path, name: str, header: str | None) -> str:
    """Return the name of a built file as it is best sent: packed if the build has and it is taken.

    >>> file(Path("nowhere"), "race.html", "gzip")
    'race.html'
    >>> file(Path(), "x" * 300, "gzip") == "x" * 300
    True
    """
    for coding, suffix in SUFFIXES.items():
        # Not Path.is_file, which raises where a name is too long to be one.
        if accepts(header, coding) and os.path.isfile(folder / f"{name}{suffix}"):  # noqa: PTH113
            return f"{name}{suffix}"
    return name


def packed(body: bytes, header: str | None) -> bytes | None:
    """Return a body as gzip, None if it is better sent as it is.

    >>> zlib.decompress(packed(b"lap" * 999, "gzip") or b"", 31) == b"lap" * 999
    True
    >>> packed(b"lap" * 999, "gzip;q=0") is packed(b"lap", "gzip") is None
    True
    """
    if len(body) < SMALL or not accepts(header):
        return None
    pack = zlib.compress if len(body) <= AT_ONCE else partial(offload, zlib.compress)
    return pack(body, LEVEL, _GZIP)


def in_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a body as gzip that is made part by part, which leaves others their turn as before.

    >>> zlib.decompress(b"".join(in_parts([b"lap", b"", b"s"])), 31)
    b'laps'
    """
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    for part in parts:
        breathe()
        pack = packer.compress if len(part) <= AT_ONCE else partial(offload, packer.compress)
        if packed_part := pack(part):
            yield packed_part
    yield packer.flush()


def _finish(response: Response) -> Response:
    if response.mimetype not in PACKED or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    header = request.headers.get("Accept-Encoding")
    tag, is_weak = response.get_etag()
    if tag and not is_weak and accepts(header):  # on a 304 as well: it is of the packed one
        response.set_etag(tag, weak=True)
    if response.is_streamed:
        if accepts(header):
            response.response = in_parts(response.iter_encoded())
            response.headers.pop("Content-Length", None)
            response.headers["Content-Encoding"] = "gzip"
    elif (body := packed(response.get_data(), header)) is not None:
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    return response
