"""Every scenario, and which servers it says something about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.stream.aims import FIGURES
from benchmarks.stream.alone import HubAlone
from benchmarks.stream.connecting import churn, connects, idle, storm
from benchmarks.stream.delivering import burst, light, sweep
from benchmarks.stream.judged import judged
from benchmarks.stream.laps import laps
from benchmarks.stream.ours import PitLive, PitLiveGzip, PitLiveNginx, PitLivePrivate
from benchmarks.stream.reload import Reloading, reload
from benchmarks.stream.resume import LongLog, resume
from benchmarks.stream.servers import FullState, LimitBatch, LimitEvent, Nchan, Server
from benchmarks.stream.stalling import slow
from benchmarks.stream.trial import Result

SERVERS: Mapping[str, type[Server]] = {
    "limit-event": LimitEvent,
    "limit-batch": LimitBatch,
    "nchan": Nchan,
    "pitlive": PitLive,
    "hub-alone": HubAlone,
    "pitlive-gzip": PitLiveGzip,
    "pitlive-nginx": PitLiveNginx,
    "pitlive-private": PitLivePrivate,
    "full-state": FullState,
    "long-log": LongLog,
    "reloading": Reloading,
}

DELIVERING = (
    *("limit-event", "limit-batch", "nchan"),
    *("pitlive", "hub-alone", "pitlive-gzip", "pitlive-nginx"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done, to whom it is done unless others are named, and how often at most."""

    what: str
    run: Callable[[Any], Result]
    servers: tuple[str, ...]
    runs: int = 99

    def measure(self, name: str, server: Any) -> Result:
        """Run it under its name, and judge what it says: nothing is shown that was not."""
        wanted = {figure.key: figure.unit for figure in FIGURES if figure.scenario == name}
        return judged(self.run(server), wanted)


SCENARIOS: Mapping[str, Scenario] = {
    "light1000": Scenario(
        "1,000 readers, 10 events a second",
        lambda server: light(server, 1000, 10, 5),
        DELIVERING,
    ),
    "light5000": Scenario(
        "5,000 readers, 10 events a second",
        lambda server: light(server, 5000, 10, 5),
        ("nchan", "pitlive"),
    ),
    "sat1000": Scenario(
        "1,000 readers, 1,000 events as fast as they are taken",
        lambda server: burst(server, 1000, 1000),
        DELIVERING,
    ),
    "sweep1000": Scenario(
        "1,000 readers, the highest rate with all delivered and p99 within 100 ms",
        lambda server: sweep(server, 1000),
        ("limit-event", "limit-batch", "nchan", "pitlive", "pitlive-nginx"),
    ),
    "idle5000": Scenario(
        "5,000 open streams", lambda server: idle(server, 5000), ("nchan", "pitlive")
    ),
    "idle20000": Scenario(
        "20,000 open streams, or as many as one process may open files",
        lambda server: idle(server, 20_000),
        ("nchan", "pitlive"),
        runs=1,
    ),
    "connects": Scenario(
        "5,000 readers connect as fast as they can",
        lambda server: connects(server, 5000),
        ("nchan", "pitlive", "pitlive-private"),
    ),
    "storm": Scenario(
        "5,000 readers come back, 100 events behind",
        lambda server: storm(server, 5000, 100),
        ("nchan", "pitlive"),
    ),
    "slow": Scenario(
        "500 readers, 5 stop reading", lambda server: slow(server, 500, 5), ("pitlive",), runs=1
    ),
    "laps": Scenario(
        "the real race to 1,000 readers",
        lambda server: laps(server, 1000),
        ("full-state", "pitlive", "pitlive-gzip"),
    ),
    "resume": Scenario("a log of a million events", resume, ("long-log",), runs=1),
    "churn": Scenario(
        "20,000 connections of about 100 ms", lambda server: churn(server, 20_000), ("pitlive",), 1
    ),
    "reload": Scenario(
        "10,000 readers while the server reloads",
        lambda server: reload(server, 10_000),
        ("reloading",),
        1,
    ),
}
