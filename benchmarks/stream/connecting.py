"""What an open stream weighs, and how fast many come, go, and come back."""

from __future__ import annotations

import math
import resource
import time

from benchmarks.judge import Proof, delivered, rate
from benchmarks.stream.machine import kernel_kb, spent
from benchmarks.stream.servers import Server
from benchmarks.stream.trial import Result, Trial, wrong

SPARE_FILES = 2000
"""Open files a process needs besides its streams."""

ROUNDS, LASTS_MS = 10, 100
"""Of readers that come and go: how often, and how long each stays."""

SETTLED_S = 20
"""Longer than the time between two heartbeats, when who has gone is forgotten for good."""


def most(readers: int) -> int:
    """So many readers, or as many as one process here may have open files."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(readers, files - SPARE_FILES)


def idle(server: Server, readers: int) -> Result:
    """Memory for each open stream, before anything is sent and after one event."""
    with Trial(server, most(readers)) as trial:
        _touch(trial)
        before, kernel, clocks = server.memory_kb(), kernel_kb(), trial.read()
        said = trial.connect()
        time.sleep(1)
        used, kernel_used = server.memory_kb() - before, kernel_kb() - kernel
        trial.warm()
        time.sleep(0.5)
        after = server.memory_kb() - before
        heard = trial.heard()
        return {
            "readers": trial.readers,
            "kb": used / trial.readers,
            "kb_after_event": after / trial.readers,
            "kernel_kb": kernel_used / trial.readers,
            "base_kb": before,
            **spent(clocks, trial.read()),
            "wrong": wrong(said),
            "proofs": heard,
        }


def connects(server: Server, readers: int) -> Result:
    """All at once: how many a second are taken, each with its first words."""
    with Trial(server, readers) as trial:
        _touch(trial)
        before = trial.read()
        said = trial.connect()
        used = spent(before, trial.read())
        trial.warm()
        took_s = (said["t1"] - said["t0"]) / 1e9
        return {
            **used,
            "took_s": took_s,
            "connects_per_s": rate(readers, took_s),
            "connects_per_cpu_s": rate(readers, used["cpu_s"]),
            "wrong": wrong(said),
            "proofs": trial.heard(),
        }


def storm(server: Server, readers: int, behind: int) -> Result:
    """All are cut off, miss some events, and come back at once."""
    with Trial(server, readers) as trial:
        trial.ready()
        trial.publish(20, 100)
        trial.load.ask(f"seq {trial.seq} 30000")
        trial.load.ask("drop")
        time.sleep(1)
        trial.publish(behind, 200)
        time.sleep(1)
        trial.load.ask("reset")
        trial.load.ask(f"target {trial.seq}")
        before = trial.read()
        came = trial.connect("reconnect")
        caught = trial.load.ask("wait 20000")
        used = spent(before, trial.read())
        trial.publish(1)
        said = trial.load.ask(f"seq {trial.seq} 20000")  # shows the holes of who was sent nothing
        return {
            **used,
            "connect_s": (came["t1"] - came["t0"]) / 1e9,
            "caught_up_s": (caught["reached_ns"] - came["t0"]) / 1e9 if caught["ok"] else math.inf,
            "replayed": caught["deliveries"],
            "wrong": wrong(said),
            "proofs": delivered(said, readers, behind + 1),
        }


def churn(server: Server, readers: int) -> Result:
    """Readers that come for a moment: nothing of them may stay."""
    with Trial(server, readers // ROUNDS) as trial:
        _touch(trial)
        connected = server.connections()
        _come_and_go(trial)  # the allocator keeps what the first crowd needed: that is no leak
        before, clocks = server.memory_kb(), trial.read()
        came = _come_and_go(trial)
        used = spent(clocks, trial.read())
        left, after = server.connections() - connected, server.memory_kb()
        trial.ready()
        said = trial.measure(10, 10, 20)
        return {
            **used,
            "connects": readers,
            "left": left,
            "grown_kb": after - before,
            "wrong": said["wrong"],
            "proofs": [Proof("connections", came, readers), *said["proofs"]],
        }


def _come_and_go(trial: Trial) -> int:
    """Return how many came."""
    came = 0
    for _ in range(ROUNDS):
        came += trial.connect()["streams"]
        trial.load.ask(f"run {LASTS_MS}")
        trial.load.ask("drop")
    time.sleep(SETTLED_S)
    return came


def _touch(trial: Trial) -> None:
    """Have the server do everything once, so that only what readers add is counted."""
    few = trial.reader(20)
    few.ask("connect 10000")
    trial.publish(5)
    few.ask(f"seq {trial.seq} 2000")
    few.stop()
    time.sleep(0.5)
