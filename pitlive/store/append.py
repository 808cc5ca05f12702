"""Appends entries to the log of a source, each once (`lua/append.lua`).

What is reported together becomes one record, or as few as hold it; what is there already is
left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from pitlive.batch import Batch
from pitlive.errors import OtherDeclaration, OtherPast, UnknownSource
from pitlive.messages import Entry
from pitlive.store import records
from pitlive.store.client import Redis, script
from pitlive.store.keys import keys

RECORD_ENTRIES = 1000
"""Entries a record: about 2 ms, so that nobody else waits long for Redis."""

RECORD_BYTES = 2**20
"""Of a record, for the same reason; one entry may have 16 KiB."""

Edition = Sequence[bytes | None]
"""What tells a declaration from others of the source, and of others of its name."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of entries.

    Attributes:
        accepted: How many were new.
        repeats: How many were there already.
        last: Id of the newest that was accepted, None if none was.
        newest: Id of the newest entry that the log had then: a log that has it has all of these.
    """

    accepted: int
    repeats: int
    last: str | None
    newest: str


def append(
    client: Redis,
    source: str,
    entries: Sequence[Entry],
    seen_ms: int,
    holds: str = records.START,
    edition: Edition = (),
) -> Appended:
    """Append entries to the log of a source, each uid and revision once.

    An amendment with revision 0 is given the next revision of its fact.

    Args:
        seen_ms: What time it is [ms since 1970].
        holds: Id of an entry that the log must have, else nothing is appended. What takes
            several steps is of one past as well: each must find the entry that the last one left.
        edition: That of the declaration by which they were checked; none: any will do. Once some
            of them are in the log the others follow: checked anew, those would be repeats.

    Raises:
        UnknownSource: The source has not been declared.
        OtherPast: The log does not have that entry.
        OtherDeclaration: The declaration in force is another one.
    """
    whole = Batch.of(entries)
    done = Appended(0, 0, None, holds)
    for start in range(0, len(whole), RECORD_ENTRIES):
        done = _append_new(
            client, source, whole[start : start + RECORD_ENTRIES], seen_ms, done, edition
        )
    return done


def _append_new(
    client: Redis, source: str, batch: Batch, seen_ms: int, done: Appended, edition: Edition
) -> Appended:
    """Append those of a batch that are new, after what is done: a record is taken as a whole."""
    text, edition = records.text(batch), () if done.accepted else edition
    if len(text) > RECORD_BYTES and len(batch) > 1:
        half = len(batch) // 2
        done = _append_new(client, source, batch[:half], seen_ms, done, edition)
        return _append_new(client, source, batch[half:], seen_ms, done, edition)
    new, last, newest = batch, done.last, done.newest
    while new:
        newest, repeats = _append(client, source, new, text, seen_ms, newest, edition)
        if not repeats:
            last = newest
            break
        new = _without(new, repeats)
        text = records.text(new)
    return Appended(done.accepted + len(new), done.repeats + len(batch) - len(new), last, newest)


def _append(
    client: Redis,
    source: str,
    batch: Batch,
    text: bytes,
    seen_ms: int,
    holds: str,
    edition: Edition,
) -> tuple[str, list[int]]:
    """Append a batch if all of it is new; return the newest id, and the places of the others."""
    revised = "" if batch.is_plain else orjson.dumps(_revisions(batch))
    amended = "" if batch.is_plain else orjson.dumps(_amended(batch))
    by = b" ".join(part or b"" for part in edition)
    args = [seen_ms, max(batch.at_ms), orjson.dumps(batch.uids), revised, amended, text, holds, by]
    found = script(client, "append", keys(source, "entries", "uids", "facts", "meta", "bell"), args)
    if found is None:
        raise UnknownSource(f"source: {source!r} has not been declared")
    if found == 0:
        raise OtherPast(f"{source}: the log does not have entry {holds}, it has another past")
    if found == 1:
        raise OtherDeclaration(f"{source}: its declaration is not the one they were checked by")
    if isinstance(found, bytes):
        return found.decode(), []
    newest, *repeats = cast(list[Any], found)
    return newest.decode(), repeats


def _without(batch: Batch, places: list[int]) -> Batch:
    """Return those of a batch that are not at these places, counted from 1."""
    left_out = set(places)
    if len(left_out) == len(batch):
        return Batch.of([])
    return Batch.of([entry for n, entry in enumerate(batch, 1) if n not in left_out])


def _amended(batch: Batch) -> list[str | None]:
    amends: list[str | None] = [None] * len(batch)
    for part in batch.parts:
        for n, uid in zip(part.places, part.amends or (), strict=False):
            amends[n] = uid
    return amends


def _revisions(batch: Batch) -> list[int | None]:
    """The revisions; None for an amendment that leaves it to the log to number it."""
    pairs = zip(batch.revisions, _amended(batch), strict=True)
    return [None if amends and not revision else revision for revision, amends in pairs]
