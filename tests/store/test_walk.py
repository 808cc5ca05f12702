"""A state is read in pages at one cursor, whatever is published meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from pitlive.engine.mirror import Mirror
from pitlive.messages import Cursor
from pitlive.store import channel, lease, sources, walk
from pitlive.store.channel import Publication
from pitlive.store.client import Redis, connect

CHANNELS = ("standings", "laps/1", "laps/2", "messages/ann")


class Writer:
    """Publishes random changes, and remembers the state at every cursor."""

    def __init__(self, client: Redis, source: str, seed: int, keep: int = 100_000) -> None:
        self.client, self.source, self.keep = client, source, keep
        sources.declare(client, source, {"kind": "race"})
        self.token = lease.hold(client, source, "writer", 600_000) or ""
        self.cursor = sources.meta(client, source).cursor
        self.states: dict[Cursor, dict[str, dict[str, Any]]] = {}
        self._mirror, self._random = Mirror(), Random(seed)

    def publish(self, rows: dict[str, dict[str, Any]]) -> None:
        """Publish rows as an engine does; before that, remember what they make."""
        changes = self._mirror.changes(rows, 0)
        self._mirror.take(rows)
        reached = Cursor(self.cursor.epoch, self.cursor.seq + len(changes))
        known = self._mirror.rows.items()
        self.states[reached] = {name: dict(rows) for name, rows in known if rows}
        what = Publication("1-0", changes)
        self.cursor = channel.publish(
            self.client, self.source, self.token, self.cursor, what, self.keep
        )
        assert self.cursor == reached

    def change(self) -> None:
        """Change, add or take out a few rows."""
        rows: dict[str, dict[str, Any]] = {}
        for _ in range(self._random.randrange(1, 6)):
            name, row = self._random.choice(CHANNELS), str(self._random.randrange(60))
            kept = self._random.random() < 0.6
            value = {"n": self._random.randrange(1000), row: {"x": 1}} if kept else None
            rows.setdefault(name, {})[row] = value
        self.publish(rows)

    def fill(self, rows: int) -> None:
        """Publish so many rows of every channel."""
        self.publish({name: {str(n): {"n": n} for n in range(rows)} for name in CHANNELS})


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """A Redis in which the smallest hash is one that is read a bit at a time."""
    client = connect(redis_url)
    usual = client.config_get("hash-max-listpack-entries")
    client.config_set("hash-max-listpack-entries", 0)
    yield client
    client.config_set("hash-max-listpack-entries", usual["hash-max-listpack-entries"])


def merged(pages: list[walk.Page]) -> dict[str, dict[str, Any]]:
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
        whole = [channel.snapshot(client, source) for _ in range(30)]
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

    with pytest.raises(walk.Gone, match="from the first one on"):
        walk.page(client, source, None, place, rows=3)
