"""The entry log: a uid is accepted once, revisions are numbered, order is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import orjson
import pytest

from pitlive.batch import Batch
from pitlive.errors import OtherPast, UnknownSource
from pitlive.messages import Entry
from pitlive.store import append, entries
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key, keys


def lap(uid: str, **other: object) -> Entry:
    """A lap entry."""
    return Entry(uid, "lap", 5, {"car": "24", "lap": 1}, **other)  # type: ignore[arg-type]


def order(id: str) -> tuple[int, ...]:
    """What ids are compared by."""
    return tuple(map(int, id.split("-")))


def test_what_is_appended_is_read_back_in_order(client: Redis, source: str) -> None:
    """The log returns what went in, with ids that grow."""
    given = [Entry(f"u{n}", "note", n, {"text": "a\u2028\n\0"}, origin="anna") for n in range(2500)]
    appended = entries.append(client, source, given, seen_ms=77)
    found = entries.read(client, source, "0-0", 5000)

    assert [e.uid for e in found] == [e.uid for e in given]
    assert sorted((e.id for e in found), key=order) == [e.id for e in found]
    assert (appended.accepted, appended.last) == (2500, found[-1].id)
    assert found[3].data == {"text": "a\u2028\n\0"}
    assert (found[3].seen_ms, found[3].origin, found[3].at_ms) == (77, "anna", 3)


def test_a_uid_is_accepted_once_however_many_post_it(client: Redis, source: str) -> None:
    """Ten writers of the same thousand entries add exactly a thousand."""
    given = [lap(f"u{n}") for n in range(1000)]
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda _: entries.append(client, source, given, 0), range(10)))

    assert sum(one.accepted for one in done) == 1000
    assert entries.count(client, source) == 1000


def test_a_higher_revision_is_accepted_and_a_lower_one_is_a_repeat(
    client: Redis, source: str
) -> None:
    """Late news about a fact never replaces newer news."""
    given = [lap("a"), lap("a", revision=2), lap("a", revision=1), lap("a", revision=2)]
    appended = entries.append(client, source, given, 0)
    found = entries.read(client, source, "0-0", 10)

    assert (appended.accepted, appended.repeats) == (2, 2)
    assert [entry.revision for entry in found] == [0, 2]


def test_an_amendment_without_a_revision_gets_the_next_of_its_fact(
    client: Redis, source: str
) -> None:
    """Whoever amends last is counted, without knowing who amended before."""
    given = [lap("a"), lap("b", amends="a"), lap("c", amends="a"), lap("b", amends="a")]
    appended = entries.append(client, source, given, 0)
    found = entries.read(client, source, "0-0", 10)

    assert [(e.uid, e.revision, e.fact) for e in found] == [
        ("a", 0, "a"),
        ("b", 1, "a"),
        ("c", 2, "a"),
    ]
    assert (appended.accepted, appended.repeats) == (3, 1)


def test_a_source_that_was_never_declared_takes_nothing(redis_url: str, source: str) -> None:
    """Entries for an unknown source are refused, not kept in a nameless log."""
    with pytest.raises(UnknownSource):
        entries.append(connect(redis_url), source, [lap("a")], 0)


def test_an_entry_is_found_by_its_uid(client: Redis, source: str) -> None:
    """Who decided can be told to whoever comes second."""
    entries.append(client, source, [lap("a"), lap("a", revision=3)], 0)

    assert (found := entries.named(client, source, "a")) is not None
    assert found.revision == 3
    assert entries.named(client, source, "b") is None


@pytest.mark.parametrize("limit", [1, 3, 19, 1000])
def test_pages_of_any_size_are_the_log(client: Redis, source: str, limit: int) -> None:
    """Wherever a page begins and ends, in the middle of what was appended together or not."""
    for size in (1, 2, 7, 1, 1, 1, 1, 20, *[5] * 8):
        entries.append(client, source, [lap(f"{size}/{n}/{uuid4()}") for n in range(size)], 0)
    whole, after, pages = list(entries.read(client, source, "0-0", 1000)), "0-0", []
    while page := list(entries.read(client, source, after, limit)):
        assert list(entries.wait(client, source, after, limit, 1)) == page
        assert list(entries.read(client, source, after, 1000, page[-1].id)) == page
        pages += page
        after = page[-1].id
        assert len(page) == limit or len(pages) == len(whole), "nobody looks for more at once"

    assert pages == whole
    assert [int(entry.id.split("-")[1]) for entry in whole] == list(range(1, 75))
    assert (entries.count(client, source), entries.newest(client, source)) == (74, whole[-1].id)


def test_what_is_new_of_a_batch_is_taken_and_takes_no_more_room(client: Redis, source: str) -> None:
    """A feed that posts all it has, again and again, does not fill the log with repeats."""
    for size in range(1, 30):
        said = entries.append(client, source, [lap(f"u{n % size}") for n in range(60)], 0)
        assert (said.accepted, said.repeats) == (1, 59)

    records = client.xrange(key(source, "entries"))
    assert [len(orjson.loads(fields[b"u"])) for _, fields in records] == [1] * 29


def test_a_log_of_before_there_were_batches_is_read_and_goes_on(client: Redis, source: str) -> None:
    """Each record was one entry: all is there, known as a repeat, and numbered on."""
    for n, (revision, amends) in enumerate([(0, {}), (2, {}), (3, {"amends": "a"})]):
        body = orjson.dumps({"type": "lap", "at_ms": n, "car": "24", **amends})
        fields = {"u": f"u{n}", "r": revision, "s": 5, "d": body}
        id = client.xadd(key(source, "entries"), fields, id=f"1000-{n}").decode()
        client.hset(key(source, "uids"), f"u{n}", f"{revision} {id}")
    assert entries.count(client, source) == 3

    said = entries.append(client, source, [lap("u0"), lap("u1", revision=3), lap("new")], 0)
    found = entries.read(client, source, "0-0", 10)

    assert (said.accepted, said.repeats, entries.count(client, source)) == (2, 1, 5)
    assert [(e.uid, e.revision, e.amends) for e in found] == [
        *(("u0", 0, None), ("u1", 2, None), ("u2", 3, "a")),
        *(("u1", 3, None), ("new", 0, None)),
    ]
    assert [e.id for e in found[:3]] == ["1000-0", "1000-1", "1000-2"]
    assert (named := entries.named(client, source, "u2")) is not None
    assert (named.id, named.seen_ms, dict(named.data)) == ("1000-2", 5, {"car": "24"})


def test_records_end_where_entries_are_large(client: Redis, source: str) -> None:
    """So that no record, and nothing that is read at once, keeps Redis busy for long."""
    text = "x" * 10_000
    given = [Entry(f"u{n}", "note", n, {"text": text}) for n in range(500)]
    appended = entries.append(client, source, given, seen_ms=1)
    again = entries.append(client, source, given, seen_ms=1)
    records = client.xrange(key(source, "entries"))

    assert (appended.accepted, again.accepted, again.repeats) == (500, 0, 500)
    assert max(len(fields[b"d"]) for _, fields in records) <= append.RECORD_BYTES
    assert [e.uid for e in entries.read(client, source, "0-0", 1000)] == [e.uid for e in given]
    assert appended.last == entries.newest(client, source)


def test_what_is_appended_names_the_newest_entry_of_the_log(client: Redis, source: str) -> None:
    """Repeats too, for they are in the log that has it."""
    first = entries.append(client, source, [lap("a"), lap("b")], 0)
    others = entries.append(client, source, [lap("c")], 0)
    repeats = entries.append(client, source, [lap("a")], 0)
    mixed = entries.append(client, source, [lap("a"), lap("d")], 0)

    assert [one.newest == one.last for one in (first, others, mixed)] == [True] * 3
    assert (repeats.last, repeats.newest) == (None, others.last)


def test_a_log_without_the_entry_that_it_must_have_takes_nothing(
    client: Redis, source: str
) -> None:
    """The entry may be the newest, an older one, or stand within a record."""
    ids = []
    for batch in ("ab", "cde", "f"):
        entries.append(client, source, [lap(uid) for uid in batch], 0)
        ids = [entry.id for entry in entries.read(client, source, "0-0", 99)]
    ms, number = entries.place(ids[-1])
    for n, id in enumerate(["0-0", *ids]):
        entries.append(client, source, [lap(f"has {n}")], 0, holds=id)
    there = entries.count(client, source)
    for id in (f"{ms}-{number + 20}", f"{ms - 1}-{number}", f"{ms + 10**6}-{number}", "1-1"):
        with pytest.raises(OtherPast, match=f"does not have entry {id}"):
            entries.append(client, source, [lap("x"), lap("a")], 0, holds=id)

    assert len(ids) == 6
    assert entries.count(client, source) == there == 13
    with pytest.raises(UnknownSource):
        entries.append(client, f"{source}-other", [lap("x")], 0, holds=ids[0])


def test_what_takes_several_steps_is_of_one_past(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older folder is put back between two of them, and somebody else writes: neither more."""
    old = {name: client.dump(name) for name in keys(source, "meta")}
    append_record = append._append

    def go_back(*given: Any) -> Any:
        done = append_record(*given)
        if len(given[2]) == entries.RECORD_ENTRIES:
            client.delete(*keys(source, "meta", "entries", "uids", "facts"))
            for name, text in old.items():
                client.restore(name, 0, text)
            append_record(client, source, Batch.of([lap("other")]), b"[]", 0, "0-0", ())
        return done

    monkeypatch.setattr(append, "_append", go_back)
    with pytest.raises(OtherPast):
        entries.append(client, source, [lap(f"u{n}") for n in range(entries.RECORD_ENTRIES + 1)], 0)

    assert list(map(bytes, client.hkeys(key(source, "uids")))) == [b"other"]
