"""A web server that is reloaded or stopped under five hundred streams, and one that is slow."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests import races
from tests.checker import Checker
from tests.faults.scene import REFUSED, Scene, chatter
from tests.faults.wire import Wire
from tests.stack import Stack, wait_for

DRAIN_S = 3.0
SPREAD_S = DRAIN_S / 3
"""At least, from the goodbye of one reader in ten to that of nine in ten; evenly spread it is 0.8
of the window, and all at once nothing."""

LATE_DOOR = {"streams_refused restart"}
"""A worker that hears late that it is to stop may let a reader in again, and sends it away."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def reload(running: Stack) -> None:
    """Replace the workers: SIGHUP starts new ones and drains the old."""
    os.kill(running.pid("web"), signal.SIGHUP)


def restart(running: Stack) -> None:
    """Stop the server as a deploy does, and start it when the last stream has ended."""
    running.restart("web", signal.SIGTERM)


def listening(running: Stack) -> list[int]:
    """The processes that hold the socket where connections come in."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = f":{running.port:04X}"
    links = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(ours) and line[3] == "0A"}
    return [pid for pid in running.workers() if links & set(_open(pid))]


def _open(pid: int) -> list[str]:
    found = []
    with suppress(FileNotFoundError):  # it has ended
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # it was closed
                found.append(str(file.readlink()))
    return found


@pytest.mark.parametrize(
    ("end", "moves"),
    [(reload, {"streams_ended restart", "replays ok"}), (restart, {"replays ok"})],
    ids=["reload", "restart"],
)
def test_five_hundred_readers_are_sent_away_in_turn_and_resume(
    stack: Callable[..., Stack],
    scene: Callable[..., Scene],
    end: Callable[[Stack], None],
    moves: set[str],
) -> None:
    """Each ends after a whole goodbye with a time of its own, over a window, and misses nothing."""
    running = stack(workers=2, drain_s=DRAIN_S, heartbeat_s=5)
    here = scene(running, more=470)
    here.begin()
    before = [(reader, len(reader.ends), len(reader.byes)) for reader in here.readers]
    end(running)
    here.wait(lambda: all(len(reader.ends) > n for reader, n, _ in before), "ends")
    here.feed(3 / 4)
    here.check(moves, may=REFUSED | LATE_DOOR)
    byes = [reader.byes[n] for reader, _, n in before]

    assert {reader.ends[n][0] for reader, n, _ in before} == {"bye"}
    assert [bye["reason"] for bye in byes] == ["restart"] * len(here.readers)
    assert len({bye["retry_ms"] for bye in byes}) > len(byes) / 3
    assert here.reasons == {"ok"}
    heard = sorted(reader.parted[n] for reader, _, n in before)
    assert heard[len(heard) * 9 // 10] - heard[len(heard) // 10] > SPREAD_S


def test_nobody_is_sent_away_while_a_worker_that_stops_still_lets_readers_in(
    stack: Callable[..., Stack],
) -> None:
    """Else who is sent away by the one worker comes in at the other, which sends it away too."""
    running = stack(workers=2, drain_s=1)
    readers = [Checker(running.url, "race").start() for _ in range(40)]
    wait_for(lambda: all(reader.reasons for reader in readers), "greetings", running)
    wait_for(lambda: len(listening(running)) == 2, "both workers", running)
    old = running.workers()
    before = [(reader, len(reader.byes), len(reader.reasons)) for reader in readers]
    reload(running)
    wait_for(lambda: any(len(r.byes) > n for r, n, _ in before), "a goodbye", running)
    still = set(listening(running)) & set(old)
    wait_for(lambda: not set(running.workers()) & set(old), "end of the old workers", running)
    wait_for(lambda: all(len(r.reasons) > n for r, _, n in before), "their return", running)
    for reader in readers:
        reader.stop()

    assert not still
    said = [[bye["reason"] for bye in reader.byes[n:]] for reader, n, _ in before]
    assert [[why for why in one if why != "unavailable"] for one in said] == [["restart"]] * 40
    assert "Exception ignored" not in running.log("web")


def test_a_reader_who_is_behind_is_sent_away_after_a_whole_event(
    stack: Callable[..., Stack],
) -> None:
    """Whoever still reads has the window to end the event it is in."""
    running = stack(drain_s=20, stall_s=300, stream_backlog=64 * 2**20)
    wire = Wire(running.port, buffer=2**16)  # what is on the way passes it within the window
    races.post(running.url, "race", races.small(3, 5))
    reader = Checker(wire.url, "race").start()
    ahead = [Checker(running.url, "race").start() for _ in range(3)]
    wait_for(lambda: all(one.state for one in [reader, *ahead]), "states", running)
    wire.stop()
    for n in range(60):  # 12 MB: more than the kernel takes for one connection
        races.post(running.url, "race", chatter(100 * n))
    wait_for(lambda: len(ahead[0].state.get("notes", {})) == 6000, "notes", running)
    os.kill(running.pid("web"), signal.SIGHUP)
    wait_for(lambda: any(one.ends for one in ahead), "drain", running)
    wire.go_on()
    wait_for(lambda: len(reader.state.get("notes", {})) == 6000, "notes", running)
    wait_for(lambda: bool(reader.ends), "end", running)
    for one in [reader, *ahead]:
        one.stop()
    wire.close()

    assert reader.ends[0][0] == "bye"
    assert reader.faults == []
