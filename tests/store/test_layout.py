"""Upgrades: what earlier PitLives wrote is read, and what a newer one wrote is left alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from httpx_sse import EventSource

from pitlive.engine import refold
from pitlive.errors import SettingsError
from pitlive.messages import Cursor
from pitlive.store import channel, entries, events, layout, sources, verify
from pitlive.store.client import Redis, connect
from pitlive.store.keys import LAYOUT
from tests.stack import Stack, wait_for

FORMATS = Path(__file__).parent / "formats"
COMMITS = sorted(file.parent.name for file in FORMATS.glob("*/expected.json"))

NEW: dict[str, dict[str, Any]] = {
    "race": {"type": "lap", "car": "1", "lap": 9, "at_ms": 95_000, "lap_ms": 10_000},
    "orders": {"type": "order", "item": "tea", "units": 6, "uid": "o6"},
    "told": {"type": "order", "item": "tea", "units": 6, "uid": "o6"},
    "table": {"type": "add", "column": 0, "k": 1, "uid": "t2"},
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("commit", COMMITS)
def test_a_folder_of_before_goes_on_as_if_nothing_had_happened(
    commit: str, stack: Callable[..., Stack]
) -> None:
    """All entries are there, figures are those of a fresh fold, readers go on or are told."""
    one = stack(parts=["redis"])
    one.kill("redis")
    shutil.rmtree(one.folder / "redis" / "appendonlydir")
    shutil.copytree(FORMATS / commit / "appendonlydir", one.folder / "redis" / "appendonlydir")
    one.start()
    expected = orjson.loads((FORMATS / commit / "expected.json").read_bytes())
    client = connect(one.redis_url)

    assert client.get(LAYOUT) == str(layout.NEWEST).encode()
    assert sources.names(client) == sorted(expected)
    for source, known in expected.items():
        assert list(verify.log(client, source)) == []
        assert [e.uid for e in entries.read(client, source, "0-0", 1000)] == known["uids"]
        cursor = Cursor.parse(known["cursor"])
        hello = greeted(one, source, cursor)
        assert hello["resumed"] or hello["reason"] in ("epoch", "trimmed"), hello
        wait_for(lambda s=source: is_settled(client, s), "figures", one)  # type: ignore[misc]
        assert {*known["channels"]} <= {*channel.available(client, source)}

        answer = httpx.post(f"{one.url}/api/v1/sources/{source}/entries", json=NEW[source])
        assert answer.json()["accepted"] == 1
        wait_for(lambda s=source: is_settled(client, s), "new figures", one)  # type: ignore[misc]
        assert events.resume(client, source, cursor).top.seq > cursor.seq


def is_settled(client: Redis, source: str) -> bool:
    """Whether all is folded in, and what is published is what a fresh fold says."""
    if sources.folded(client, source) != entries.newest(client, source):
        return False
    return not list(refold.differences(client, source))


def greeted(one: Stack, source: str, cursor: Cursor) -> dict[str, Any]:
    """What a reader who comes back is told of its cursor."""
    url = f"{one.url}/api/v1/sources/{source}/events?channels=*"
    with httpx.stream("GET", url, headers={"Last-Event-ID": str(cursor)}, timeout=60) as answer:
        heard = (one for one in EventSource(answer).iter_sse() if one.event in ("hello", "bye"))
        first = next(heard)
    said = orjson.loads(first.data)
    if first.event == "bye":
        assert said["reason"] == "unavailable"  # its worker hears late of Redis: come back
        return greeted(one, source, cursor)
    of_source: dict[str, Any] = said["sources"][source]
    return of_source


@pytest.mark.parametrize("part", ["engine", "courier", "web", "verify"])
def test_what_a_newer_pitlive_wrote_is_refused_by_name(
    part: str, stack: Callable[..., Stack]
) -> None:
    """Nothing is read, nothing is written, and the message says what would do."""
    one = stack(parts=["redis"])
    client = connect(one.redis_url)
    client.set(LAYOUT, layout.NEWEST + 1)
    done = subprocess.run(
        [sys.executable, "-m", "pitlive", part],
        env=one.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode != 0
    want = f"written by PitLive format {layout.NEWEST + 1}, this program ("
    assert want in done.stderr
    assert "want a newer PitLive, or another data_dir" in done.stderr
    assert client.keys("*") == [LAYOUT.encode()]


def test_a_redis_of_before_there_was_a_number_is_made_ours(redis_url: str) -> None:
    """Once; a newer one is an error that names where it is, and is left as it is."""
    client = connect(redis_url)
    before = client.get(LAYOUT)
    try:
        client.delete(LAYOUT)
        assert layout.settle(client, "redis_url") == 0
        assert layout.settle(client, "redis_url") == layout.NEWEST
        client.set(LAYOUT, 99)
        with pytest.raises(SettingsError, match=r"^redis_url: written by PitLive format 99, this"):
            layout.settle(client, "redis_url")
        assert client.get(LAYOUT) == b"99"
    finally:
        client.set(LAYOUT, before or layout.NEWEST)


@pytest.mark.parametrize("noted", [b"", b"three", b"3.5", b"-1", b"1" * 30, b"\xff"])
def test_a_format_that_is_none_is_named(stack: Callable[..., Stack], noted: bytes) -> None:
    """Nothing is written to what something else has written to."""
    client = connect(stack(parts=["redis"]).redis_url)
    client.set(LAYOUT, noted)
    with pytest.raises(SettingsError, match=f"^here: {LAYOUT} holds b'.*want the number of a Pit"):
        layout.settle(client, "here")
    assert client.get(LAYOUT) == noted
