"""Engines and their leases: who follows what, and what happens when they die."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from pitlive.store import engines, lease, sources
from pitlive.store.client import connect
from pitlive.store.engines import Life
from pitlive.store.keys import key
from tests import races
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.timeout(600)


def test_engines_that_find_many_sources_do_not_take_them_from_each_other(
    stack: Callable[..., Stack],
) -> None:
    """Catching up with eighteen races takes longer than a lease lasts, and no lease is lost.

    Both live before there is anything to take: one that came later would be given its share.
    """
    running, given = stack(engines=2, lease_ms=1500), races.small(20, 60)
    names = [f"race{n}" for n in range(18)]
    for name in names:
        races.post(running.url, name, given)
    client = connect(running.redis_url)
    wait_for(lambda: sources.waiting(client, names) == [], "folding", running)
    for engine in ("engine", "engine2"):
        running.kill(engine)
    dead = engines.all_figures(client).keys()
    engines.beat(client, "another", Life(), 3_600_000)
    assert len(lease.hold_all(client, lease.holders(client, names), "another")) == len(names)
    before = {name: int(client.hget(key(name, "meta"), "token") or 0) for name in names}
    for name in names:
        races.post(running.url, name, [{"type": "note", "uid": "late", "text": "hello"}])
    running.begin("engine", "engine2")
    wait_for(lambda: len(engines.all_figures(client).keys() - dead) == 2, "two engines", running)
    engines.leave(client, "another")
    wait_for(lambda: sources.waiting(client, names) == [], "folding", running)
    after = {name: int(client.hget(key(name, "meta"), "token") or 0) for name in names}

    assert {after[name] - before[name] for name in names} == {1}


def test_a_stopped_engine_gives_its_sources_back_at_once(stack: Callable[..., Stack]) -> None:
    """The other engine need not wait for a lease to run out, however long it is."""
    running = stack(engines=2, lease_ms=60_000)
    races.post(running.url, "race", races.small(3, 5))
    client = connect(running.redis_url)
    wait_for(lambda: bool(client.get(key("race", "lease"))), "lease", running)
    running.kill("engine", signal.SIGTERM)
    running.kill("engine2", signal.SIGTERM)
    assert client.get(key("race", "lease")) is None

    races.post(running.url, "race", [{"type": "note", "uid": "n", "text": "hello"}])
    running.start("engine")
    wait_for(lambda: sources.waiting(client, ["race"]) == [], "folding", running)
