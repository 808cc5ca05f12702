"""The machine's clock is stepped while a race goes by."""

from __future__ import annotations

import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pitlive.store import entries
from pitlive.store.client import connect
from tests.faults.scene import Scene
from tests.lacking import program
from tests.stack import Stack

HOUR_S = 3600

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


class Clock:
    """The wall clock of some parts of a stack, by `clock.c`; monotonic clocks are not moved."""

    def __init__(self, folder: Path) -> None:
        compiler = program("cc", package="gcc libc6-dev")
        library = folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(self._file)}

    def step_to(self, ahead_s: int) -> None:
        """Set the clock, as from now on, so far ahead of the true one, or behind it."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", ahead_s))


def test_readers_do_not_notice_that_the_clock_is_stepped(
    stack: Callable[..., Stack], scene: Callable[..., Scene], tmp_path: Path
) -> None:
    """Three hours forward, then six back, for Redis, engines and web: order and cursors hold."""
    clock = Clock(tmp_path)
    running = stack(parts=["redis"], engines=2, workers=2, lease_ms=1000, heartbeat_s=1)
    running.own = dict.fromkeys(running.commands, clock.environment)
    running.restart("redis")
    running.start("engine", "engine2", "web")
    here = scene(running)
    here.begin()
    clock.step_to(3 * HOUR_S)
    here.feed(1 / 2)
    clock.step_to(-3 * HOUR_S)
    here.feed(3 / 4)
    beats = [reader.beats for reader in here.readers]
    heard = zip(here.readers, beats, strict=True)
    here.wait(lambda: all(reader.beats > n for reader, n in heard), "heartbeats")
    here.check(set(), may={"engine_leases_lost"})  # Redis ends them by the clock: taken anew
    with connect(running.redis_url) as client:
        redis_s, _ = client.time()
        seen = [entry.seen_ms for entry in entries.read(client, here.one, "0-0", 10**6)]

    assert time.time() - redis_s > 2 * HOUR_S  # it was stepped indeed
    assert max(seen) - min(seen) > 5 * HOUR_S * 1000
    assert here.reasons == here.byes == set()
