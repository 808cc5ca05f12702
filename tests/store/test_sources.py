"""Declarations, as Redis keeps them."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from pitlive.errors import LeaseLost, UnknownSource
from pitlive.messages import Entry
from pitlive.store import deletion, entries, events, keys, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import PARTS, SOURCES, key
from pitlive.store.publish import ChannelChange, Publication, publish
from pitlive.store.snapshot import snapshot


def test_a_declaration_comes_back_in_its_order(redis_url: str, source: str) -> None:
    """The first type of entry is the default, so the order of the types means something."""
    client = connect(redis_url)
    declared = {"kind": "declared", "entries": {"order": {}, "delivery": {}}}
    sources.declare(client, source, declared)

    assert list(sources.meta(client, source).spec["entries"]) == ["order", "delivery"]


def test_a_list_of_sources_says_what_each_is_without_its_declaration(
    redis_url: str, source: str
) -> None:
    """Also where it was declared before that was kept beside it."""
    client = connect(redis_url)
    assert sources.summary(client, source) is None
    sources.declare(client, source, {"kind": "race", "name": "Newport 30", "laps": 10})
    told = sources.summary(client, source)
    assert told
    assert told.about == {"kind": "race", "name": "Newport 30"}

    assert told.newest is None

    client.hdel(key(source, "meta"), "about")
    assert sources.summary(client, source) == told


def test_the_same_declaration_again_changes_nothing(redis_url: str, source: str) -> None:
    """Only another one is a new version, which has the log folded again."""
    client = connect(redis_url)
    first = sources.declare(client, source, {"kind": "race", "laps": 10})
    again = sources.declare(client, source, {"kind": "race", "laps": 10})
    other = sources.declare(client, source, {"kind": "race", "laps": 20})

    assert (again, other) == (first, first + 1)


SPEC = {"kind": "race"}


def tell(client: Redis, source: str, *rows: str) -> int:
    """Publish rows, an event each; return the token by which that was done."""
    token = lease.hold(client, source, "one", 60_000) or ""
    at = sources.meta(client, source).cursor
    for row in rows:
        what = Publication("0-0", [ChannelChange("laps", b"{}", {row: b"1"})])
        at = publish(client, source, token, at, what, 9)
    lease.release(client, source, "one")
    return int(token)


def test_a_log_whose_declaration_is_gone_goes_on_by_another(redis_url: str, source: str) -> None:
    """What is reported is numbered on; what is told begins anew, with nothing of before."""
    client = connect(redis_url)
    notes = [Entry(f"u{n}", "note", n, {"text": "x"}) for n in range(4)]
    sources.declare(client, source, SPEC)
    entries.append(client, source, notes[:3], 0)
    token = tell(client, source, "a", "b", "c")
    client.delete(key(source, "meta"))
    sources.declare(client, source, SPEC)

    assert sources.newest(client, [source])[source][0].endswith("-3")
    assert snapshot(client, source).channels == {}
    assert tell(client, source, "d", "e") > token
    entries.append(client, source, notes, 0)
    assert [event.seq for event in events.events(client, source, 0, 9)] == [1, 2]
    assert [entries.place(e.id)[1] for e in entries.read(client, source, "0-0", 9)] == [1, 2, 3, 4]


class Meanwhile(Redis):
    """A connection that is so slow that a source is declared before its name is taken off."""

    def srem(self, name: str, *values: Any) -> Any:
        """Forget names of sources, late."""
        sources.declare(self, values[0], SPEC)
        return super().srem(name, *values)


@pytest.mark.parametrize("forgets", [True, False], ids=["by an engine", "at its end"])
def test_a_source_that_is_declared_again_at_once_keeps_its_name(
    redis_url: str, source: str, forgets: bool
) -> None:
    """Whoever takes the name of the deleted one off the list looks once more."""
    client = Meanwhile(connection_pool=connect(redis_url).connection_pool)
    sources.declare(client, source, SPEC)
    if forgets:
        client.delete(key(source, "meta"))
        deletion.forget_gone(client, [source])
    else:
        deletion.delete(client, source)

    assert source in sources.names(client)
    assert sources.meta(client, source).spec == SPEC


def test_a_source_is_deleted_with_what_came_while_its_keys_were_looked_for(
    redis_url: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries are taken until the last moment."""
    client = connect(redis_url)
    sources.declare(client, source, SPEC)
    look = client.scan_iter

    def late(*args: Any, **options: Any) -> Any:
        yield from look(*args, **options)
        lap = {"car": "24", "lap": 1, "lap_ms": 61000}
        entries.append(client, source, [Entry("a", "lap", 5, lap, amends="b")], 7)

    monkeypatch.setattr(client, "scan_iter", late)
    deletion.delete(client, source)

    assert list(look(key(source, "*"))) == [key(source, "gone").encode()]


def test_nothing_of_an_engine_brings_a_deleted_source_back(redis_url: str, source: str) -> None:
    """Nor may a part of it that somebody left behind pass for a source."""
    client = connect(redis_url)
    sources.declare(client, source, SPEC)
    deletion.delete(client, source)
    lease.may_have_lost(client, source)
    assert not client.exists(key(source, "meta"))

    client.hset(key(source, "meta"), "run", "left behind")
    assert lease.hold(client, source, "engine") is None
    with pytest.raises(UnknownSource):
        deletion.delete(client, source)
    with pytest.raises(UnknownSource):
        entries.append(client, source, [Entry("a", "note", 5, {"text": "x"})], 7)
    client.sadd(SOURCES, source)
    deletion.forget_gone(client, [source])
    assert source not in sources.names(client)


def test_a_source_that_was_deleted_meanwhile_is_unknown(
    redis_url: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who delete it at the same time are not both told that they did."""
    client, other = connect(redis_url), connect(redis_url)
    sources.declare(client, source, SPEC)
    monkeypatch.setattr(
        client, "scan_iter", lambda *_, **__: deletion.delete(other, source) or iter(())
    )
    with pytest.raises(UnknownSource):
        deletion.delete(client, source)


def test_who_was_overtaken_begins_no_new_epoch(redis_url: str, source: str) -> None:
    """It is told that its lease is lost, as by a publish."""
    client = connect(redis_url)
    sources.declare(client, source, SPEC)
    token = lease.hold(client, source, "one") or ""
    lease.release(client, source, "one")
    lease.hold(client, source, "two")

    with pytest.raises(LeaseLost):
        lease.restart(client, source, token)


def test_every_part_is_described() -> None:
    """What is deleted by name is what there is by the list of keys."""
    told = set(re.findall(r"pitlive:{<source>}:(\w+) ", cast(str, keys.__doc__)))

    assert told - {"meta", "channels", "gone", "live", "bell"} == set(PARTS)
