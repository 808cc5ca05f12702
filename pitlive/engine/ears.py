"""The engine's ears: one connection on which it hears of all its sources."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import bell
from pitlive.store.client import connect

log = structlog.get_logger()

AGAIN_S = 0.2
"""Wait before listening again when Redis was away."""


class Ears:
    """Hears the bells of all sources.

    Args:
        heard: Told what was rung; None when rings may have been missed.
    """

    def __init__(self, settings: Settings, heard: Callable[[bell.Ring | None], None]) -> None:
        self._client = connect(settings.redis, retries=0)
        self._heard = heard
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; the thread ends by itself."""
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._listen()
            except StoreUnavailable as error:
                log.warning("redis is away", error=str(error))
                time.sleep(AGAIN_S)
            except Exception:  # deaf, we would find all of it late, and nobody would know why
                log.exception("ears begin again")
                time.sleep(AGAIN_S)

    def _listen(self) -> None:
        listens = False
        for ring in bell.listen(self._client):
            if ring or not listens:
                self._heard(ring)
            listens = True
            if self._stopping:
                return
