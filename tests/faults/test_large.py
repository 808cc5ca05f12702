"""A large state survives kill -9 of its engine between two portions, and starves nobody.

    pytest tests/faults/test_large.py --rows 2000000 --timeout 3600

is the long form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from pitlive.engine.publishing import PUBLISH_ROWS
from pitlive.store import entries, events, sources
from pitlive.store.client import Redis, connect
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.faults

DECLARED = {
    "kind": "declared",
    "entries": {"order": {"fields": {"item": "text", "size": "text"}}},
    "stats": [
        {"name": "all", "kind": "count"},
        {"name": "items", "kind": "count", "by": ["item"]},
    ],
}

AT_ONCE = 10_000
"""Entries of a request."""


class Large:
    """A source with as many groups as entries, on a stack with two engines."""

    def __init__(self, stack: Stack, rows: int) -> None:
        self.rows, self.stack = rows, stack
        self.redis: Redis = connect(stack.redis_url)
        anew = httpx.Limits(max_keepalive_connections=0)  # a late server closes what is kept
        url = f"{stack.url}/api/v1/sources"
        self.web = httpx.Client(base_url=url, timeout=600, limits=anew)
        for name in ("large", "small"):
            assert self.web.put(f"/{name}", json=DECLARED).status_code == 200
        self._small = count(1)

    def fill(self) -> None:
        """Report an order of each item."""
        for start in range(0, self.rows, AT_ONCE):
            numbers = range(start, min(self.rows, start + AT_ONCE))
            lines = [f"u{n},item {n},{n % 7},{n}" for n in numbers]
            self._post("large", "\n".join(["uid,item,size,at_ms", *lines]))

    def others_go_on(self) -> None:
        """A small source is folded, whatever the large one does."""
        n = next(self._small)
        self._post("small", f"uid,item,size,at_ms\nu{n},a,b,{n}", prefer="wait=10")
        wait_for(lambda: self.folded("small") == n, "the entry of a small source")

    def folded(self, source: str = "large") -> int:
        """How many entries are in the published state."""
        return entries.place(sources.folded(self.redis, source))[1]

    def told(self) -> int:
        """How many items are."""
        return int(self.redis.hlen("pitlive:{large}:state:items"))  # type: ignore[arg-type]

    def pages(self) -> Iterator[Any]:
        """The pages of the large state."""
        asked: dict[str, Any] = {"limit": 5000}
        while True:
            page = self.web.get("/large/state", params=asked).raise_for_status().json()
            yield page
            if "next" not in page:
                return
            asked["after"] = page["next"]

    def greeting(self) -> Any:
        """The state that a stream begins with; a worker may ask to come back before."""
        told: list[str] = []

        def is_told() -> bool:
            with self.web.stream("GET", "/large/events") as answer:
                lines = answer.iter_lines()
                if any(line == "event: snapshot" for line in lines):
                    told.append(next(line for line in lines if line.startswith("data: ")))
            return bool(told)

        wait_for(is_told, "a greeting", self.stack)
        return orjson.loads(told[0].removeprefix("data: "))

    def kill_who_follows(self) -> str:
        """Kill the engine that has the large source; return its name among the parts."""
        holder = self.redis.get("pitlive:{large}:lease")
        assert isinstance(holder, bytes)
        pid = int(holder.decode().split("-")[-2])
        part = next(p for p in ("engine", "engine2") if self.stack.pid(p) == pid)
        self.stack.kill(part)
        return part

    def _post(self, source: str, text: str, prefer: str = "respond-async") -> None:
        headers = {"Content-Type": "text/csv", "Prefer": prefer}
        answer = self.web.post(f"/{source}/entries", content=text, headers=headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def large(stack: Callable[..., Stack], request: pytest.FixtureRequest) -> Iterator[Large]:
    """The source, with nothing reported yet."""
    made = Large(stack(engines=2, lease_ms=2000), request.config.getoption("--rows"))
    yield made
    made.web.close()
    made.redis.close()


def test_a_large_state_survives_its_engine_and_starves_nobody(large: Large) -> None:
    """Killed while it publishes, the rest is told by the other; pages are the state."""
    patience_s = 60 + large.rows / 2000
    large.fill()
    wait_for(
        lambda: large.told() > PUBLISH_ROWS, "a first portion", large.stack, within_s=patience_s
    )
    killed = large.kill_who_follows()
    large.others_go_on()
    wait_for(
        lambda: large.folded() == large.rows, "the rest of it", large.stack, within_s=patience_s
    )
    large.stack.start(killed)
    large.others_go_on()
    read: dict[str, Any] = {}
    for page in large.pages():
        for name, rows in page["channels"].items():
            read.setdefault(name, {}).update(rows)
    greeting = large.greeting()
    seqs = [event.seq for event in events.events(large.redis, "large", 0, 10**6)]

    assert large.told() == large.rows
    assert read["all"] == {"": {"count": large.rows}}
    assert read["items"] == {f"item {n}": {"count": 1} for n in range(large.rows)}
    assert greeting["channels"] == read
    assert greeting["cursor"] == page["cursor"]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) > large.rows / PUBLISH_ROWS
