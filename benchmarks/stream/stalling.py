"""Readers that stop reading: what the others notice, what it costs, and when they are gone."""

from __future__ import annotations

import math
import time
from typing import Any

from benchmarks.judge import rate
from benchmarks.stream.servers import Server
from benchmarks.stream.trial import Result, Trial

SIZE, RATE, LENGTH_S = 8192, 20, 16
"""2.6 MB for each reader who does not take it: more than the kernel holds for one."""


def slow(server: Server, readers: int, stalling: int) -> Result:
    """The same load twice, the second time with some who stop reading."""
    with Trial(server, readers, SIZE) as trial:
        trial.ready()
        alone = _load(trial)
    with Trial(server, readers, SIZE, stalling) as trial:
        trial.seq = alone["seq"]
        trial.publisher.ask(f"seq {trial.seq + 1}")
        trial.ready()
        trial.stall()
        beside = _load(trial)
    return {
        "p99_us": beside["p99_us"],
        "p99_alone_us": alone["p99_us"],
        "p99_ratio": rate(beside["p99_us"], alone["p99_us"]),
        "grown_kb": beside["grown_kb"] - alone["grown_kb"],
        "gone_s": beside["gone_s"],
        "foreign": max(alone["foreign"], beside["foreign"]),
        "wrong": ", ".join(filter(None, (alone["wrong"], beside["wrong"]))),
        "proofs": alone["proofs"] + beside["proofs"],
    }


def _load(trial: Trial) -> dict[str, Any]:
    """Publish second by second, and look in between who is still connected."""
    server, began = trial.server, time.monotonic()
    memory, connected = server.memory_kb(), server.connections()
    seconds: list[Result] = []
    gone_s = math.inf
    for _ in range(LENGTH_S):
        trial.load.ask("reset")
        seconds.append(trial.measure(RATE, RATE, 20))
        if gone_s == math.inf and server.connections() <= connected - trial.stalling:
            gone_s = time.monotonic() - began
    return {
        "seq": trial.seq,
        "p99_us": sorted(second["p99_us"] for second in seconds)[LENGTH_S // 2],
        "grown_kb": server.memory_kb() - memory,
        "gone_s": gone_s,
        "foreign": max(second["foreign"] for second in seconds),
        "wrong": ", ".join(filter(None, (second["wrong"] for second in seconds))),
        "proofs": [proof for second in seconds for proof in second["proofs"]],
    }
