"""One writer per source: a lease that expires, and a token that outranks older writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pitlive.messages import Cursor
from pitlive.store.client import Redis, keeps_all, run_id, script
from pitlive.store.keys import key, keys
from pitlive.store.sources import new_epoch


def hold(client: Redis, source: str, engine: str, hold_ms: int) -> str | None:
    """Take or keep the lease; return the fencing token, None if another engine has it."""
    return hold_all(client, [source], engine, hold_ms)[source]


def hold_all(
    client: Redis, sources: Sequence[str], engine: str, hold_ms: int
) -> dict[str, str | None]:
    """Take or keep the leases of many sources in one round trip.

    However busy the engine is, and however many sources it has, renewing costs it one turn.
    """
    pipe = client.pipeline(transaction=False)
    for source in sources:
        script(pipe, "lease", keys(source, "lease", "meta"), [engine, hold_ms])
    tokens = pipe.execute()
    return {s: t.decode() if t else None for s, t in zip(sources, tokens, strict=True)}


def release(client: Redis, source: str, engine: str) -> None:
    """Give the lease back, so that another engine need not wait for it to expire."""
    script(client, "release", keys(source, "lease"), [engine])


def may_have_lost(client: Redis, source: str) -> bool:
    """Tell whether a part of a source may be gone since this was last asked.

    A Redis that does not write through may come back from a restart without the newest
    entries and events, and nothing in it says so.
    """
    now = run_id(client)
    before = cast(bytes | None, client.hget(key(source, "meta"), "run"))
    client.hset(key(source, "meta"), "run", now)
    return before not in (None, now.encode()) and not keeps_all(client)


def restart(client: Redis, source: str, token: str) -> Cursor:
    """Begin a new epoch of a source whose log Redis lost a part of; return its start."""
    epoch = new_epoch()
    names = keys(source, "meta", "events", "channels")
    script(client, "restart", names, [token, epoch, key(source, "state:")])
    return Cursor(epoch, 0)
