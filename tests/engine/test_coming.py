"""Columns of any size on a real Redis: in small commands, and in their place together or not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pytest

from pitlive.engine import publishing
from pitlive.engine.coming import Coming
from pitlive.engine.follower import Follower
from pitlive.engine.publishing import PUBLISH_BYTES
from pitlive.errors import LeaseLost, LogWentBack
from pitlive.kind import kinds
from pitlive.messages import Entry, PackedPiece
from pitlive.store import entries, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key
from pitlive.store.publish import Publication, publish
from pitlive.tables.edge import packed
from pitlive.tables.packed_columns import PACKED

ROWS, COLUMNS = 60_000, 3

BESIDE = 16 * 1024
"""Bytes of a command besides what is to be kept: keys, messages, rows."""


def declare(client: Redis, source: str, rows: int = ROWS) -> None:
    """Declare a table of which each cell is how often its column was changed as a whole."""
    columns = [{"name": f"c{n}"} for n in range(COLUMNS)]
    spec = {"kind": "table", "rows": rows, "columns": columns}
    sources.declare(client, source, kinds()["table"].spec(spec))


def add(client: Redis, source: str, uids: Sequence[str]) -> None:
    """Add 1 to all columns, for each of the uids."""
    given = [
        Entry(f"{uid}/{n}", "add", 5, {"column": n, "k": 1}, seen_ms=5)
        for uid in uids
        for n in range(COLUMNS)
    ]
    entries.append(client, source, given, 5)


def follow(client: Redis, source: str, engine: str, goes: int | None = None) -> bool:
    """Take over, and end after some goes, or when all is told; say whether it is."""
    lease.release(client, source, "before")
    token = lease.hold(client, source, engine, 60_000) or ""
    one = Follower(client, source, token, keep=1000, coalesce_ms=0)
    newest = entries.newest(client, source)
    for n, _ in zip(count() if goes is None else range(goes), one.life(), strict=False):
        if n and one.has_published_all and sources.folded(client, source) == newest:
            break
    lease.release(client, source, engine)
    return sources.folded(client, source) == newest


def coming(client: Redis, source: str) -> list[bytes]:
    """Keys of what is on its way."""
    return list(client.scan_iter(key(source, "coming:*")))


def is_of_one_moment(client: Redis, source: str, rows: int) -> int:
    """Compare all cells with the versions that are told; return how many changes there were."""
    page = packed.page(client, source, 0, rows)
    if page is None:
        return 0
    for number, cells in page.columns.items():
        assert set(np.frombuffer(cells, PACKED).tolist()) == {page.about[number]["version"]}
        assert len(cells) == rows * PACKED.itemsize
    return sum(row["version"] for row in page.about.values())


def test_no_command_is_larger_than_a_portion(
    redis_url: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a table is made, changed as a whole, in many cells, or taken over."""
    client, sizes = connect(redis_url), list[int]()
    execute = Redis.execute_command

    def measured(self: Redis, *args: Any, **options: Any) -> Any:
        sizes.append(sum(len(a) if isinstance(a, (bytes, str)) else 8 for a in args))
        return execute(self, *args, **options)

    declare(client, source)
    add(client, source, ["a"])
    monkeypatch.setattr(Redis, "execute_command", measured)
    assert follow(client, source, "one")
    add(client, source, ["b"])
    assert follow(client, source, "another")

    assert is_of_one_moment(client, source, ROWS) == 2 * COLUMNS
    assert ROWS * PACKED.itemsize > PUBLISH_BYTES + BESIDE
    assert max(sizes) < PUBLISH_BYTES + BESIDE
    assert coming(client, source) == []


def test_an_engine_may_end_between_any_two_portions(
    redis_url: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads meanwhile has columns and versions of one moment, and never a step back."""
    rows = 500
    monkeypatch.setattr(publishing, "PUBLISH_BYTES", 1000)
    client, random = connect(redis_url), Random(3)
    declare(client, source, rows)
    seen, on_the_way, is_all_told = [0], 0, False
    for n in range(60):
        if n % 10 == 0:
            add(client, source, [f"u{n}"])
        is_all_told = follow(client, source, f"engine{n}", random.randrange(1, 25))
        on_the_way += bool(coming(client, source))
        seen.append(is_of_one_moment(client, source, rows))
    assert is_all_told or follow(client, source, "last")

    assert seen == sorted(seen)
    assert on_the_way > 3
    assert is_of_one_moment(client, source, rows) == 6 * COLUMNS


def test_who_was_overtaken_writes_nothing_ahead(redis_url: str, source: str) -> None:
    """Else it would write into what its successor is about to put in its place."""
    client = connect(redis_url)
    declare(client, source)
    token = lease.hold(client, source, "one", 60_000) or ""
    lease.release(client, source, "one")
    lease.hold(client, source, "another", 60_000)
    one = Coming(client, source, token, 4)
    one.accept([PackedPiece("0", None, b"12345678")])
    with pytest.raises(LeaseLost):
        one.write()

    assert coming(client, source) == []


def test_a_redis_that_lost_what_was_written_ahead_is_told_nothing(
    redis_url: str, source: str
) -> None:
    """The publish does all or nothing, and the engine begins again."""
    client = connect(redis_url)
    declare(client, source)
    token = lease.hold(client, source, "one", 60_000) or ""
    one = Coming(client, source, token, 4)
    one.accept([PackedPiece("0", None, b"12345678"), PackedPiece("1", None, b"12345678")])
    while one.write():
        pass
    client.delete(key(source, "coming:1"))
    what = Publication("5-1", [], coming=one.names)
    with pytest.raises(LogWentBack, match="coming:1"):
        publish(client, source, token, sources.meta(client, source).cursor, what, 9)

    assert sources.folded(client, source) == "0-0"
    assert client.get(key(source, "packed:0")) is None
