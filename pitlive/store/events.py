"""The event log: what was published, read in order and never much at once."""

from __future__ import annotations

from typing import Any, cast

from pitlive.hub.ports import AIM_BYTES, Replay
from pitlive.messages import Cursor, Event
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys

FIRST_EVENTS, MOST_EVENTS = 16, 1000
"""Events asked for at once: few, for each may be of half a megabyte, then as many as fit."""

HUB = "pitlive.hub"
"""The package whose script says whether a reader can go on: of our log as of its own."""


def events(client: Redis, source: str, after: int, limit: int = 1000) -> list[Event]:
    """Return up to `limit` events after a seq, as far as the log still holds them."""
    found, size, ask = list[Event](), 0, min(limit, FIRST_EVENTS)
    while ask > 0:
        last = found[-1].seq if found else after
        read = cast(Any, client.xrange(key(source, "events"), min=f"{last + 1}-0", count=ask))
        found += [event(id, fields) for id, fields in read]
        if len(read) < ask:
            break
        size = sum(len(one.message) for one in found)
        ask = min(limit - len(found), MOST_EVENTS, max(1, AIM_BYTES * len(found) // max(1, size)))
    return found


def resume(client: Redis, source: str, after: Cursor, limit: int = 1000) -> Replay:
    """Return whether a reader at `after` can go on, and up to `limit` events it missed.

    Fewer where they are large.
    """
    names = keys(source, "events", "meta")
    args = [after.epoch, after.seq, after.link, limit, AIM_BYTES]
    reason, epoch, seq, link, found = script(client, "resume", names, args, HUB)
    top = Cursor(epoch.decode(), seq, link.decode())
    return Replay(reason.decode(), top, [event(id, fields) for id, fields in found])


def event(id: bytes, fields: Any) -> Event:
    """Return an event of the log, its fields by name or one after the other."""
    known = (
        fields if isinstance(fields, dict) else dict(zip(fields[::2], fields[1::2], strict=True))
    )
    link = known.get(b"h", b"").decode()
    return Event(int(id[: id.index(b"-")]), known[b"c"].decode(), known[b"m"], link)
