"""What the fold made of entries: awaited, for those who want to know."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, cast

import orjson

from pitlive.messages import Rejection
from pitlive.store import sources
from pitlive.store.client import Redis
from pitlive.store.entries import is_before, place
from pitlive.store.keys import key

LOOK_S = (0.001, 0.004)
"""Shortest and longest time between two looks: a fold takes less than the first, and the
second adds little to a publish that waits for the one before."""

READ_BATCH = 1000
"""Things looked up or read in one go."""


def await_folded(client: Redis, source: str, id: str, within_s: float) -> bool:
    """Wait until an entry is in the published state; tell whether it is."""
    give_up, pause_s = time.monotonic() + within_s, LOOK_S[0]
    while is_before(sources.folded(client, source), id):
        if time.monotonic() >= give_up:
            return False
        time.sleep(pause_s)  # gevent's, in a web worker
        pause_s = min(2 * pause_s, LOOK_S[1])
    return True


def ids(client: Redis, source: str, uids: Sequence[str]) -> list[str]:
    """Return the ids of the entries that were accepted under uids."""
    found: list[bytes] = []
    for start in range(0, len(uids), READ_BATCH):  # else Redis would be busy with a large body
        found += cast(
            Any, client.hmget(key(source, "uids"), list(uids[start : start + READ_BATCH]))
        )
    return [known.split()[-1].decode() for known in found]


def refused(client: Redis, source: str, ids: Collection[str]) -> dict[str, Rejection]:
    """Return those of some folded entries that the fold did not take, by id, and why."""
    found: dict[str, Rejection] = {}
    after = str(min(place(id)[0] for id in ids))
    while logged := cast(Any, client.xrange(key(source, "aside"), min=after, count=READ_BATCH)):
        for _, fields in logged:
            one = orjson.loads(fields[b"d"])
            if one.get("entry") in ids:
                found[one["entry"]] = Rejection(**one)
        after = f"({logged[-1][0].decode()}"
    return found
