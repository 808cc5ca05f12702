"""Damage of an entry log is named, and set aside alone; what is whole is left as it is."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from pitlive.errors import BadRecord
from pitlive.messages import Entry
from pitlive.store import broken, entries, lease, sources, verify
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive.store.repair import repair

Fields = dict[bytes, bytes]


def lap(uid: str, **other: Any) -> Entry:
    """A lap entry."""
    return Entry(uid, "lap", 5, {"car": "24", "lap": 1, "lap_ms": 61000}, **other)


def fill(client: Redis, source: str) -> list[str]:
    """Append four records, one of them of two revisions; return their ids."""
    for part in (["a", "b"], ["c"], ["d", "e", "f"], ["g"]):
        entries.append(client, source, [lap(uid) for uid in part], 7)
    entries.append(client, source, [lap("a", revision=1), lap("x", amends="c")], 7)
    return [id.decode() for id, _ in cast(Any, client.xrange(key(source, "entries")))]


def rewrite(client: Redis, source: str, change: Callable[[str, Fields], Fields | None]) -> None:
    """Have the log as it would be after something else than PitLive wrote to its file."""
    log = cast(Any, client.xrange(key(source, "entries")))
    client.delete(key(source, "entries"))
    for id, fields in log:
        if (new := change(id.decode(), dict(fields))) is not None:
            client.xadd(key(source, "entries"), cast(Any, new), id=id)


def problems(client: Redis, source: str) -> list[tuple[str, str]]:
    """What is wrong: record and what."""
    return [(one.record, one.what) for one in verify.log(client, source)]


def uids(client: Redis, source: str) -> list[str]:
    """The uids of all entries that can be read."""
    return [entry.uid for entry in entries.read(client, source, "0-0", 1000)]


def flip(text: bytes, old: bytes, new: bytes) -> bytes:
    """Change the first of some bytes, which are there."""
    assert old in text
    return text.replace(old, new, 1)


DAMAGE: dict[str, Callable[[Fields], Fields]] = {
    "a digit": lambda f: f | {b"d": flip(f[b"d"], b"61000", b"61001")},
    "a uid": lambda f: f | {b"u": flip(f[b"u"], b'"d"', b'"D"')},
    "when it was seen": lambda f: f | {b"s": b"8"},
    "the checksum": lambda f: f | {b"c": b"0" * 16},
    "eight zeros": lambda f: f | {b"d": f[b"d"][:4] + bytes(8) + f[b"d"][12:]},
    "no UTF-8": lambda f: f | {b"u": b"\xff" + f[b"u"][1:]},
    "the name of a field": lambda f: {b"e" if k == b"d" else k: v for k, v in f.items()},
    "nothing left": lambda _: {b"u": b""},
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_record_is_named_and_never_read(client: Redis, source: str, what: str) -> None:
    """What stands before it is read, then an error that names it; nothing else is wrong."""
    ids = fill(client, source)
    rewrite(client, source, lambda id, f: DAMAGE[what](f) if id == ids[2] else f)

    assert problems(client, source) == [(ids[2], "damaged")]
    assert uids(client, source) == ["a", "b", "c"]
    with pytest.raises(BadRecord, match=f"record {ids[2]}") as caught:
        entries.read(client, source, ids[1], 10)
    assert (caught.value.source, caught.value.record) == (source, ids[2])
    with pytest.raises(BadRecord, match=f"record {ids[2]}"):
        entries.wait(client, source, ids[1], 10, 1)


@pytest.mark.parametrize("what", DAMAGE)
def test_it_is_set_aside_and_nothing_else(client: Redis, source: str, what: str) -> None:
    """It is kept as it was found, its uids are free, and all others are known as before."""
    ids = fill(client, source)
    rewrite(client, source, lambda id, f: DAMAGE[what](f) if id == ids[2] else f)
    found = client.xrange(key(source, "entries"), ids[2], ids[2])
    (problem,) = verify.log(client, source)
    assert repair(client, problem, at_ms=99)
    assert not repair(client, problem, at_ms=99)

    assert problems(client, source) == []
    assert uids(client, source) == ["a", "b", "c", "g", "a", "x"]
    note = broken.listed(client, source)[ids[2]]
    assert (note["first"], note["last"], note["at_ms"], note["reason"]) == (4, 6, 99, problem.why)
    kept = {name.encode(): base64.b64decode(value) for name, value in note["fields"].items()}
    assert [(ids[2].encode(), kept)] == found

    again = entries.append(client, source, [lap(uid) for uid in "abcdefgx"], 8)
    assert (again.accepted, again.repeats) == (3, 5)
    assert problems(client, source) == []


def test_an_earlier_revision_counts_again(client: Redis, source: str) -> None:
    """The correction was lost: what it corrected stands, and it can be sent once more."""
    ids = fill(client, source)
    rewrite(client, source, lambda id, f: f | {b"r": b"[9,9]"} if id == ids[4] else f)
    (problem,) = verify.log(client, source)
    repair(client, problem, at_ms=99)

    assert (named := entries.named(client, source, "a")) is not None
    assert named.revision == 0
    said = entries.append(client, source, [lap("a"), lap("a", revision=1)], 8)
    assert (said.accepted, said.repeats) == (1, 1)


@pytest.mark.parametrize(
    ("gone", "at", "first", "last"),
    [((0,), 1, 1, 2), ((1, 2), 3, 3, 6), ((4,), 4, 8, 9)],
    ids=["at the start", "in the middle", "at the end"],
)
def test_records_that_are_missing_are_named_and_noted(
    client: Redis, source: str, gone: Sequence[int], at: int, first: int, last: int
) -> None:
    """Entries are numbered, so that what is gone shows; when noted, what comes after is read."""
    ids = fill(client, source)
    rewrite(client, source, lambda id, f: None if ids.index(id) in gone else f)
    (problem,) = verify.log(client, source)
    left = [n for n in range(5) if n not in gone]

    assert (problem.record, problem.what) == (ids[at], "hole")
    assert (problem.first, problem.last) == (first, last)
    if at in left:
        with pytest.raises(BadRecord, match=r"hole: entr.* missing before it"):
            entries.read(client, source, ids[left[left.index(at) - 1]] if at > 1 else "0-0", 10)
    assert repair(client, problem, at_ms=99)
    assert problems(client, source) == []
    assert len(uids(client, source)) == 9 - (last - first + 1)
    said = entries.append(client, source, [lap(uid) for uid in "abcdefgx"], 8)
    assert said.accepted >= 1
    assert problems(client, source) == []


def test_an_index_that_is_wrong_is_made_anew(client: Redis, source: str) -> None:
    """A uid that is not known would be taken twice, one that leads nowhere never."""
    ids = fill(client, source)
    client.hdel(key(source, "uids"), "d")
    client.hset(key(source, "uids"), mapping={"e": ids[0], "ghost": "1763822400000-77"})

    found = list(verify.log(client, source))
    assert {(one.record, one.what) for one in found} == {(ids[2], "index"), (ids[0], "index")}
    for one in found:
        repair(client, one, at_ms=99)
    assert problems(client, source) == []
    assert entries.append(client, source, [lap(uid) for uid in "abcdefgx"], 8).repeats == 8
    assert broken.listed(client, source) == {}


def test_what_was_taken_twice_while_the_index_was_lost_is_no_problem_for_ever(
    client: Redis, source: str
) -> None:
    """The log is what was accepted, and a third time it is a repeat: nothing is left to mend."""
    fill(client, source)
    client.delete(key(source, "uids"))
    twice = [lap("b"), lap("d"), lap("f"), lap("a", revision=1)]
    assert entries.append(client, source, twice, 8).accepted == 4

    for one in list(verify.log(client, source)):
        repair(client, one, at_ms=99)
    assert problems(client, source) == []
    assert len(uids(client, source)) == 9 + 4
    assert entries.append(client, source, [lap(uid) for uid in "abcdefgx"], 8).repeats == 8


def test_an_index_that_leads_to_another_entry_is_no_repeat(client: Redis, source: str) -> None:
    """Only the same uid of the same revision was taken twice."""
    ids = fill(client, source)
    client.hset(key(source, "uids"), mapping={"e": ids[0], "c": f"1 {ids[4]}"})
    assert (ids[2], "index") in problems(client, source)


def test_what_was_published_is_never_in_a_record_that_is_no_more(
    client: Redis, source: str
) -> None:
    """An engine would take that for a log that lost its end, and begin a new epoch."""
    ids = fill(client, source)
    client.hset(key(source, "meta"), mapping={"folded": ids[4], "noted": ids[4]})
    rewrite(client, source, lambda id, f: f | {b"s": b"8"} if id == ids[4] else f)
    (problem,) = verify.log(client, source)
    repair(client, problem, at_ms=99)

    meta = sources.meta(client, source)
    assert (meta.folded, meta.noted) == (ids[3], ids[3])
    assert entries.newest(client, source) == ids[3]


@pytest.mark.parametrize(
    ("gone", "reached", "left"),
    [((0,), 1, -1), ((1, 2), 4, 0), ((1, 2), 6, 0), ((1, 2), 7, 7), ((4,), 9, 3)],
    ids=["at the start", "inside", "at its end", "behind it", "at the end of the log"],
)
def test_what_was_published_is_never_in_a_hole(
    client: Redis, source: str, gone: Sequence[int], reached: int, left: int
) -> None:
    """An engine would look for it for ever; what is published up to elsewhere stays."""
    ids = fill(client, source)
    record = next(id for id in ids if entries.place(id)[1] >= reached)
    at = f"{entries.place(record)[0]}-{reached}"
    client.hset(key(source, "meta"), mapping={"folded": at, "noted": at})
    rewrite(client, source, lambda id, f: None if ids.index(id) in gone else f)
    (problem,) = verify.log(client, source)
    assert repair(client, problem, at_ms=99)

    meta = sources.meta(client, source)
    want = at if left == reached else "0-0" if left < 0 else ids[left]
    assert (meta.folded, meta.noted) == (want, want)


def test_a_repair_of_many_uids_takes_several_steps(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are free after it, and engines hear that the source can be tried."""
    monkeypatch.setattr(broken, "MEND_UIDS", 2)
    ids = fill(client, source)
    rewrite(client, source, lambda id, f: None if ids.index(id) in (1, 2) else f)
    (problem,) = verify.log(client, source)
    bell = client.pubsub()
    bell.subscribe(key(source, "bell"))
    assert repair(client, problem, at_ms=99)

    assert problems(client, source) == []
    said = entries.append(client, source, [lap(uid) for uid in "abcdefgx"], 8)
    assert (said.accepted, said.repeats) == (4, 4)
    while (heard := bell.get_message(timeout=60)) and heard["type"] != "message":
        pass
    assert heard["data"] == b"declared"
    bell.close()


