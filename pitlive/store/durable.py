"""What is acknowledged is on the disk of the primary, and on that of a replica where one may.

Redis says when what a connection wrote is kept: `WAITAOF` (Redis 7.2 or newer, Valkey), or
`WAIT` before that, which counts what replicas have in memory. It holds up that connection
alone. Where nothing is to be waited for, as with the embedded Redis, which writes through and
has no replica, nothing is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from redis import ResponseError

from pitlive.errors import NotAcknowledged, StoreUnavailable
from pitlive.store.client import Redis, keeps_all
from pitlive.store.keys import PROBE

log = structlog.get_logger()

WITHIN_S = 2.0
"""For memory, and then once more for disks: what `appendfsync everysec` may take. The
connection's own patience is longer than both."""

MEMORY_FOR_S = 60.0
"""How long memory will do after no replica had it on disk in time: its disk may just be slow."""

LOOK_EVERY_S = 1.0
"""How long a replica that has just come may not be waited for."""

KEEP_PROBE_MS = 10_000
"""How long what was written on trial stays."""


@dataclass(frozen=True, slots=True)
class Durability:
    """How a Redis keeps what it is told.

    Attributes:
        on_disk: Whether it writes an append-only file.
        at_once: Whether it answers only when that is on the disk (`appendfsync always`).
        replicas: The replicas that follow it, as `<address>:<port>`.
        is_replica: Whether it follows another, for whose data it may give up its own.
    """

    on_disk: bool
    at_once: bool
    replicas: tuple[str, ...]
    is_replica: bool = False


def look(client: Redis) -> Durability:
    """Return how a Redis keeps what it is told now."""
    at_once = keeps_all(client)
    on_disk = at_once or bool(client.info("persistence")["aof_enabled"])
    replication = client.info("replication")
    known = [replication[f"slave{n}"] for n in range(replication.get("connected_slaves", 0))]
    online = [f"{one['ip']}:{one['port']}" for one in known if one["state"] == "online"]
    return Durability(
        on_disk, at_once, tuple(sorted(online)), is_replica=replication["role"] != "master"
    )


class Durable:
    """Waits until what was written is kept, on behalf of one worker.

    Args:
        client: It must not connect anew by itself: another server may not have what was written.
        replicas: How many are to have it; None: one where the primary has any.
    """

    def __init__(self, client: Redis, replicas: int | None) -> None:
        self._client, self._replicas = client, replicas
        self._seen, self._until = Durability(on_disk=True, at_once=True, replicas=()), 0.0
        self._has_waitaof = True
        self._memory_until = 0.0

    @contextmanager
    def writes(self) -> Iterator[Redis]:
        """Wait, at the end, until what was written within is kept; what was known before, too.

        Raises:
            NotAcknowledged: It is not, in time, though it was done.
        """
        try:
            with self._client.held():
                yield self._client
                try:
                    self._confirm()
                except ResponseError:  # since the last look it keeps what it is told otherwise
                    self._until = 0.0
                    self._confirm()
        except StoreUnavailable:
            self._until = 0.0  # the next may be told to another server
            raise

    def _confirm(self) -> None:
        seen = self._look()
        if seen.is_replica:
            raise StoreUnavailable("redis: it became a replica (READONLY)", "READONLY")
        local = int(seen.on_disk and not seen.at_once)
        wanted = min(1, len(seen.replicas)) if self._replicas is None else self._replicas
        if not local and not wanted:
            return
        on_disks = self._has_waitaof and time.monotonic() >= self._memory_until
        own, on_disk, in_memory = self._wait(local, wanted, on_disks=on_disks)
        if own < local:
            raise NotAcknowledged(f"redis: not on its disk after {WITHIN_S:g} s", "WAITAOF")
        have, within_s = in_memory, WITHIN_S
        if on_disks and self._has_waitaof:
            have, within_s = on_disk, 2 * WITHIN_S
        if have < wanted and not self._will_do(seen, in_memory):
            raise NotAcknowledged(
                f"redis: {have} of {wanted} replicas acknowledged within {within_s:g} s, "
                f"those that follow it are {', '.join(self._seen.replicas) or 'none'}",
                "WAITAOF",
            )

    def _wait(self, local: int, wanted: int, *, on_disks: bool) -> tuple[int, int, int]:
        """Return how many disks have it, the primary's and of replicas, and how many replicas.

        A replica answers whoever asks by `WAITAOF` alone before its file is written, and then
        not for a second; asked by `WAIT` first, it is asked again once it has it.
        """
        pipe = self._client.pipeline(transaction=False)
        pipe.set(PROBE, b"", px=KEEP_PROBE_MS)  # a repeat has written nothing to wait for
        within_ms = round(WITHIN_S * 1000)
        pipe.wait(wanted, within_ms)
        if self._has_waitaof:
            pipe.waitaof(local, wanted if on_disks else 0, within_ms)
        try:
            _, replicas, *disks = pipe.execute()
        except ResponseError as error:
            if not self._has_waitaof or "unknown command" not in str(error):
                raise
            self._has_waitaof = False
            log.warning(
                "redis has no WAITAOF: replicas tell what they have in memory, and nobody waits "
                "for its own disk, want appendfsync always",
            )
            return self._wait(local, wanted, on_disks=False)
        own, on_disk = disks[0] if disks else (local, 0)
        return own, on_disk, replicas

    def _will_do(self, before: Durability, in_memory: int) -> bool:
        """Whether less has to do, where nobody has set how many replicas there must be."""
        self._until = 0.0
        seen = self._look()
        if self._replicas is not None:
            return False
        if in_memory and seen == before:
            self._memory_until = time.monotonic() + MEMORY_FOR_S
            log.warning(
                f"a replica has it in memory, not on disk after {WITHIN_S:g} s: it may keep no "
                f"file (appendonly yes); memory will do for {MEMORY_FOR_S:g} s",
                replicas=list(seen.replicas),
            )
        return bool(in_memory) or not seen.replicas

    def _look(self) -> Durability:
        """Look once a second; say what is new."""
        if time.monotonic() >= self._until:
            seen = look(self._client)  # meanwhile another may have looked, and said it
            before, self._seen = self._seen, seen
            self._until = time.monotonic() + LOOK_EVERY_S
            if seen != before:
                self._memory_until, self._has_waitaof = 0.0, True  # it may be another server
                _say(seen)
        return self._seen


def _say(seen: Durability) -> None:
    if not seen.on_disk:
        log.warning("redis: appendonly is no, want yes: what is acknowledged is on no disk of it")
    log.info("redis keeps what it is told", at_once=seen.at_once, replicas=list(seen.replicas))
