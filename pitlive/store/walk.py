"""The state in pages: as much as one likes, at one cursor, and nobody waits for Redis.

A page is a thousand rows, read in one step. What is published while somebody goes from
page to page is not held back: the rows that the events since then have touched are read once
more. So rows that come later replace those that came before, and all pages together are the
state at the cursor of the last one.

Why that is so, for any row, up to the cursor at the end:

- No event has touched it since the walk began: it was there all the time, and such rows HSCAN
  is sure to give, or it was not there at any time.
- The last event that has touched it was seen by a page, which then read the row. It was not
  touched since, so that is what it is at the end, and no page read it later but as it is.

The walk ends with a page whose rows were read at the very seq up to which events are known.
It needs all events since it began, in the log of one epoch, and one order of each hash, which
a Redis that starts anew, or another one, does not have. Without them one begins again.

What that costs Redis is bounded by the page; nothing is kept there or here between pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from pitlive.errors import Gone, UnknownSource
from pitlive.messages import PERSONAL, Cursor, Event, Row, matches
from pitlive.store import events, records
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys
from pitlive.store.patterns import of_lua

ROWS = 1000
"""Of a page, unless somebody wants another number: some 2 ms of Redis."""

BYTES = 512 * 1024
"""Of its rows: what takes Redis as long, where rows are large."""

EVENTS = 200
"""Looked at in one go."""

ROUNDS = 20
"""Tries of the last page to read rows while nothing is published; then there is one more."""


class WalkPosition(NamedTuple):
    """Where a walk goes on.

    Attributes:
        epoch: That in which it began.
        seq: Pages so far hold what events up to this one have touched.
        channel: To be read next; empty when all were.
        at: Where in its hash.
        run: The life of the Redis whose order that is.
        link: Of the event at `seq`.
    """

    epoch: str
    seq: int
    channel: str
    at: str
    run: str
    link: str = ""

    @property
    def cursor(self) -> Cursor:
        """Up to where pages so far hold what was published, at least."""
        return Cursor(self.epoch, self.seq, self.link)


@dataclass(frozen=True, slots=True)
class WalkPage:
    """Rows as JSON text, None where one is gone; they replace those of the pages before.

    Attributes:
        cursor: What is in the pages up to this one, at least; of the last page, exactly.
        available: All channels, on the first page.
        next: Where to go on, None if this was the last page.
    """

    cursor: Cursor
    available: Sequence[str] = ()
    channels: dict[str, dict[str, bytes | None]] = field(default_factory=dict)
    next: WalkPosition | None = None

    def decode(self) -> dict[str, dict[str, Row | None]]:
        """Return its rows as values."""
        return {
            name: {row: None if text is None else records.row(text) for row, text in rows.items()}
            for name, rows in self.channels.items()
        }

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(map(len, self.channels.values()))


Patterns = Sequence[str] | None
"""Of channels; None for all, also those that are for one user alone."""


def pages(
    client: Redis, source: str, patterns: Patterns = None, rows: int = ROWS
) -> Iterator[WalkPage]:
    """Yield the pages of a state.

    Raises:
        UnknownSource: The source has not been declared.
        Gone: Events were forgotten before they were seen, or the log began anew.
    """
    found = page(client, source, patterns, rows=rows)
    yield found
    while found.next:
        found = page(client, source, patterns, found.next, rows)
        yield found


def page(
    client: Redis,
    source: str,
    patterns: Patterns,
    after: WalkPosition | None = None,
    rows: int = ROWS,
) -> WalkPage:
    """Return a page of a state, the first unless `after` says where to go on.

    Args:
        rows: How many it is to have; it may be some hundred more.

    Raises:
        UnknownSource: The source has not been declared.
        Gone: Events were forgotten before they were seen, or the log began anew.
    """
    if after is None or after.channel:
        found, top = _scanned(client, source, patterns, after, rows)
    else:
        found, top = WalkPage(after.cursor, next=after), None
    for _ in range(ROUNDS):
        if found.next is None or top == found.next.seq:
            break
        found, top = _touched(client, source, patterns, found, found.next)
        if found.size >= rows:
            break
    return found


def _scanned(
    client: Redis, source: str, patterns: Patterns, after: WalkPosition | None, rows: int
) -> tuple[WalkPage, int | None]:
    """Return the next rows of the hashes, and the seq at which they were read.

    That is None where one has to look for events after it, for all is read.
    """
    at = after or WalkPosition("", 0, "", "0", "")
    personal = "" if patterns is None else PERSONAL
    args: list[Any] = [key(source, "state:"), rows, BYTES, at.channel, at.at, at.run, personal]
    args += map(of_lua, patterns or ["*"])
    found = script(client, "snapshot", keys(source, "meta", "channels"), args)
    if found is None:
        raise UnknownSource(f"source: {source!r} has not been declared")
    if len(found) == 1:
        raise gone("redis has started anew")
    epoch, seq, link, run, channel, place, available, *rest = found
    top = Cursor(epoch.decode(), int(seq), link.decode())
    if after and after.epoch != top.epoch:
        raise gone("the log has begun anew")
    channels = {
        name.decode(): {
            row.decode(): value for row, value in zip(flat[::2], flat[1::2], strict=True)
        }
        for name, flat in zip(rest[::2], rest[1::2], strict=True)
    }
    names = [name.decode() for name in available]
    if after is None and not channel:
        return WalkPage(top, names, channels), top.seq
    since = after.cursor if after else top
    place = WalkPosition(
        top.epoch, since.seq, channel.decode(), place.decode(), run.decode(), since.link
    )
    return WalkPage(since, names, channels, place), top.seq if channel else None


def _touched(
    client: Redis, source: str, patterns: Patterns, so_far: WalkPage, at: WalkPosition
) -> tuple[WalkPage, int]:
    """Add the rows that the next events have touched; return the seq at which they were read."""
    seen = _after(client, source, at.cursor)
    reached = at.cursor.at(seen[-1]) if seen else at.cursor
    newest = last = reached.seq
    for few in _in_parts(_named(seen, patterns)):
        top, channels = _read(client, source, few)
        if top.epoch != at.epoch:
            raise gone("the log has begun anew")
        if top.seq < last:
            raise gone("the log has gone back")
        newest = top.seq
        for name, rows in channels.items():
            so_far.channels.setdefault(name, {}).update(rows)
    next = at._replace(seq=last, link=reached.link) if at.channel or newest > last else None
    return WalkPage(reached, so_far.available, so_far.channels, next), newest


def _after(client: Redis, source: str, at: Cursor) -> list[Event]:
    """Return the next events after a cursor; they follow it, and in its past."""
    replay = events.resume(client, source, at, EVENTS)
    if replay.reason != "ok":
        raise gone(f"the log cannot go on from where it began ({replay.reason})")
    return replay.events


def _named(seen: Sequence[Event], patterns: Patterns) -> dict[str, dict[str, None]]:
    """Return the rows that events name, by channel."""
    names: dict[str, dict[str, None]] = {}
    for event in seen:
        if patterns is None or matches(event.channel, patterns):
            touched = orjson.loads(event.message)["data"]
            names.setdefault(event.channel, {}).update(dict.fromkeys(touched))
    return names


def _read(
    client: Redis, source: str, names: Mapping[str, Sequence[str]]
) -> tuple[Cursor, dict[str, dict[str, bytes | None]]]:
    """Return some rows as they are, and at which cursor."""
    args: list[Any] = [key(source, "state:")]
    for name, rows in names.items():
        args += [name, len(rows), *rows]
    epoch, seq, *found = script(client, "rows", keys(source, "meta"), args)
    channels = {
        name: dict(zip(rows, values, strict=True))
        for (name, rows), values in zip(names.items(), found, strict=True)
    }
    return Cursor(epoch.decode(), int(seq)), channels


def _in_parts(names: Mapping[str, Mapping[str, None]]) -> Iterator[dict[str, list[str]]]:
    """Yield rows by channel, some at a time; one part without any if there are none."""
    rows = [(name, row) for name, its_rows in names.items() for row in its_rows]
    for start in range(0, max(1, len(rows)), ROWS):
        part: dict[str, list[str]] = {}
        for name, row in rows[start : start + ROWS]:
            part.setdefault(name, []).append(row)
        yield part


def gone(why: str) -> Gone:
    """Return the error that says why, and what would do."""
    return Gone(f"after: {why}, begin again without it")
