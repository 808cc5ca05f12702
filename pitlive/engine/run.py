"""The engine process: takes the sources that nobody follows, and follows them.

Start as many as you like, on as many machines: each source has one writer, by its lease, and
the engines are even within one. Four parts share the process: ears hear what there is to do,
the rota does it, the pulse says that we live, and rounds look now and then for sources that
are free, for what the ears have missed, and for our share.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog
from prometheus_client import generate_latest

from pitlive import logs
from pitlive.engine import metrics
from pitlive.engine.beginnings import Beginnings
from pitlive.engine.ears import Ears
from pitlive.engine.health import life
from pitlive.engine.leases import Leases
from pitlive.engine.pulse import Pulse
from pitlive.engine.rota import Rota
from pitlive.engine.rounds import Rounds
from pitlive.errors import StoreUnavailable
from pitlive.kind import kinds
from pitlive.plugins import OF_ENGINE
from pitlive.settings import Settings
from pitlive.store import engines, layout, lease
from pitlive.store.bell import Ring
from pitlive.store.client import connect
from pitlive.store.engines import Life

log = structlog.get_logger()

LOOK_S = 0.5
"""How soon a source is found that nobody follows, if the bell was not heard."""

BREATH_S = 0.02
"""The least time between two looks, however often the bell rings."""

TELL_S = 1.0
"""How often the engine tells its figures."""

SILENT_MS = 10_000
"""How long it may be silent before its figures vanish."""

STOP_WITHIN_S = 2.0
"""How long work that has begun may take when the engine is told to stop."""

SWITCH_S = 0.001
"""How long a thread may keep the interpreter: the default, 5 ms, is a quarter of `coalesce_ms`."""


class Engine:
    """All followers of this process."""

    def __init__(self, settings: Settings) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._client = connect(settings.redis, retries=0)
        self._leases = Leases(self._client, self.name, settings.lease_ms)
        self._rota = Rota(self._give_back)
        self._pulse = Pulse(settings, self.name, self._life, self._lapsed)
        self._ears = Ears(settings, self._hear)
        beginnings = Beginnings(self._client, settings)
        self._rounds = Rounds(self._client, self.name, self._leases, self._rota, beginnings)
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._told_at = 0.0

    def stop(self) -> None:
        """End `run`; may be called from a signal handler."""
        self._calls.put(False)

    def run(self) -> None:
        """Hold leases and look after followers until told to stop."""
        log.info("engine", name=self.name)
        self._rota.start()
        self._ears.start()
        has_pulse, pause_s = False, 0.0
        while self._wait(pause_s):
            pause_s = LOOK_S
            try:
                if not has_pulse:
                    self._pulse.start()
                    has_pulse = True
                self._rounds.look()
                self._tell()
            except StoreUnavailable as error:
                log.warning("redis is away", error=str(error))
                self._leases.shy()
                self._rounds.miss()
        self._leave()

    def _wait(self, within_s: float) -> bool:
        """Wait until there is reason to look around; tell whether to go on."""
        with suppress(Empty):
            goes_on = self._calls.get(timeout=within_s)
            time.sleep(BREATH_S)
            while goes_on and not self._calls.empty():
                goes_on = self._calls.get()
            return goes_on
        return True

    def _hear(self, ring: Ring | None) -> None:
        """Have done what was rung for, or look around."""
        if ring is None:
            self._rounds.miss()
        elif ring.word in ("entries", "declared"):
            if ring.word == "declared":
                self._rota.retry(ring.source)
            if self._rota.ring(ring.source) or ring.source in self._rounds.others:
                return
        self._calls.put(True)

    def _lapsed(self) -> None:
        """The others may have thought us dead."""
        self._leases.shy()
        self._calls.put(True)

    def _life(self) -> Life:
        """How we are, from memory alone."""
        jobs, rounds = self._rota.jobs(), self._rounds
        left = self._leases.left()
        return life(jobs, left, rounds.damaged, looked=rounds.looked, look_s=LOOK_S)

    def _tell(self) -> None:
        """Leave our figures where the web servers find them."""
        if time.monotonic() - self._told_at < TELL_S:
            return
        metrics.LEASES.set(len(self._rota.jobs()))
        engines.tell(self._client, self.name, generate_latest(metrics.REGISTRY), SILENT_MS)
        self._told_at = time.monotonic()

    def _give_back(self, source: str) -> None:
        """Nobody works on a source here any more: another engine may have it at once."""
        try:
            lease.release(self._client, source, self.name)
        except StoreUnavailable as error:
            log.warning("not given back", source=source, error=str(error))

    def _leave(self) -> None:
        """Finish what is being done, and give all leases back."""
        self._ears.stop()
        self._rota.stop(STOP_WITHIN_S)
        self._pulse.stop()
        try:
            lease.release_all(self._client, list(self._rota.jobs()), self.name)
            engines.leave(self._client, self.name)
        except StoreUnavailable as error:
            log.warning("leases end with our pulse", error=str(error))


def main(settings: Settings) -> None:
    """Run an engine until SIGTERM or SIGINT."""
    logs.to_stdout()
    kinds()  # all that folds need is loaded now
    logs.left_out(OF_ENGINE)
    layout.await_settled(settings.redis, settings.redis_place)
    sys.setswitchinterval(SWITCH_S)
    engine = Engine(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: engine.stop())
    engine.run()
