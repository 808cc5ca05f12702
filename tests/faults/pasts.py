"""How a source comes to have another past: an older folder put back, a lagging replica promoted."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import redis

from pitlive.store.client import connect
from pitlive.store.keys import key
from tests import races
from tests.stack import Stack, free_port, wait_for

RACE = races.small(6, 30)
FIRST, GONE, OTHER = RACE[:60], RACE[60:90], RACE[90:170]
"""What both pasts have, what only the one has that is lost, what only the other has."""


def cursor(running: Stack) -> str:
    """The newest event of the race, as the server says it."""
    found: list[str] = []

    def is_said() -> bool:
        found.extend(one["cursor"] for one in listed(running) if one["source"] == "race")
        return bool(found)

    wait_for(is_said, "the race's cursor", running)
    return found[0]


def listed(running: Stack) -> list[dict[str, Any]]:
    """The sources, as the server lists them; none while Redis does not answer it."""
    found = httpx.get(f"{running.url}/api/v1/sources").json().get("sources", [])
    return list(found)


def declare_quiet(running: Stack, source: str) -> None:
    """Declare a race of which nothing is forecast, again until a slow replica has it."""

    def is_taken() -> bool:
        with suppress(httpx.HTTPStatusError):
            races.declare_quiet(running.url, source)
            return True
        return False

    wait_for(is_taken, "a declaration", running)


def post(running: Stack, reported: Sequence[Any]) -> str:
    """Report, wait until it is folded, return the cursor."""
    last = ""

    def is_taken() -> bool:
        nonlocal last
        with suppress(httpx.HTTPStatusError):
            last = races.post(running.url, "race", list(reported))["newest"]
        return bool(last)

    def is_folded() -> bool:
        return any(one["source"] == "race" and one["folded"] == last for one in listed(running))

    wait_for(is_taken, "entries taken", running)
    wait_for(is_folded, "folding", running)
    return cursor(running)


def post_other(running: Stack) -> str:
    """Report what the other past has, some at a time: so it has more events than what is lost."""
    for batch in races.batches(OTHER, 20):
        reached = post(running, batch)
    return reached


def backup(running: Stack, folder: Path) -> None:
    """Copy what Redis has, as one does: while it is stopped."""
    running.kill("redis", signal.SIGTERM)
    shutil.copytree(running.folder / "redis", folder)
    running.start("redis")


def put_back(running: Stack, folder: Path, others: Sequence[str]) -> None:
    """Put a backup back, and start Redis and other parts anew."""
    for part in (*others, "redis"):
        running.kill(part)
    shutil.rmtree(running.folder / "redis")
    shutil.copytree(folder, running.folder / "redis")
    for part in ("redis", *others):
        running.start(part)


class Kept:
    """What one source is at a moment, to be put back while all runs: a Redis lost its end."""

    def __init__(self, running: Stack, source: str) -> None:
        self._client, self._source = connect(running.redis_url), source
        pipe, names = self._client.pipeline(transaction=True), self._names()
        for name in names:
            pipe.dump(name)
        self._kept = {name: text for name, text in zip(names, pipe.execute(), strict=True) if text}

    def put_back(self) -> None:
        """Make the source what it was, in one step."""
        pipe = self._client.pipeline(transaction=True)
        pipe.delete(*self._names())
        for name, text in self._kept.items():
            pipe.restore(name, 0, text)
        pipe.execute()

    def _names(self) -> list[bytes]:
        lease = key(self._source, "lease").encode()
        return [one for one in self._client.scan_iter(key(self._source, "*")) if one != lease]


class Pair:
    """A primary and its replica, and the parts of a PitLive on whichever is the primary."""

    def __init__(self, stack_of: Callable[..., Stack], *options: str, **settings: object) -> None:
        self.ports = free_port(), free_port()
        self.servers = [
            stack_of("--port", str(port), *options, parts=["redis"]) for port in self.ports
        ]
        self.clients = [redis.Redis.from_url(server.redis_url) for server in self.servers]
        self.follow(self.ports[0])
        wait_for(self.is_followed, "copy")
        self.parts = stack_of(parts=[], **settings)
        del self.parts.commands["redis"]
        self._point_to(self.servers[0])

    def follow(self, port: int) -> None:
        """Have the second copy what is at a port; nobody being there, it lags."""
        self.clients[1].execute_command("REPLICAOF", "127.0.0.1", port)

    def is_followed(self) -> bool:
        """Whether the first has the second as its replica."""
        told: dict[str, Any] = self.clients[0].info("replication")
        return bool(told.get("slave0", {}).get("state") == "online")

    def fail_over(self) -> None:
        """Kill the first; the second is the primary from now on."""
        self.servers[0].kill("redis")
        self.clients[1].execute_command("REPLICAOF", "NO", "ONE")
        self._point_to(self.servers[1])

    def _point_to(self, server: Stack) -> None:
        place = self.parts.folder / "redis.sock"
        place.unlink(missing_ok=True)
        place.symlink_to(server.folder / "redis.sock")
