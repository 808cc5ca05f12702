"""A key of a source is of another type than PitLive writes: it alone is hit, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pitlive.store.client import Redis, connect
from pitlive.store.keys import SOURCES, TYPES, key
from tests.stack import Stack, wait_for

SPEC = {
    "kind": "declared",
    "entries": {"sale": {"fields": {"shop": "text"}}},
    "stats": [{"name": "sales", "kind": "count", "by": ["shop"]}],
}

PARTS = [part for part in TYPES if part not in ("state", "packed", "coming", "gone")]


@pytest.fixture(scope="module")
def one() -> Iterator[Stack]:
    """One server for all: whatever is damaged in it, the next source is well."""
    running = Stack().start()
    yield running
    running.stop()


@pytest.fixture
def api(one: Stack) -> Iterator[httpx.Client]:
    """What is asked of sources."""
    with httpx.Client(base_url=f"{one.url}/api/v1/sources/", timeout=30) as client:
        yield client


def begin(api: httpx.Client, source: str) -> None:
    """Declare a source, and have a sale counted."""
    assert api.put(source, json=SPEC).status_code == 200
    assert sold(api, source, "1")


def sold(api: httpx.Client, source: str, uid: str) -> bool:
    """Report a sale; tell whether it is in the published state."""
    sale = {"shop": "a", "uid": uid}
    answer = api.post(f"{source}/entries", json=sale, headers={"Prefer": "wait=60"})
    return bool(answer.json().get("folded"))


def damage(client: Redis, source: str, part: str) -> str:
    """Put something of another type where a part of a source is; return its key."""
    name = key(source, part)
    client.delete(name)
    if TYPES[part.partition(":")[0]] == "string":
        client.rpush(name, "junk")
    else:
        client.set(name, "junk")
    return name


def failing(api: httpx.Client) -> dict[str, str]:
    """Source that cannot go on → the reason."""
    listed = api.get("").raise_for_status().json()["sources"]
    return {one["source"]: one["failing"]["reason"] for one in listed if "failing" in one}


@pytest.mark.parametrize("part", ["meta", "lease"])
def test_a_source_that_no_engine_can_take_stops_no_other(
    one: Stack, api: httpx.Client, part: str
) -> None:
    """The engine runs on, and tells why of the one."""
    client, bad, good = connect(one.redis_url), f"bad-{part}", f"good-{part}"
    for source in (bad, good):
        begin(api, source)
    name = damage(client, bad, part)
    one.restart("engine")  # it finds all sources free
    begin(api, "new")

    assert sold(api, good, "2")
    assert one.running["engine"].poll() is None
    said: dict[str, Any] = {}

    def is_told() -> bool:
        said.update({one["labels"]["source"]: one["labels"]["reason"] for one in told()})
        return bad in said

    def told() -> list[Any]:
        status = httpx.get(f"{one.url}/api/v1/status").raise_for_status().json()
        return list(status["metrics"]["pitlive_source_failing"])

    wait_for(is_told, "the reason", one)
    assert f"key {name}: got a " in said[bad]
    assert good not in said
    client.delete(*client.scan_iter(key(bad, "*")))


def test_an_engine_that_ends_at_each_start_is_not_ready(stack: Callable[..., Stack]) -> None:
    """It says that it lives each time, and follows nothing."""
    running = stack()
    client = connect(running.redis_url)
    client.set(SOURCES, "junk")
    running.running["engine"].wait(60)
    running.begin("engine")
    wait_for(
        lambda: "no engine has looked around" in httpx.get(f"{running.url}/readyz").text,
        "doubt",
        running,
    )
