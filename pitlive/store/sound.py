"""Records of the log that are sound: each as it was written, and none missing between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pitlive.batch import Batch
from pitlive.errors import BadRecord
from pitlive.store import broken, records
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive.store.records import place


def sound_records(
    client: Redis, source: str, after: str, logged: Sequence[tuple[bytes, Any]]
) -> tuple[list[Batch], BadRecord | None]:
    """Return what records after an id say, up to one that is damaged or does not follow."""
    found: list[Batch] = []
    for id, fields in logged:
        try:
            batch = records.read(source, id, fields)
            if records.is_numbered(fields):
                _follow(client, source, found[-1].last if found else after, batch)
        except BadRecord as bad:
            return found, bad
        found.append(batch)
    return found, None


def _follow(client: Redis, source: str, after: str, batch: Batch) -> None:
    """Check that no entry is missing between an id and the record that comes next.

    Raises:
        BadRecord: There is one, and nobody has taken it out.
    """
    first, before = batch.logged[0].number, place(after)[1]
    if first <= before + 1 or (after != records.START and not _stands(client, source, after)):
        return
    if not broken.covers(client, source, before + 1, first - 1):
        raise BadRecord(source, batch.last, records.hole(before + 1, first - 1))


def _stands(client: Redis, source: str, id: str) -> bool:
    """Whether an id is that of a numbered entry, and not just any place in the log."""
    found = cast(Any, client.xrange(key(source, "entries"), min=id, count=1))
    if not found or not records.is_numbered(found[0][1]):
        return False
    return any(entry.id == id for entry in records.read(source, *found[0]))
