"""A primary with a replica, which parts of PitLive can be had to follow when it takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from tests.stack import Stack, free_port, wait_for


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
