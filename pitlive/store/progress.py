"""How far every source has come, read in two round trips however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import ResponseError

from pitlive.errors import DamagedSource
from pitlive.store import damage
from pitlive.store.client import Redis
from pitlive.store.entries import counted
from pitlive.store.keys import key


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """One source, seen from its keys.

    Attributes:
        rejected: How many things were ever rejected.
        waiting_ms: When the oldest entry that is not folded in was appended, by Redis's clock
            [ms since 1970]; None if none waits.
        engine: Who holds the lease, None if nobody does.
        pending: How many notices wait for delivery.
        dead: How many notices were given up.
    """

    source: str
    entries: int
    late: int
    rejected: int
    waiting_ms: int | None
    engine: str | None
    pending: int
    dead: int


def of_all(
    client: Redis, sources: Sequence[str]
) -> tuple[list[SourceProgress], list[DamagedSource]]:
    """Return the progress of sources, in their order, and apart what is wrong with the others."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "folded", "late", "newest")
        pipe.xlen(key(source, "entries"))
        pipe.xinfo_stream(key(source, "aside"))  # an error where nothing was ever rejected
        pipe.get(key(source, "lease"))
        pipe.zcard(key(source, "pending"))
        pipe.zcard(key(source, "dead"))
    read = list(damage.answers(sources, pipe))
    rows = {source: row for source, row, bad in read if bad is None}
    waiting = _waiting(client, {source: row[0][0] for source, row in rows.items()})
    found = [
        SourceProgress(
            source,
            counted(newest, records),
            int(late or 0),
            _added(rejected),
            waiting[source],
            _text(engine),
            *notices,
        )
        for source, ((_, late, newest), records, rejected, engine, *notices) in rows.items()
        if source in waiting  # else it was damaged just now
    ]
    return found, [bad for _, _, bad in read if bad]


def _waiting(client: Redis, folded: Mapping[str, bytes | None]) -> dict[str, int | None]:
    """When the first entry after the last one folded in was appended."""
    pipe = client.pipeline(transaction=False)
    for source, id in folded.items():
        pipe.xrange(key(source, "entries"), min=f"({(id or b'0-0').decode()}", count=1)
    read = damage.sound(list(folded), pipe).items()
    return {s: int(found[0][0].split(b"-")[0]) if found else None for s, found in read}


def _added(info: Any) -> int:
    return 0 if isinstance(info, ResponseError) else int(info["entries-added"])


def _text(value: bytes | None) -> str | None:
    return value.decode() if value else None
