"""The entry log: a uid is accepted once, revisions are numbered, order is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pitlive.errors import UnknownSource
from pitlive.messages import Entry
from pitlive.store import entries, sources
from pitlive.store.client import Redis, connect


@pytest.fixture
def client(redis_url: str, source: str) -> Redis:
    """A connection to the session's Redis, where `source` is declared."""
    client = connect(redis_url)
    sources.declare(client, source, {"kind": "race"})
    return client


def lap(uid: str, **other: object) -> Entry:
    """A lap entry."""
    return Entry(uid, "lap", 5, {"car": "24", "lap": 1}, **other)  # type: ignore[arg-type]


def test_what_is_appended_is_read_back_in_order(client: Redis, source: str) -> None:
    """The log returns what went in, with ids that grow."""
    given = [Entry(f"u{n}", "note", n, {"text": "a\u2028\n\0"}, origin="anna") for n in range(2500)]
    appended = entries.append(client, source, given, seen_ms=77)
    found = entries.read(client, source, "0-0", 5000)

    assert [e.uid for e in found] == [e.uid for e in given]
    assert [e.id for e in found] == appended.ids
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
    accepted = [id is not None for id in entries.append(client, source, given, 0).ids]

    assert accepted == [True, True, False, False]


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
    assert appended.ids[3] is None


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
