"""One writer per source: a lease, and a token that outranks older writers.

A lease lasts for as long as its engine lives, which the engine says with one key of its own
(`store.engines`): so renewing costs the same however many sources it has (decision 018).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from redis import ResponseError

from pitlive.errors import LeaseLost
from pitlive.messages import Cursor
from pitlive.store import damage
from pitlive.store.client import Pipeline, Redis, keeps_all, run_id, script
from pitlive.store.keys import key, keys, keys_of
from pitlive.store.sources import new_epoch

LEASE_BATCH = 250
"""Sources asked for in one trip: about 2 ms of Redis, so that nobody else waits long."""


def hold(client: Redis, source: str, engine: str, hold_ms: int = 0, dead: str = "") -> str | None:
    """Take or keep the lease; return the fencing token, None if another engine has it.

    Args:
        hold_ms: When it ends by itself [ms]; 0: with the life of the engine.
        dead: Whoever has it now, if that engine lives no longer.
    """
    return _hold(client, source, engine, hold_ms, dead)


def hold_all(client: Redis, holders: Mapping[str, str], engine: str) -> dict[str, str]:
    """Take the leases of many sources in few round trips; return the tokens of those we have.

    A source that is damaged is not one of them.

    Args:
        holders: Source → engine that has its lease and lives no longer, or "".
    """
    found: dict[str, str] = {}
    for some in _parts(list(holders)):
        pipe = client.pipeline(transaction=False)
        for source in some:
            _hold(pipe, source, engine, 0, holders[source])
        tokens = damage.sound(some, pipe)
        found |= {source: token.decode() for source, token in tokens.items() if token}
    return found


def holders(client: Redis, sources: Sequence[str]) -> dict[str, str]:
    """Return who has the lease of each source, "" where nobody does."""
    found: dict[str, str] = {}
    for some in _parts(sources):
        named = cast(Any, client.mget(keys_of(some, "lease")))
        found |= {s: name.decode() if name else "" for s, name in zip(some, named, strict=True)}
    return found


def release(client: Redis, source: str, engine: str) -> None:
    """Give the lease back, so that another engine need not wait for its end."""
    release_all(client, [source], engine)


def release_all(client: Redis, sources: Sequence[str], engine: str) -> None:
    """Give many leases back."""
    for some in _parts(sources):
        pipe = client.pipeline(transaction=False)
        for source in some:
            script(pipe, "release", keys(source, "lease", "bell"), [engine])
        damage.sound(some, pipe)  # of one that is damaged there is nothing to give back


def may_have_lost(client: Redis, source: str) -> bool:
    """Tell whether a part of a source may be gone since this was last asked.

    A Redis that does not write through may come back from a restart without the newest
    entries and events, and nothing in it says so.
    """
    now = run_id(client)
    before = script(client, "run", keys(source, "meta"), [now])
    return before not in (None, now.encode()) and not keeps_all(client)


def restart(client: Redis, source: str, token: str) -> Cursor:
    """Begin a new epoch of a source whose log Redis lost a part of; return its start.

    Raises:
        LeaseLost: Another engine has taken over.
    """
    epoch = new_epoch()
    names = keys(source, "meta", "events", "channels")
    try:
        script(client, "restart", names, [token, epoch, key(source, "state:")])
    except ResponseError as error:
        if str(error).startswith("LEASE"):
            raise LeaseLost(f"{source}: another engine has taken over ({error})") from None
        raise
    return Cursor(epoch, 0)


def _hold(
    client: Redis | Pipeline, source: str, engine: str, hold_ms: int, dead: str
) -> str | None:
    token = script(client, "lease", keys(source, "lease", "meta"), [engine, hold_ms, dead])
    return token.decode() if isinstance(token, bytes) else None


def _parts(sources: Sequence[str]) -> Iterator[Sequence[str]]:
    return (sources[start : start + LEASE_BATCH] for start in range(0, len(sources), LEASE_BATCH))