def test_who_followed_begins_again_after_a_repair(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is gone and its token outranked, so that figures are folded anew."""
    monkeypatch.setattr(broken, "HOLD_MS", 600_000)  # we may take longer to look than an engine
    ids = fill(client, source)
    token = lease.hold(client, source, "engine", 60_000)
    rewrite(client, source, lambda id, f: f | {b"s": b"8"} if id == ids[1] else f)
    (problem,) = verify.log(client, source)
    repair(client, problem, at_ms=99)

    assert lease.hold(client, source, "engine", 60_000) is None
    assert client.hget(key(source, "meta"), "token") != (token or "").encode()
    assert 0 < cast(int, client.pttl(key(source, "lease"))) <= broken.HOLD_MS


def test_records_of_before_there_were_checksums_are_read(client: Redis, source: str) -> None:
    """Nothing is known of them but whether they are records."""
    ids = fill(client, source)
    bare = {b"c"}
    rewrite(client, source, lambda _, f: {k: v for k, v in f.items() if k not in bare})
    assert problems(client, source) == []
    assert len(uids(client, source)) == 9

    rewrite(client, source, lambda id, f: f | {b"d": bytes(8)} if id == ids[2] else f)
    (problem,) = verify.log(client, source)
    assert problem.why.startswith("unreadable: JSONDecodeError")


def test_a_page_from_any_moment_on_is_no_hole(client: Redis, source: str) -> None:
    """Who asks for what came after a time names an id that no entry has."""
    ids = fill(client, source)
    ms = entries.place(ids[0])[0]
    assert len(entries.read(client, source, f"{ms - 1}-0", 10)) == 9
    assert len(entries.read(client, source, "5", 10)) == 9


def test_a_declaration_that_was_changed_on_disk_is_never_used(client: Redis, source: str) -> None:
    """It decides on every figure; declaring it again mends it."""
    client.hset(key(source, "meta"), "spec", b'{"kind":"rase"}')
    with pytest.raises(BadRecord, match=rf"record declaration: .* `pitlive declare {source} FILE`"):
        sources.meta(client, source)
    sources.declare(client, source, {"kind": "race"})
    assert sources.meta(client, source).spec == {"kind": "race"}
