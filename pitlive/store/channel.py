"""How far sources have come, and which channels they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pitlive.errors import DamagedSource
from pitlive.messages import Cursor
from pitlive.store import damage
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive.store.snapshot import public


def top(client: Redis, source: str) -> Cursor | None:
    """Return the newest cursor of a source, None where there is no such source."""
    return cursor(*cast(Any, client.hmget(key(source, "meta"), ["epoch", "seq", "link"])))


def tops(client: Redis, sources: Sequence[str]) -> dict[str, Cursor | DamagedSource | None]:
    """Return the same of many sources, of each that is damaged what is wrong."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "epoch", "seq", "link")
    read = damage.answers(sources, pipe)
    return {source: bad or cursor(*found) for source, (found,), bad in read}


def cursor(epoch: bytes | None, seq: bytes | None, link: bytes | None) -> Cursor | None:
    """Return a cursor from the fields of `meta`, None if there is no such source."""
    return Cursor(epoch.decode(), int(seq or 0), (link or b"").decode()) if epoch else None


def available(client: Redis, source: str) -> list[str]:
    """Return the names of a source's channels, sorted, but those for one user alone."""
    names = cast(Any, client.smembers(key(source, "channels")))
    return sorted(public(name.decode() for name in names))
