"""What was taken out of an entry log because it was damaged: kept, and known to be missing."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson

from pitlive.messages import Json
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys

MENDER = "pitlive-repair"
"""Holds the lease of a source for a moment, so that its engine begins from the log again."""

HOLD_MS = 5000
"""Long enough for a busy engine to see that its lease is gone."""


MEND_UIDS = 1000
"""Uids put right in one go: some milliseconds, so that nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What is changed in one step to make a log readable again.

    Attributes:
        record: Id of the record that is taken out, or before which entries are missing.
        takes_out: Whether the record goes; else what is around it is put right.
        missing: Number of the last entry that is missing before it, 0 if none is.
        note: What is kept of it, None if nothing was lost.
        index: uid → what the index says of it, and what it should say ("": nothing).
    """

    record: str
    takes_out: bool
    missing: int
    note: Mapping[str, Json] | None
    index: Mapping[str, tuple[bytes, bytes]]


def note(
    first: int, last: int, why: str, at_ms: int, fields: Mapping[bytes, bytes] | None = None
) -> dict[str, Json]:
    """Return what is kept of entries that are taken out.

    Args:
        first: Number of the first of them.
        last: Number of the last.
        at_ms: When they were taken out [ms since 1970].
        fields: The record as it was found, None if there was none.
    """
    raw = {
        name.decode(): base64.b64encode(value).decode() for name, value in (fields or {}).items()
    }
    return {"first": first, "last": last, "reason": why, "at_ms": at_ms, "fields": raw}


def mend(client: Redis, source: str, what: Mended) -> bool:
    """Put a log right; False if the record is not there any more.

    Whoever follows the source loses the lease, and the next one folds the log anew. It is one
    atomic step, after those in which many uids are freed: cut off between them, all that is
    wrong is still named.
    """
    index = list(what.index.items())
    parts = [index[start : start + MEND_UIDS] for start in range(0, len(index), MEND_UIDS)]
    *before, rest = parts or [[]]
    for some in before:
        _mend(client, source, Mended(what.record, False, 0, None, dict(some)))
    return _mend(client, source, replace(what, index=dict(rest)))


def _mend(client: Redis, source: str, what: Mended) -> bool:
    index = [part for uid, (was, is_) in what.index.items() for part in (uid, was, is_)]
    text = b"" if what.note is None else orjson.dumps(what.note)
    args: list[Any] = [
        what.record,
        int(what.takes_out),
        text,
        MENDER,
        HOLD_MS,
        what.missing,
        *index,
    ]
    names = keys(source, "entries", "broken", "uids", "meta", "lease", "bell")
    return bool(script(client, "mend", names, args))


def listed(client: Redis, source: str) -> dict[str, dict[str, Json]]:
    """Return what was taken out: id of the record → what is kept of it."""
    found = cast(dict[bytes, bytes], client.hgetall(key(source, "broken")))
    return {id.decode(): orjson.loads(text) for id, text in sorted(found.items())}


def covers(client: Redis, source: str, first: int, last: int) -> bool:
    """Tell whether all entries with these numbers were taken out."""
    return not missing(listed(client, source).values(), first, last)


def missing(known: Iterable[Mapping[str, Json]], first: int, last: int) -> list[tuple[int, int]]:
    """Return the stretches of these numbers of which nothing is known.

    >>> missing([{"first": 3, "last": 4}], 1, 6)
    [(1, 2), (5, 6)]
    """
    found: list[tuple[int, int]] = []
    for one in sorted(known, key=lambda one: one["first"]):
        found.append((first, min(last, one["first"] - 1)))
        first = max(first, one["last"] + 1)
    return [(low, high) for low, high in [*found, (first, last)] if low <= high]
