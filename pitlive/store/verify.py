"""Whether an entry log is as it was written: walked in pages, from its start to its end.

Nothing is changed, and no command holds up Redis: whoever feeds and reads goes on meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from pitlive.batch import Batch
from pitlive.errors import BadRecord
from pitlive.messages import Entry
from pitlive.store import broken, records
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive.store.records import place

PAGE_BYTES = 2**20
"""Of records read in one command: a millisecond of Redis."""

MOST_RECORDS = 500
"""Read in one command, however small."""

UIDS = 1000
"""Looked up in one command, or scanned."""

What = Literal["damaged", "hole", "index"]


class LogProblem(NamedTuple):
    """What is wrong with a log, and where.

    Attributes:
        record: Id of the record that is damaged, before which entries are missing, or whose
            uids the index does not know.
        what: `damaged`: it is not what was written; `hole`: entries before it are missing;
            `index`: repeats of its entries would not be known, or new ones taken for repeats.
        why: In words.
        first: Number of the first entry concerned.
        last: Number of the last.
        after: Id of the record before.
        fields: The record as it is, none if there is none.
    """

    source: str
    record: str
    what: What
    why: str
    first: int
    last: int
    after: str
    fields: Mapping[bytes, bytes] = {}


@dataclass(slots=True)
class _Walk:
    """How far a walk has come.

    Attributes:
        after: Id of the last record seen.
        number: That of the last entry seen.
        ends: Id of every record, as numbers, in order.
        starts: Number of the first entry of each.
        known: How many uids the index has rightly.
        holes: First and last number of what is missing and told of.
        twice: Uid and revision of entries that the index leads to instead, by id: of the last
            record that was looked at for it.
    """

    source: str
    after: str = "0-0"
    number: int = 0
    is_numbered: bool = True
    ends: list[tuple[int, int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    known: int = 0
    holes: list[tuple[int, int]] = field(default_factory=list)
    twice: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def log(
    client: Redis, source: str, tell: Callable[[int, int], None] = lambda *_: None
) -> Iterator[LogProblem]:
    """Yield what is wrong with the log of a source, in its order.

    Args:
        tell: Is told how many of how many entries were looked at.
    """
    taken_out = broken.listed(client, source)
    newest = cast(Any, client.hget(key(source, "meta"), "newest"))
    goal = place(newest.decode())[1] if newest else client.xlen(key(source, "entries"))
    walk = _Walk(source)
    for page in pages(client, source):
        for id, fields in page:
            yield from _record(client, walk, id, fields, taken_out)
        tell(min(walk.number, goal), goal)
    if newest:
        yield from _end(walk, newest.decode(), taken_out)
    yield from _strays(client, walk)


def pages(client: Redis, source: str, after: str = "0-0") -> Iterator[list[tuple[bytes, Any]]]:
    """Yield the records of a log in pages of a bounded length."""
    ask = 1
    while page := cast(Any, client.xrange(key(source, "entries"), min=f"({after}", count=ask)):
        yield page
        after = page[-1][0].decode()
        size = sum(len(value) for _, fields in page for value in fields.values())
        ask = max(1, min(MOST_RECORDS, 2 * ask, PAGE_BYTES * len(page) // max(1, size)))


def _record(
    client: Redis,
    walk: _Walk,
    id: bytes,
    fields: Mapping[bytes, bytes],
    taken_out: Mapping[str, Any],
) -> Iterator[LogProblem]:
    """Yield what is wrong with one record, and go on to it."""
    record, number = id.decode(), place(id.decode())[1]
    try:
        batch = records.read(walk.source, id, fields)
        first = batch.logged[0].number
    except BadRecord as bad:
        first = walk.number + 1
        yield LogProblem(walk.source, record, "damaged", bad.why, first, number, walk.after, fields)
        batch = Batch.of([])
    numbered = records.is_numbered(fields)
    if numbered and walk.is_numbered:
        for low, high in broken.missing(taken_out.values(), walk.number + 1, first - 1):
            why = records.hole(low, high)
            walk.holes.append((low, high))
            yield LogProblem(walk.source, record, "hole", why, low, high, walk.after)
    before, walk.after, walk.is_numbered = walk.after, record, numbered
    walk.number = number if numbered else walk.number + 1
    walk.ends.append(place(record))
    walk.starts.append(first)
    if lost := _unknown(client, walk, batch):
        why = f"index: {len(lost)} of its uids are not known by it, the first is {lost[0]!r}"
        yield LogProblem(walk.source, record, "index", why, first, number, before, fields)


def _unknown(client: Redis, walk: _Walk, batch: Batch) -> list[str]:
    """Return the uids of a batch that the index does not lead to, or to something older."""
    found: list[str] = []
    for start in range(0, len(batch), UIDS):
        part = list(batch[start : start + UIDS])
        known = cast(Any, client.hmget(key(walk.source, "uids"), [e.uid for e in part]))
        for entry, value in zip(part, known, strict=True):
            revision, id = place_in_index(value)
            is_other = revision == entry.revision and id != entry.id
            if revision < entry.revision or (is_other and not _is_twice(client, walk, entry, id)):
                found.append(entry.uid)
            walk.known += id == entry.id
    return found


def _is_twice(client: Redis, walk: _Walk, entry: Entry, id: str) -> bool:
    """Tell whether an entry was accepted under another id as well, when the index was lost.

    There is nothing to put right: it is known, and the log is what was accepted.
    """
    if id not in walk.twice:
        walk.twice = _entries_with(client, walk.source, id)
    return walk.twice.get(id) == (entry.uid, entry.revision)


def _entries_with(client: Redis, source: str, id: str) -> dict[str, tuple[str, int]]:
    """Return uid and revision by id of the entries of the record in which an id would stand."""
    log = key(source, "entries")
    found = cast(Any, client.xrange(log, min=id, count=1)) if _is_id(id) else []
    try:
        return {e.id: (e.uid, e.revision) for e in records.read(source, *found[0])} if found else {}
    except BadRecord:
        return {}


def place_in_index(value: bytes | None) -> tuple[int, str]:
    """Return the revision and the id that the index has for a uid, -1 if it has none.

    >>> place_in_index(b"2 5-1"), place_in_index(b"5-1"), place_in_index(None)
    ((2, '5-1'), (0, '5-1'), (-1, ''))
    """
    revision, _, id = (value or b"-1 ").decode("utf-8", "replace").rpartition(" ")
    return int(revision) if revision.lstrip("-").isdecimal() else 0 if id else -1, id


def _end(walk: _Walk, newest: str, taken_out: Mapping[str, Any]) -> Iterator[LogProblem]:
    """Yield what is missing at the end of a log."""
    last = place(newest)[1]
    for low, high in broken.missing(taken_out.values(), walk.number + 1, last):
        why = f"hole: entries {low} to {high} are missing at the end"
        walk.holes.append((low, high))
        yield LogProblem(walk.source, newest, "hole", why, low, high, walk.after)


def _strays(client: Redis, walk: _Walk) -> Iterator[LogProblem]:
    """Yield the records after which there should be entries that the index leads to."""
    if cast(Any, client.hlen(key(walk.source, "uids"))) <= walk.known:
        return
    lost: dict[str, list[str]] = {}
    for uid, value in indexed(client, walk.source):
        id = place_in_index(value)[1]
        if (record := _stray(walk, id)) is not None:
            lost.setdefault(record, []).append(uid)
    for record, uids in lost.items():
        why = f"index: leads to entries that are not there, as for {uids[0]!r}: {len(uids)} uids"
        yield LogProblem(walk.source, record, "index", why, 0, 0, "0-0")


def _stray(walk: _Walk, id: str) -> str | None:
    """Return the record at or after the place that an id names, None if it is in a record."""
    if not _is_id(id):
        return walk.after
    if any(low <= place(id)[1] <= high for low, high in walk.holes):
        return None
    at = bisect_left(walk.ends, place(id))
    if at == len(walk.ends):  # newer than the walk, or nowhere
        return None if place(id) > place(walk.after) else walk.after
    ms, number = place(id)
    end_ms, end = walk.ends[at]
    return None if ms == end_ms and walk.starts[at] <= number <= end else f"{end_ms}-{end}"


def _is_id(id: str) -> bool:
    ms, _, number = id.partition("-")
    return ms.isdecimal() and number.isdecimal()


def indexed(client: Redis, source: str) -> Iterator[tuple[str, bytes]]:
    """Yield what the index of uids says, a page at a time; a uid may come twice."""
    cursor = 0
    while True:
        cursor, page = cast(Any, client.hscan(key(source, "uids"), cursor, count=UIDS))
        for uid, value in page.items():
            yield uid.decode("utf-8", "replace"), value
        if not cursor:
            return


def uids_within(client: Redis, problem: LogProblem) -> dict[str, bytes]:
    """Return what the index says of the uids that lead to what is damaged or missing."""
    low, high = place(problem.after), place(problem.record)

    def within(id: str) -> bool:
        if not _is_id(id) or not low < place(id) <= high:
            return False
        return problem.what == "damaged" or problem.first <= place(id)[1] <= problem.last

    found = indexed(client, problem.source)
    return {uid: value for uid, value in found if within(place_in_index(value)[1])}


def looked_up(client: Redis, source: str, uids: Sequence[str]) -> dict[str, bytes]:
    """Return what the index says of some uids, nothing of those that it does not know."""
    known = cast(Any, client.hmget(key(source, "uids"), list(uids)))
    return {uid: value or b"" for uid, value in zip(uids, known, strict=True)}
