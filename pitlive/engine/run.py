"""The engine process: takes the sources that nobody follows, and follows them.

Start as many as you like, on as many machines: each source has one writer, by its lease, and
the engines are even within one. Five parts share the process: ears hear what there is to do,
the rota does it, the pulse says that we live, and the engine itself looks around now and
then: for sources that are free, for what the ears have missed, and for its share.
"""

from __future__ import annotations

import gc
import math
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue

import structlog
from prometheus_client import generate_latest

from pitlive import logs
from pitlive.engine import metrics
from pitlive.engine.ears import Ears
from pitlive.engine.follower import Follower
from pitlive.engine.job import Job
from pitlive.engine.leases import Leases
from pitlive.engine.pulse import Pulse
from pitlive.engine.rota import Rota
from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.kind import kinds
from pitlive.messages import Cursor
from pitlive.settings import Settings
from pitlive.store import engines, entries, layout, lease, sources
from pitlive.store.bell import Ring
from pitlive.store.client import connect, run_id
from pitlive.store.engines import Failing, Life

log = structlog.get_logger()

LOOK_S = 0.5
"""How soon a source is found that nobody follows, if the bell was not heard."""

BREATH_S = 0.02
"""The least time between two looks, however often the bell rings."""

SWEEP_S = 2.0
"""How soon it is found what the ears have missed."""

TELL_S = 1.0
"""How often the engine tells its figures."""

SILENT_MS = 10_000
"""How long it may be silent before its figures vanish."""

SPARE_S = 5.0
"""The least time between two looks for garbage among all that followers hold."""

STOP_WITHIN_S = 2.0
"""How long work that has begun may take when the engine is told to stop."""

MOST_TOLD = 20
"""Sources named one by one in what the engine tells of itself."""

SWITCH_S = 0.001
"""How long a thread may keep the interpreter: the default, 5 ms, is a quarter of `coalesce_ms`."""


