"""One server, its readers and its publisher: what every scenario is made of."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

from benchmarks.judge import Proof, delivered
from benchmarks.judge import rate as per
from benchmarks.stream import payloads
from benchmarks.stream.machine import Reading, names, reading, spent
from benchmarks.stream.servers import Server
from benchmarks.stream.tools import Tool

Result: TypeAlias = dict[str, Any]

CONNECT_WITHIN_S = 60
COME_BACK = 2
"""Times a reader that was closed at once tries again."""

ADDRESSES = 16
"""Loopback addresses that readers come from: one has only 28,000 ports."""

OPENING = 1000
"""Connections being opened at a time."""

SIZE = 200
"""Bytes of a message, unless a scenario is about others."""


class Trial:
    """A server under load; use it as a context.

    Args:
        readers: How many.
        size: Bytes of each message.
        stalling: How many of the readers can be told to stop reading.
    """

    def __init__(self, server: Server, readers: int, size: int = SIZE, stalling: int = 0) -> None:
        self.server = server
        self.readers = readers
        self.seq = 0
        self._size = size
        self.stalling = stalling
        self._reading = readers

    def __enter__(self) -> Trial:
        self.load = self.reader(self.readers, self.stalling)
        prepared = map(self.server.prepared, payloads.messages(self._size))
        file = payloads.write(self.server.folder / "messages", prepared)
        command = [self.server.programs["ssepub"], "--msgs", str(file)]
        command += ["--port", str(self.server.publish_port)]
        command += ["--ack", self.server.ack] if self.server.ack else []
        self.publisher = Tool(command)
        return self

    def __exit__(self, *_: object) -> None:
        self.publisher.stop()
        self.load.stop()

    def reader(self, readers: int, stalling: int = 0) -> Tool:
        """Return a load of so many readers, not connected yet."""
        told = {
            "n": readers,
            "port": self.server.port,
            "path": self.server.path,
            "extra": self.server.extra,
            "gzip": int(self.server.gzip),
            "src": ADDRESSES,
            "window": OPENING,
            "slow": stalling,
            "slow-rcvbuf": 4096 if stalling else 0,
        }
        words = [word for name, value in told.items() for word in (f"--{name}", str(value))]
        return Tool([self.server.programs["sseload"], *words])

    def publish(self, count: int, rate: float = 0) -> Result:
        """Publish so many events; `rate` a second, 0 as fast as they are taken."""
        self.publisher.tell(f"pub {count} {rate}")
        return self.published()

    def published(self) -> Result:
        """Wait until what the publisher was told is done."""
        said = self.publisher.answer()
        self.seq = said["next_seq"] - 1
        return said

    def connect(self, how: str = "connect") -> Result:
        """Open all readers that are closed; whoever is sent away comes back, as browsers do.

        Raises:
            ConnectionError: Some could not be.
        """
        began = 0
        for _ in range(1 + COME_BACK):
            said = self.load.ask(f"{how} {CONNECT_WITHIN_S * 1000}")
            began = began or said["t0"]
            if said["ok"]:
                return said | {"t0": began}
            time.sleep(0.2)
        raise ConnectionError(f"{said['streams']} of {self.readers} connected: {said}")

    def refill(self) -> None:
        """Open again what the server has closed: a load without readers shows nothing."""
        if self.load.ask("stats")["streams"] < self.readers:
            self.connect()
            self.warm()

    def warm(self) -> None:
        """Publish until every reader has the newest event.

        Raises:
            ConnectionError: That did not come about.
        """
        for _ in range(40):
            self.publish(1)
            said = self.load.ask(f"seq {self.seq} 1500")
            if said["ok"] and said["min_seq"] == self.seq:
                return
        raise ConnectionError(f"readers do not get what is published: {said}")

    def ready(self) -> None:
        """Connect, warm up, and begin to count."""
        self.connect()
        self.warm()
        time.sleep(0.2)
        self.load.ask("reset")

    def stall(self) -> None:
        """Have those stop reading that can; nothing is expected of them from here on."""
        self.load.ask("stall")
        self._reading = self.readers - self.stalling

    def heard(self, events: int = 1) -> list[Proof]:
        """What proves that all readers are still there, and got at least so many events each."""
        return delivered(self.load.ask("stats"), self._reading, events)

    def read(self) -> Reading:
        """Read the clocks of all involved."""
        ours = [self.load.pid, self.publisher.pid]
        return reading(self.server.pids(), ours)

    def measure(self, count: int, rate: float, within_s: float) -> Result:
        """Publish, wait until all readers have all, and return what it took."""
        self.load.ask(f"target {self.seq + count}")
        before = self.read()
        self.publisher.tell(f"pub {count} {rate}")
        self.load.tell(f"wait {int(within_s * 1000)}")
        published = self.published()
        said = self.load.answer()
        after = self.read()
        took_s = (said["last_rx"] - published["first"]) / 1e9
        used = spent(before, after)
        return {
            **{name: said[name] for name in ("deliveries", "bytes", "closed_by_peer", "p50_us")},
            **{name: said[name] for name in ("p90_us", "p99_us", "max_us")},
            **used,
            "cpu_by": _by_name(before, after),
            "per_s": per(said["deliveries"], took_s),
            "per_cpu_s": per(said["deliveries"], used["cpu_s"]),
            "late_us": published["late_max_us"],
            "wrong": wrong(said, published),
            "proofs": delivered(said, self._reading, count),
        }


def wrong(said: Result, published: Result | None = None) -> str:
    """Return what was not as it should be, empty if each got everything once and in order."""
    found = {name: said[name] for name in ("gaps", "dups", "missing", "conn_err", "bad_status")}
    found |= {"undecodable": said["zerr"], "closed": said["closed_by_peer"]}
    if published is not None:
        found["refused"] = int(not published["ok"])
    return ", ".join(f"{count} {name}" for name, count in found.items() if count)


def _by_name(before: Reading, after: Reading) -> dict[str, float]:
    """Processor time by the name of the process."""
    found: dict[str, float] = {}
    for pid, name in names(after.server).items():
        used = after.server[pid] - before.server.get(pid, 0.0)
        found[name] = round(found.get(name, 0.0) + used, 3)
    return found
