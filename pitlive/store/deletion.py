"""The deletion of a source, and of names behind which there is no source any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pitlive.errors import UnknownSource
from pitlive.store import damage
from pitlive.store.client import Redis, script
from pitlive.store.keys import PARTS, SOURCES, key, keys

DELETING = "deleting"
"""Who has the lease of a source while it is deleted: no engine is called so."""

FENCED_MS = 30_000
"""How long its keys may be looked for; if that was cut off, an engine takes the source again."""

KEEP_GONE_MS = 7 * 86_400_000
"""For how long readers who come back are told that their source was deleted: a week."""

SCAN_KEYS = 1000
"""Keys looked through in one go: well under a millisecond, so that nobody waits for it."""


def delete(client: Redis, source: str) -> None:
    """Delete a source with all that belongs to it, damaged or not; readers and engines are told.

    Its engine is fenced off first, so that nothing is published while its keys are looked for.

    Raises:
        UnknownSource: There is none.
    """
    if not script(client, "fence", keys(source, "meta", "lease", "entries"), [DELETING, FENCED_MS]):
        raise UnknownSource(f"source: {source!r} has not been declared")
    known = keys(source, "meta", "channels", "gone", "live", "bell", "entries")
    found = client.scan_iter(key(source, "*"), count=SCAN_KEYS)
    others = {name.decode() for name in cast(Any, found)}
    others |= set(keys(source, *PARTS))  # entries may come between
    names = known + sorted(others.difference(known))
    if not script(client, "delete", names, [key(source, "state:"), KEEP_GONE_MS]):
        raise UnknownSource(f"source: {source!r} has been deleted by somebody else")
    _forget(client, [source])


def forget_gone(client: Redis, sources: Sequence[str]) -> None:
    """Forget names behind which there is no source any more."""
    there = _there(client, sources)
    if gone := [source for source in sources if source not in there]:
        _forget(client, gone)


def _forget(client: Redis, sources: Sequence[str]) -> None:
    """Take names off the list, but those that were declared again meanwhile."""
    client.srem(SOURCES, *sources)
    if again := _there(client, sources):
        client.sadd(SOURCES, *again)


def _there(client: Redis, sources: Sequence[str]) -> list[str]:
    """Return those of the sources of which there is a declaration or a log, or what is damaged."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hexists(key(source, "meta"), "epoch")
        pipe.exists(key(source, "entries"))
    return [source for source, own, bad in damage.answers(sources, pipe) if bad or any(own)]
