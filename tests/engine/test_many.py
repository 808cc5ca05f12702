"""Many sources on few engines: each is folded, taken over, shared out, and disturbs no other."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import orjson
import pytest

from pitlive.kind import kind_of
from pitlive.messages import Entry
from pitlive.store import announcements, engines, entries, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key
from tests import races
from tests.checker import Checker
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.timeout(600)


def declare(client: Redis, count: int) -> list[str]:
    """Declare so many races of which nothing is forecast, with an entry each."""
    names = [f"s{n:04}" for n in range(count)]
    for name in names:
        sources.declare(client, name, races.KINDS_QUIET)
    report(client, names, 1)
    return names


def report(client: Redis, names: Sequence[str], lap: int) -> None:
    """Enter a lap of each."""
    given = {"type": "lap", "car": "1", "lap": lap, "at_ms": 60_000 * lap}
    for name in names:
        entries.append(client, name, races.checked([given]), 0)


def all_folded(client: Redis, names: Sequence[str]) -> Callable[[], bool]:
    """Whether every entry is in the published state."""
    return lambda: not sources.waiting(client, names)


def held(client: Redis, names: Sequence[str]) -> list[int]:
    """How many of the sources each living engine has, fewest first."""
    living = engines.living(client)
    counts = Counter(lease.holders(client, names).values())
    return sorted(counts[name] for name in living)


def test_more_sources_than_connections_are_folded_and_taken_over(
    stack: Callable[..., Stack], request: pytest.FixtureRequest
) -> None:
    """Older ones too; and when their engine is killed, another has all of them."""
    running = stack(parts=["redis", "engine", "web"], engines=2, lease_ms=1500)
    client, count = connect(running.redis_url), request.config.getoption("--many")
    names = declare(client, count)
    wait_for(all_folded(client, names), "folding", running)
    report(client, names, 2)
    wait_for(all_folded(client, names), "folding of second laps", running)

    running.start("engine2")
    running.kill("engine")
    report(client, names, 3)
    wait_for(all_folded(client, names), "taking over", running)
    wait_for(lambda: held(client, names) == [count], "leases", running)
    wait_for(lambda: httpx.get(f"{running.url}/readyz").status_code == 200, "readiness", running)


def test_engines_are_even_within_one_and_readers_do_not_notice(
    stack: Callable[..., Stack],
) -> None:
    """An engine that joins is given some, and what one that leaves had is taken."""
    running = stack(parts=["redis", "engine", "web"], engines=3, lease_ms=10_000)
    client = connect(running.redis_url)
    names = declare(client, 14)
    wait_for(all_folded(client, names), "folding", running)
    readers = [Checker(running.url, name).start() for name in names[:4]]
    running.start("engine2", "engine3")
    wait_for(lambda: held(client, names) == [4, 5, 5], "even shares", running)
    running.kill("engine", signal.SIGTERM)
    wait_for(lambda: held(client, names) == [7, 7], "even shares again", running)
    report(client, names, 2)
    wait_for(all_folded(client, names), "folding", running)

    def have_second_laps() -> bool:
        return all("2" in one.state.get("laps/1", {}) for one in readers)

    wait_for(have_second_laps, "second laps", running)
    for reader in readers:
        reader.stop()
        assert not reader.faults


def test_a_source_that_fails_is_tried_ever_less_and_costs_the_others_nothing(
    stack: Callable[..., Stack],
) -> None:
    """The reason stands where people look, and what is mended is followed again."""
    running = stack()
    client = connect(running.redis_url)
    names = declare(client, 3)
    wait_for(all_folded(client, names), "folding", running)
    broken = str(client.xadd(key(names[0], "entries"), {"d": "no record"}, id="*").decode())
    client.hset(key(names[0], "meta"), "newest", broken)

    failing: dict[str, Any] = {}

    def listed() -> dict[str, Any]:
        known = httpx.get(f"{running.url}/api/v1/sources", timeout=60).json()["sources"]
        return {one["source"]: one.get("failing") for one in known}

    def fails() -> bool:
        """By one list, for it is not said while the source has its turn."""
        failing.update(listed())
        return bool((failing[names[0]] or {"times": 0})["times"] > 2)

    def is_scraped() -> bool:
        return "pitlive_source_failing{" in httpx.get(f"{running.url}/metrics").text

    wait_for(fails, "failures", running)
    report(client, names[1:], 2)
    wait_for(all_folded(client, names[1:]), "folding of the others", running)
    assert failing[names[0]]["reason"]
    assert failing[names[1]] is failing[names[2]] is None
    wait_for(is_scraped, "metric", running)
    wait_for(lambda: httpx.get(f"{running.url}/readyz").status_code == 200, "readiness", running)

    client.xdel(key(names[0], "entries"), broken)
    client.hset(key(names[0], "meta"), "newest", entries.newest(client, names[0]))
    sources.declare(client, names[0], races.KINDS_QUIET | {"name": "mended"})
    report(client, names[:1], 2)
    wait_for(all_folded(client, names), "folding of what was mended", running)
    wait_for(lambda: not any(listed().values()), "word of it", running)


def test_readiness_says_what_is_the_matter(stack: Callable[..., Stack]) -> None:
    """No engine, an engine that hangs, a Redis that refuses to write: each by its name."""
    running = stack(parts=["redis", "web"], lease_ms=600)
    client = connect(running.redis_url)

    def says() -> str:
        answer = httpx.get(f"{running.url}/readyz", timeout=60)
        return "" if answer.status_code == 200 else str(answer.json()["detail"])

    wait_for(lambda: "no engine" in says(), "no engine", running)
    running.start("engine")
    wait_for(lambda: not says(), "readiness", running)
    names = declare(client, 2)
    wait_for(all_folded(client, names), "folding", running)
    wait_for(lambda: not says(), "readiness still", running)

    running.running["engine"].send_signal(signal.SIGSTOP)
    wait_for(lambda: "no engine" in says(), "an engine that hangs", running)
    running.running["engine"].send_signal(signal.SIGCONT)
    wait_for(lambda: not says(), "readiness again", running)

    client.config_set("maxmemory", 1)
    wait_for(lambda: "memory" in says(), "a full Redis", running)
    client.config_set("maxmemory", 0)
    wait_for(lambda: not says(), "readiness at last", running)


def test_what_the_bell_did_not_tell_is_found(stack: Callable[..., Stack]) -> None:
    """Pub/sub may lose a word: an entry that nobody rang for is folded all the same."""
    running = stack(parts=["redis", "engine"])
    client = connect(running.redis_url)
    names = declare(client, 2)
    wait_for(all_folded(client, names), "folding", running)
    client.config_set("client-output-buffer-limit", "pubsub 1 1 0")  # deaf from now on
    report(client, names, 2)
    wait_for(all_folded(client, names), "folding", running)


def test_a_figure_that_waits_for_quiet_has_it_from_our_own_clock(
    stack: Callable[..., Stack],
) -> None:
    """Also where an idle Redis looks at its timeouts once a second: 200 ms, not a second."""
    running = stack(parts=["redis", "engine"])
    client = connect(running.redis_url)
    client.config_set("hz", 1)
    calm = {"name": "calm", "kind": "count", "quiet_ms": 200, "latest_ms": 5000}
    declared: dict[str, Any] = {
        "kind": "declared",
        "entries": {"vote": {"fields": {"to": "text"}}},
        "stats": [calm],
    }
    sources.declare(client, "votes", kind_of(declared).spec(declared))
    announced = client.pubsub()  # type: ignore[no-untyped-call]
    announced.subscribe(key("votes", "live"))
    told_ms: list[float] = []

    def quick() -> int:
        """How many were, after the first; a busy machine has some that were not."""
        return sum(ms < 700 for ms in told_ms[1:])

    while quick() < 3 and len(told_ms) < 60:
        n = len(told_ms)
        entries.append(client, "votes", [Entry(str(n), "vote", n, {"to": "ann"})], 0)
        taken_ms = int(entries.newest(client, "votes").partition("-")[0])
        while (heard := announced.get_message(timeout=60)) and not counted(heard, n + 1):
            pass
        told_ms.append(announcements.heard(heard).at_us / 1000 - taken_ms)

    assert min(told_ms[1:]) >= 199
    assert quick() == 3


def counted(heard: Any, votes: int) -> bool:
    """Whether it is the publish that counts so many."""
    if heard["type"] != "message":
        return False
    said = [orjson.loads(event.message)["data"] for event in announcements.heard(heard).events]
    return {"": {"count": votes}} in said
