"""The courier process: takes the notices that wait, and sends them until they have arrived.

Apart from the engine, so that no receiver, however slow, costs a fold or a publish anything.
Start as many as you like: each source has one courier, by its lease. Should two send the same
notice, because one died or was cut off, its id is the same.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import structlog
from prometheus_client import generate_latest

from pitlive import logs
from pitlive.courier import metrics
from pitlive.courier.delivery import Delivery, wall_ms
from pitlive.courier.lanes import Lanes, Waiting
from pitlive.courier.outboxes import Outboxes
from pitlive.courier.post import client
from pitlive.courier.signing import ensure
from pitlive.courier.store import CourierStore
from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import engines, layout

log = structlog.get_logger()

LOOK_S = 0.2
"""How soon a new notice is found."""

TELL_S = 1.0
"""How often the courier tells of itself."""

SILENT_MS = 10_000
"""How long it may be silent before its figures vanish."""

LEAVE_S = 5.0
"""How long what is on its way may take when the courier ends; then another sends it again."""


class Courier:
    """All that waits in the outboxes that this process has."""

    def __init__(self, settings: Settings) -> None:
        self.name = f"courier-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = asyncio.Event()
        self._settings = settings
        self._store = CourierStore(settings.redis)
        self._lanes = Lanes()
        self._outboxes = Outboxes(self._store, self._lanes, self.name, settings.lease_ms)
        self._sending: set[asyncio.Task[None]] = set()
        self._told_at = 0.0

    async def run(self) -> None:
        """Deliver until `stopping` is set."""
        ensure(self._settings.webhook_secrets)
        log.info("courier", name=self.name)
        async with client() as http, asyncio.TaskGroup() as tasks:
            delivery = Delivery(self._settings, http, self._store, self._lanes, self._outboxes)
            while not self.stopping.is_set():
                try:
                    await self._outboxes.look()
                    await self._tell()
                except StoreUnavailable as error:
                    log.warning("not now", why=str(error))
                except Exception:
                    log.exception("a look for notices failed")
                self._start(delivery, tasks)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), self._pause_s())
            await self._leave()

    def _pause_s(self) -> float:
        """How long nothing is to be done, as far as is known."""
        due_ms, now_ms = self._lanes.next_ms(), wall_ms()
        if due_ms is None or due_ms <= now_ms:  # it is bounds that hold it up
            return LOOK_S
        return min(LOOK_S, (due_ms - now_ms) / 1000)

    async def _tell(self) -> None:
        if time.monotonic() - self._told_at >= TELL_S:
            text = generate_latest(metrics.REGISTRY)
            await self._store.ask(engines.tell, self.name, text, SILENT_MS)
            self._told_at = time.monotonic()

    def _start(self, delivery: Delivery, tasks: asyncio.TaskGroup) -> None:
        """Send what is due, as far as the bounds allow."""
        for one in self._lanes.start(wall_ms()) if not self.stopping.is_set() else ():
            task = tasks.create_task(self._deliver(one, delivery, tasks))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, one: Waiting, delivery: Delivery, tasks: asyncio.TaskGroup) -> None:
        """Deliver one, and go on with what it kept waiting."""
        await delivery.deliver(one)
        self._start(delivery, tasks)

    async def _leave(self) -> None:
        """Let what is on its way arrive, and give the sources back."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=LEAVE_S)
        for task in self._sending:
            task.cancel()
        with suppress(StoreUnavailable):  # else they expire
            await self._outboxes.release_all()
            await self._store.ask(engines.leave, self.name)


def main(settings: Settings) -> None:
    """Run a courier until SIGTERM or SIGINT."""

    logs.to_stdout()
    layout.await_settled(settings.redis, settings.redis_place)

    async def run() -> None:
        courier = Courier(settings)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(64, "names"))  # names may take their time
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, courier.stopping.set)
        await courier.run()

    asyncio.run(run())
