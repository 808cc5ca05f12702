"""Declarations, as Redis keeps them."""

from __future__ import annotations

from pitlive.store import sources
from pitlive.store.client import connect
from pitlive.store.keys import key


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

    client.hdel(key(source, "meta"), "about")
    assert sources.summary(client, source) == told


def test_the_same_declaration_again_changes_nothing(redis_url: str, source: str) -> None:
    """Only another one is a new version, which has the log folded again."""
    client = connect(redis_url)
    first = sources.declare(client, source, {"kind": "race", "laps": 10})
    again = sources.declare(client, source, {"kind": "race", "laps": 10})
    other = sources.declare(client, source, {"kind": "race", "laps": 20})

    assert (again, other) == (first, first + 1)
