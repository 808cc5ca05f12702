"""The outbox: what webhooks have to tell, written by the publish that decided it.

A notice waits, is delivered, or is dead: given up, until somebody has it sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson
import structlog

from pitlive.store import damage
from pitlive.store.client import Redis, script
from pitlive.store.keys import KEEP_DELIVERED, KEEP_NOTICES, key, keys
from pitlive.store.notice import Attempts, Fate, Mark, Notice, read_mark, read_notice, text_of

log = structlog.get_logger()

FATES: tuple[Fate, ...] = ("pending", "delivered", "dead")

PARTS = ("notices", "pending", "dead", "fates", "told")
"""What a publish writes of it."""

READ_NOTICES = 1000
"""Notices, and marks, read in one go."""

TOO_MANY = orjson.dumps({"attempts": 0, "reason": f"more than {KEEP_NOTICES} notices wait"})
"""The fate of a notice that found no room to wait."""


def marks(client: Redis, source: str, version: int) -> dict[str, Mark]:
    """Return the newest run told of, by mark, under a version of the declaration."""
    # only we write, so it is whole
    found = client.hscan_iter(key(source, "told"), count=READ_NOTICES)
    known = dict(cast(Iterable[tuple[bytes, bytes]], found))
    if int(known.pop(b"@version", 0)) != version:
        return {}
    read = {mark.decode(errors="replace"): read_mark(text) for mark, text in known.items()}
    for mark in [mark for mark, newest in read.items() if newest is None]:
        log.error("not read: a run told of", source=source, mark=mark)
    return {mark: newest for mark, newest in read.items() if newest is not None}


def hold_all(client: Redis, sources: Sequence[str], courier: str, hold_ms: int) -> list[str]:
    """Take or keep the right to deliver the notices of sources; return those we have it for."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        script(pipe, "hold", keys(source, "courier"), [courier, hold_ms])
    return [source for source, ours in _each(sources, pipe) if ours]


def release_all(client: Redis, sources: Sequence[str], courier: str) -> None:
    """Give that right back."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        script(pipe, "release", keys(source, "courier"), [courier])
    list(_each(sources, pipe))  # of one that is damaged there is nothing to give back


def newest(client: Redis, sources: Sequence[str]) -> dict[str, int]:
    """Return the number of the newest notice that waits, of sources where one does."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.zrange(key(source, "pending"), -1, -1, withscores=True)
    return {source: int(last[0][1]) for source, last in _each(sources, pipe) if last}


def _each(sources: Sequence[str], pipe: Any) -> Iterator[tuple[str, Any]]:
    """Yield what Redis answers of each source, but of the damaged ones."""
    for source, (answer,), bad in damage.answers(sources, pipe):
        if bad is None:
            yield source, answer
        else:
            log.error("outbox not read", source=source, why=str(bad))


def waiting(client: Redis, source: str, after: int) -> list[tuple[Notice, Attempts]]:
    """Return the first `READ_NOTICES` notices after a number that wait, in their order."""
    found = client.zrangebyscore(
        key(source, "pending"), f"({after}", "+inf", 0, READ_NOTICES, withscores=True
    )
    return _read(client, source, cast(Any, found))


def settle(
    client: Redis, source: str, id: str, fate: Fate, attempts: Attempts, keep: int = 0
) -> bool:
    """Note what became of an attempt; False if the notice waits no longer."""
    keep = keep or (KEEP_DELIVERED if fate == "delivered" else KEEP_NOTICES)
    names = keys(source, "pending", "notices", "fates", fate)
    return bool(script(client, "settle", names, [id, text_of(attempts), keep]))


def resend(client: Redis, source: str, id: str, now_ms: int) -> bool:
    """Have a dead notice wait again, as if it had not been tried; False if it is not dead."""
    names = keys(source, "pending", "dead", "fates", "meta")
    return bool(script(client, "resend", names, [id, text_of(Attempts(since_ms=now_ms))]))


def fate(client: Redis, source: str, id: str) -> Fate | None:
    """Return where a notice is, None if there is none of that id."""
    pipe = client.pipeline()
    for one in FATES:
        pipe.zscore(key(source, one), id)
    found = zip(FATES, pipe.execute(), strict=True)
    return next((one for one, score in found if score is not None), None)


def counts(client: Redis, source: str) -> Mapping[str, int]:
    """Return how many notices have each fate."""
    pipe = client.pipeline()
    for one in FATES:
        pipe.zcard(key(source, one))
    return dict(zip(FATES, pipe.execute(), strict=True))


def listed(
    client: Redis, source: str, fate: Fate, before: int, limit: int
) -> list[tuple[Notice, Attempts]]:
    """Return up to `limit` notices of a fate with a number below `before`, newest first."""
    found = client.zrevrangebyscore(
        key(source, fate), f"({before}" if before else "+inf", "-inf", 0, limit, withscores=True
    )
    return _read(client, source, cast(Any, found))


def _read(
    client: Redis, source: str, numbered: Sequence[tuple[bytes, float]]
) -> list[tuple[Notice, Attempts]]:
    if not numbered:
        return []
    ids = [id for id, _ in numbered]
    texts = cast(Any, client.hmget(key(source, "notices"), ids))
    fates = cast(Any, client.hmget(key(source, "fates"), ids))
    found = zip(numbered, texts, fates, strict=True)
    return [read_notice(id, int(number), text, fate) for (id, number), text, fate in found]
