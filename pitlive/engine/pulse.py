"""The engine's pulse: one key that says it lives, and with it all its leases.

A thread and a connection of its own, so that no source, however busy, can make it late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from pitlive.engine import metrics
from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import engines
from pitlive.store.client import connect
from pitlive.store.engines import Life

log = structlog.get_logger()

BEATS = 4
"""Times it beats within the life of a lease, so that a lost one loses nothing."""


class Pulse:
    """Says that an engine lives.

    Args:
        life: Asked how the engine is.
        lapsed: Told when the others may have thought it dead.
    """

    def __init__(
        self, settings: Settings, name: str, life: Callable[[], Life], lapsed: Callable[[], None]
    ) -> None:
        self._client = connect(settings.redis, retries=0)
        self._name, self._life, self._lapsed = name, life, lapsed
        self._hold_ms = settings.lease_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Beat for the first time, and go on; whoever sees our leases must see that we live.

        Raises:
            StoreUnavailable: Redis is away.
        """
        engines.beat(self._client, self._name, self._life(), self._hold_ms)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause_s, since = self._hold_ms / BEATS / 1000, None
        while not self._stopping.wait(pause_s):
            began = time.monotonic()
            try:
                lived = engines.beat(self._client, self._name, self._life(), self._hold_ms)
            except StoreUnavailable as error:
                log.warning("redis is away", error=str(error))
                since = since or began
                continue
            except Exception:  # without a pulse we would go on, and the others take our sources
                log.exception("pulse missed", name=self._name)
                continue
            if since:
                metrics.AWAY.inc(time.monotonic() - since)
                since = None
            if not lived:
                log.warning("the others may have thought this engine dead", name=self._name)
                self._lapsed()