class Engine:
    """All followers of this process."""

    def __init__(self, settings: Settings) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._settings = settings
        self._client = connect(settings.redis, retries=0)
        self._leases = Leases(self._client, self.name, settings.lease_ms)
        self._rota = Rota(self._give_back)
        self._pulse = Pulse(settings, self.name, self._life, self._lapsed)
        self._ears = Ears(settings, self._hear)
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._reached: dict[str, Cursor] = {}
        self._others: Collection[str] = ()
        self._damaged: Mapping[str, DamagedSource] = {}
        self._begun = 0
        self._spared_at = 0.0
        self._redis, self._has_missed = "", True
        self._told = self._swept = 0.0
        self._looked = time.monotonic()

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
                self._look_around()
                self._tell()
            except StoreUnavailable as error:
                log.warning("redis is away", error=str(error))
                self._leases.shy()
                self._has_missed = True
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
            self._has_missed = True
        elif ring.word in ("entries", "declared"):
            if ring.word == "declared":
                self._rota.retry(ring.source)
            if self._rota.ring(ring.source) or ring.source in self._others:
                return
        self._calls.put(True)

    def _lapsed(self) -> None:
        """The others may have thought us dead."""
        self._leases.shy()
        self._calls.put(True)

    def _life(self) -> Life:
        """How we are, from memory alone."""
        jobs, now, wall_s = self._rota.jobs(), time.monotonic(), time.time()
        since, behind = min([*_waiting(jobs.values()), (self._looked + LOOK_S, "")])
        failing = [job for job in jobs.values() if job.is_failing]
        told = {job.source: job.failing(wall_s) for job in failing}
        next_ms = math.ceil(1000 * (wall_s + LOOK_S))
        told |= {s: Failing(str(bad), 1, next_ms) for s, bad in self._damaged.items()}
        return Life(
            led=len(jobs),
            lag_ms=max(0, round(1000 * (now - since))),
            behind=behind,
            left=tuple(self._leases.left()[:MOST_TOLD]),
            failed=len(failing),
            failing=dict(islice(told.items(), MOST_TOLD)),
        )

    def _tell(self) -> None:
        """Leave our figures where the web servers find them."""
        if time.monotonic() - self._told < TELL_S:
            return
        metrics.LEASES.set(len(self._rota.jobs()))
        engines.tell(self._client, self.name, generate_latest(metrics.REGISTRY), SILENT_MS)
        self._told = time.monotonic()

    def _look_around(self) -> None:
        """Take what is free, drop what is not ours, give back what is too much."""
        self._know_redis()
        jobs = self._rota.jobs()
        found = self._leases.look(jobs)
        self._others = found.others
        self._know_damaged(found.damaged)
        self._drop(found.lost)
        self._take(found.wanted)
        if found.surplus:
            self._give_some_back(jobs, found.surplus)
        self._sweep()
        self._spare_the_collector()
        self._looked = time.monotonic()

    def _know_damaged(self, damaged: Mapping[str, DamagedSource]) -> None:
        """Say once of a source that nobody can take it."""
        for source in damaged.keys() - self._damaged.keys():
            log.error("source is damaged", source=source, why=str(damaged[source]))
        self._damaged = damaged

    def _know_redis(self) -> None:
        """Where another Redis answers than before, or the same anew, all begin from the log."""
        if not self._has_missed and self._redis:
            return
        self._has_missed, self._swept = False, 0.0
        before, self._redis = self._redis, run_id(self._client)
        if before not in ("", self._redis):
            log.warning("this is not the redis that it was: all begin again")
            self._leases.shy()
            self._rota.begin_again()
        else:
            self._rota.wake()

    def _take(self, wanted: Mapping[str, str]) -> None:
        """Take the leases of sources, and have them followed."""
        if not wanted:
            return
        tokens = lease.hold_all(self._client, wanted, self.name)
        news = set(sources.waiting(self._client, list(tokens)))
        for source, token in tokens.items():
            job = Job(source, partial(self._begin, source, token))
            self._rota.add(job, has_news=source in news)
        if lacking := [source for source in wanted if source not in tokens]:
            sources.forget_gone(self._client, lacking)

    def _begin(self, source: str, token: str) -> Follower:
        """Return a new follower of a source; a worker's turn."""
        self._begin_anew_if_lost(source, token)
        self._begun += 1
        return Follower(
            self._client,
            source,
            token,
            keep=self._settings.keep_events,
            coalesce_ms=self._settings.coalesce_ms,
            note=lambda cursor: self._reached.update({source: cursor}),
        )

    def _begin_anew_if_lost(self, source: str, token: str) -> None:
        """Redis may come back with less than it acknowledged: readers must be told."""
        meta, reached = sources.meta(self._client, source), self._reached.get(source)
        behind = reached and meta.cursor.epoch == reached.epoch and meta.cursor.seq < reached.seq
        shorter = entries.is_before(entries.newest(self._client, source), meta.folded)
        if lease.may_have_lost(self._client, source) or behind or shorter:
            cursor = lease.restart(self._client, source, token)
            log.warning("log went back", source=source, was=str(reached), now=str(cursor))

    def _give_some_back(self, jobs: Mapping[str, Job], most: int) -> None:
        """Let others have what is more than our share: the least busy, and no half-done work."""
        staying = [job for job in jobs.values() if job.leave_by == math.inf]
        more = max(0, most - (len(jobs) - len(staying)))
        order = sorted(staying, key=lambda job: (job.news is not None, job.heard))
        self._rota.leave([job.source for job in order[:more]])

    def _give_back(self, source: str) -> None:
        """Nobody works on a source here any more: another engine may have it at once."""
        try:
            lease.release(self._client, source, self.name)
        except StoreUnavailable as error:
            log.warning("not given back", source=source, error=str(error))

    def _drop(self, lost: Iterable[str]) -> None:
        """Stop following what another engine holds, or what is gone."""
        for source in lost:
            log.info("lease lost", source=source)
            metrics.LOST.inc()
        self._rota.drop(lost)

    def _sweep(self) -> None:
        """Find what the ears have missed."""
        if time.monotonic() - self._swept < SWEEP_S:
            return
        self._swept = time.monotonic()
        jobs = self._rota.jobs()
        known = sources.newest(self._client, list(jobs))
        for source, job in jobs.items():
            if source not in known or job.lacks(*known[source]):
                self._rota.ring(source)  # one that is damaged finds out by itself

    def _spare_the_collector(self) -> None:
        """Have no garbage collection look at what folds hold: they may know a million uids.

        Nothing of a fold is in a cycle, so it is freed all the same. What is garbage is
        collected first, else it would stay for good, and with it all that a broken follower
        held. Not for each follower: a thousand that begin would spend their time in it.
        """
        begun = self._begun
        if not begun or time.monotonic() - self._spared_at < SPARE_S:
            return
        self._begun -= begun
        self._spared_at = time.monotonic()
        gc.collect()
        gc.freeze()

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


def _waiting(jobs: Iterable[Job]) -> Iterator[tuple[float, str]]:
    """Yield since when which sources wait, but those that fold their logs anew: that takes long."""
    for job in jobs:
        news = job.news  # a worker may be done with it meanwhile
        if news is not None and not job.is_beginning:
            yield news, job.source


def main(settings: Settings) -> None:
    """Run an engine until SIGTERM or SIGINT."""
    logs.to_stdout()
    kinds()  # all that folds need is loaded now
    logs.left_out()
    layout.await_settled(settings.redis, settings.redis_place)
    sys.setswitchinterval(SWITCH_S)
    engine = Engine(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: engine.stop())
    engine.run()
