"""What an engine takes and gives back, by what it sees of all leases."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pitlive.engine import leases
from pitlive.engine.leases import Leases
from pitlive.engine.pulse import Pulse
from pitlive.settings import Settings
from pitlive.store import engines, lease, sources
from pitlive.store.client import connect
from pitlive.store.engines import Life
from tests.stack import Stack, wait_for


def test_what_a_dead_engine_had_is_not_taken_after_an_outage(
    stack: Callable[..., Stack],
) -> None:
    """It may live, and beat again as soon as it can; what nobody has is taken all the same."""
    client = connect(stack(parts=["redis"]).redis_url)
    for name in ("free", "held"):
        sources.declare(client, name, {"kind": "race"})
    lease.hold(client, "held", "other")
    us = Leases(client, "us", 600_000)  # a look that takes half of it makes shy, too

    assert us.look(()).wanted == {"free": "", "held": "other"}
    us.shy()
    assert us.look(()).wanted == {"free": ""}


def test_it_is_known_since_when_the_same_engines_live_before_there_is_a_surplus(
    stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too much is given back at once if all has been quiet for long."""
    client, names = connect(stack(parts=["redis"]).redis_url), ["a", "b", "c"]
    engines.beat(client, "other", Life(), 60_000)
    us = Leases(client, "us", 3000)
    assert us.look(()).surplus == 0
    looked = time.monotonic()
    for name in names:
        sources.declare(client, name, {"kind": "race"})
        lease.hold(client, name, "us")
    monkeypatch.setattr(leases, "SETTLED_S", time.monotonic() - looked)

    assert us.look(names).surplus == 1


def test_a_pulse_that_could_not_say_how_we_are_beats_on(redis_url: str, source: str) -> None:
    """One source that is not as thought must not cost the engine all of its leases."""
    asked = 0

    def life() -> Life:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise OverflowError("cannot convert float infinity to integer")
        return Life(led=asked)

    client = connect(redis_url)
    pulse = Pulse(Settings(redis_url=redis_url, lease_ms=2000), source, life, lambda: None)
    pulse.start()
    try:
        wait_for(lambda: engines.living(client).get(source, Life()).led > 2, "another beat")
    finally:
        pulse.stop()
        engines.leave(client, source)


def test_the_life_of_a_newer_engine_can_be_read() -> None:
    """While engines are replaced one after the other, old ones read of new ones."""
    text = b'{"led":2,"mood":"fine","failing":{"a":{"reason":"r","times":1,"next_ms":2,"by":"x"}}}'

    assert Life.of(text) == Life(led=2, failing={"a": engines.Failing("r", 1, 2)})
