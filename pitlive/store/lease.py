"""One writer per source: a lease that expires, and a token that outranks older writers."""

from __future__ import annotations

from pitlive.messages import Cursor
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys
from pitlive.store.sources import new_epoch


def hold(client: Redis, source: str, engine: str, hold_ms: int) -> str | None:
    """Take or keep the lease; return the fencing token, None if another engine has it."""
    token = script(client, "lease", keys(source, "lease", "meta"), [engine, hold_ms])
    return token.decode() if token else None


def release(client: Redis, source: str, engine: str) -> None:
    """Give the lease back, so that another engine need not wait for it to expire."""
    script(client, "release", keys(source, "lease"), [engine])


def restart(client: Redis, source: str, token: str) -> Cursor:
    """Begin a new epoch of a source whose log Redis lost a part of; return its start."""
    epoch = new_epoch()
    names = keys(source, "meta", "events", "channels")
    script(client, "restart", names, [token, epoch, key(source, "state:")])
    return Cursor(epoch, 0)
