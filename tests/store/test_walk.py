"""A state is read in pages at one cursor, whatever is published meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from pitlive.errors import Gone
from pitlive.store import lease, walk
from pitlive.store.client import Redis, connect
from pitlive.store.snapshot import snapshot
from tests.writer import CHANNELS, Writer


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """A Redis in which the smallest hash is one that is read a bit at a time."""
    client = connect(redis_url)
    usual = client.config_get("hash-max-listpack-entries")
    client.config_set("hash-max-listpack-entries", 0)
    yield client
    client.config_set("hash-max-listpack-entries", usual["hash-max-listpack-entries"])


def merged(pages: list[walk.WalkPage]) -> dict[str, dict[str, Any]]:
    """What somebody has who lets the rows of each page replace those before."""
    state: dict[str, dict[str, Any]] = {}
    for page in pages:
        for name, rows in page.decode().items():
            for row, value in rows.items():
                if value is None:
                    state.get(name, {}).pop(row, None)
                else:
                    state.setdefault(name, {})[row] = value
    return {name: rows for name, rows in state.items() if rows}


@pytest.mark.parametrize("seed", range(5))
def test_all_pages_are_the_state_at_the_cursor_of_the_last(
    client: Redis, source: str, seed: int
) -> None:
    """Between any two pages something is published, and gone rows are gone."""
    writer, random = Writer(client, source, seed), Random(seed)
    writer.fill(40)
    for _ in range(20):
        pages, place = [], None
        while not pages or place:
            pages.append(walk.page(client, source, None, place, rows=3))
            place = pages[-1].next
            for _ in range(random.randrange(3)):
                writer.change()

        assert len(pages) > 3
        assert merged(pages) == writer.states[pages[-1].cursor]


def test_the_same_while_somebody_publishes_all_the_time(
    client: Redis, redis_url: str, source: str
) -> None:
    """Every place of a race between reader and writer, and whole snapshots as well."""
    writer, done = Writer(connect(redis_url), source, 9), threading.Event()
    writer.fill(60)

    def publish() -> None:
        while not done.is_set():
            writer.change()

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        read = [list(walk.pages(client, source, None, rows=3)) for _ in range(30)]
        whole = [snapshot(client, source) for _ in range(30)]
    finally:
        done.set()
        thread.join()
    for pages in read:
        assert merged(pages) == writer.states[pages[-1].cursor]
    for one in whole:
        assert one.decode() == writer.states[one.cursor]


def test_only_what_is_asked_for_is_in_the_pages(client: Redis, source: str) -> None:
    """Also of the rows that are read once more; what is for one user alone is for no star."""
    writer = Writer(client, source, 1)
    writer.fill(40)
    first = walk.page(client, source, ["laps/*", "*2"], rows=3)
    writer.fill(41)
    pages = [first]
    while pages[-1].next:
        pages.append(walk.page(client, source, ["laps/*", "*2"], pages[-1].next, rows=3))
    want = writer.states[writer.cursor]

    assert merged(pages) == {name: want[name] for name in ("laps/1", "laps/2")}


def test_a_small_state_is_one_page(client: Redis, source: str) -> None:
    """Who reads a small one needs no more than one step."""
    writer = Writer(client, source, 1)
    writer.fill(5)
    (page,) = walk.pages(client, source)

    assert page.cursor == writer.cursor
    assert page.available == sorted(CHANNELS)


def test_a_page_ends_where_its_rows_are_large(client: Redis, source: str) -> None:
    """What takes Redis its time are bytes, too."""
    writer = Writer(client, source, 1)
    text = "x" * walk.BYTES
    writer.publish({f"laps/{n}": {"1": {"text": text}} for n in range(4)})
    pages = list(walk.pages(client, source))

    assert [page.size for page in pages] == [1, 1, 1, 1]
    assert merged(pages) == writer.states[writer.cursor]


@pytest.mark.parametrize("how", ["trimmed", "epoch", "run"])
def test_a_walk_that_cannot_go_on_says_so(client: Redis, source: str, how: str) -> None:
    """Rather than to give what is not the state of any cursor."""
    writer = Writer(client, source, 1, keep=1)
    writer.fill(40)
    place = walk.page(client, source, None, rows=3).next
    assert place is not None
    if how == "trimmed":
        for _ in range(300):
            writer.change()
    elif how == "epoch":
        lease.restart(client, source, writer.token)
    else:
        place = place._replace(run="another")

    with pytest.raises(Gone, match="begin again"):
        walk.page(client, source, None, place, rows=3)
