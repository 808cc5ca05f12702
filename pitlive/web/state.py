"""The state of a source: whole, or in pages that together are the state at one cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from zlib import crc32

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive.hub import patterns as channel_patterns
from pitlive.store import walk
from pitlive.store.client import Redis
from pitlive.store.snapshot import Snapshot, snapshot
from pitlive.web import schemas
from pitlive.web.answers import NO_STORE, raw, said
from pitlive.web.whole import Whole

ROUTE = "/api/v1/sources/<source>/state"

PART = 2**16
"""Bytes of a large answer that are sent in one go; others have their turn between."""

MOST_BYTES = 4 * 2**20
"""Of the rows of a page: where they are large it has fewer than were asked for."""


def add_routes(blueprint: APIBlueprint, redis: Redis) -> None:
    """Add the route that reads the state."""
    states = Whole(partial(snapshot, redis))

    @blueprint.get(ROUTE, responses=said(schemas.sources.State, 404, 409))
    def read_state(path: schemas.shared.SourcePath, query: schemas.sources.StateQuery) -> Response:
        """Read the state of some channels at one cursor: whole, or in pages with `limit`.

        Rows of later pages replace those of earlier ones, and null says that one is gone. So
        all pages together are the state at the `cursor` of the last one, which has no `next`.
        """
        patterns = channel_patterns.read([query.channels])
        if query.limit is None and query.after is None:
            return _whole(path.source, states.state(path.source, patterns))
        after = None if query.after is None else read(query.after, patterns)
        limit = schemas.sources.USUAL_ROWS if query.limit is None else query.limit
        return _page(path.source, patterns, _filled(redis, path.source, patterns, after, limit))


def text(place: walk.WalkPosition, patterns: Sequence[str]) -> str:
    """Return what stands for a place among the pages of some channels."""
    known = f"{place.epoch}.{place.seq}.{_sum(patterns)}.{place.run}.{place.at}"
    return f"{known}.{place.channel.encode().hex()}.{place.link}"


def read(text: str, patterns: Sequence[str]) -> walk.WalkPosition:
    """Return the place that a text stands for.

    Raises:
        Gone: It is none among the pages of these channels.

    >>> place = walk.WalkPosition("k3f9", 41, "laps/24", "17", "c0ffee", "9f86d081")
    >>> text(place, ["laps/*"])
    'k3f9.41.9e89b751.c0ffee.17.6c6170732f3234.9f86d081'
    >>> read(text(place, ["laps/*"]), ["laps/*"]) == place
    True
    >>> read(text(place, ["laps/*"]), ["*"])
    Traceback (most recent call last):
    pitlive.errors.Gone: after: the pages before were of other channels, begin again without it
    """
    match = re.fullmatch(schemas.sources.PLACE, text)
    if match is None or int(match[5]) >= 2**64:
        raise walk.gone(f"{ascii(text)[:80]} is no `next` of a page")
    if match[3] != _sum(patterns):
        raise walk.gone("the pages before were of other channels")
    name = bytes.fromhex(match[6]).decode(errors="replace")
    return walk.WalkPosition(match[1], int(match[2]), name, match[5], match[4], match[7])


def _sum(patterns: Sequence[str]) -> str:
    return f"{crc32(','.join(patterns).encode()):08x}"


def _filled(
    redis: Redis, source: str, patterns: Sequence[str], after: walk.WalkPosition | None, limit: int
) -> walk.WalkPage:
    """Return a page of so many rows, read bit by bit so that Redis is never busy for long."""
    found = walk.page(redis, source, patterns, after, min(walk.ROWS, limit))
    while found.next and (left := limit - found.size) > 0 and _bytes(found) < MOST_BYTES:
        more = walk.page(redis, source, patterns, found.next, min(walk.ROWS, left))
        for name, rows in more.channels.items():
            found.channels.setdefault(name, {}).update(rows)
        found = walk.WalkPage(more.cursor, (), found.channels, more.next)
    return found


def _bytes(page: walk.WalkPage) -> int:
    return sum(len(row) for rows in page.channels.values() for row in rows.values() if row)


def _page(source: str, patterns: Sequence[str], found: walk.WalkPage) -> Response:
    head = {"source": source, "cursor": str(found.cursor)}
    if found.next:
        head["next"] = text(found.next, patterns)
    channels = {
        name: {row: orjson.Fragment(value or b"null") for row, value in rows.items()}
        for name, rows in found.channels.items()
    }
    return raw(orjson.dumps(head | {"channels": channels}))


def _whole(source: str, state: Snapshot) -> Response:
    head = orjson.dumps({"source": source, "cursor": str(state.cursor)})
    if not state.text:
        return raw(b'%s,"channels":%s}' % (head[:-1], state.encode()))
    return Response(_in_parts(head, state), 200, NO_STORE, mimetype="application/json")


def _in_parts(head: bytes, state: Snapshot) -> Iterator[bytes]:
    yield b'%s,"channels":' % head[:-1]
    for start in range(0, len(state.text), PART):
        yield state.text[start : start + PART]
    yield b"}"
