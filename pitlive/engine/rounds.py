"""A look around: sources that are free, that are ours no longer, or that the ears have missed."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import structlog

from pitlive.engine import metrics
from pitlive.engine.beginnings import Beginnings
from pitlive.engine.garbage import Garbage
from pitlive.engine.job import Job
from pitlive.engine.leases import Leases
from pitlive.engine.rota import Rota
from pitlive.errors import DamagedSource
from pitlive.store import deletion, lease, sources
from pitlive.store.client import Redis, run_id

log = structlog.get_logger()

SWEEP_S = 2.0
"""How soon it is found what the ears have missed."""


class Rounds:
    """Looks around, and has the rota do what follows from it.

    Attributes:
        others: Sources that another living engine has.
        damaged: Sources that nobody can take, and why.
        looked: When it last looked around [monotonic s].

    Args:
        engine: Name of this engine.
    """

    def __init__(
        self, client: Redis, engine: str, leases: Leases, rota: Rota, beginnings: Beginnings
    ) -> None:
        self.others: Collection[str] = ()
        self.damaged: Mapping[str, DamagedSource] = {}
        self.looked = time.monotonic()
        self._client, self._engine = client, engine
        self._leases, self._rota, self._beginnings = leases, rota, beginnings
        self._garbage = Garbage()
        self._redis, self._has_missed = "", True
        self._swept = 0.0

    def miss(self) -> None:
        """Something may have been missed: Redis may be another one by now."""
        self._has_missed = True

    def look(self) -> None:
        """Accept what is free, drop what is not ours, give back what is too much.

        Raises:
            StoreUnavailable: Redis is away.
        """
        self._know_redis()
        jobs = self._rota.jobs()
        found = self._leases.look(jobs)
        self.others = found.others
        self._know_damaged(found.damaged)
        self._drop(found.lost)
        self._accept(found.wanted)
        if found.surplus:
            self._give_some_back(jobs, found.surplus)
        self._sweep()
        self._garbage.spare(self._beginnings.count)
        self.looked = time.monotonic()

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

    def _know_damaged(self, damaged: Mapping[str, DamagedSource]) -> None:
        """Say once of a source that nobody can take it."""
        for source in damaged.keys() - self.damaged.keys():
            log.error("source is damaged", source=source, why=str(damaged[source]))
        self.damaged = damaged

    def _drop(self, lost: Iterable[str]) -> None:
        """Stop following what another engine holds, or what is gone."""
        for source in lost:
            log.info("lease lost", source=source)
            metrics.LOST.inc()
        self._rota.drop(lost)

    def _accept(self, wanted: Mapping[str, str]) -> None:
        """Take the leases of sources, and have them followed."""
        if not wanted:
            return
        tokens = lease.hold_all(self._client, wanted, self._engine)
        news = set(sources.waiting(self._client, list(tokens)))
        for source, token in tokens.items():
            job = Job(source, partial(self._beginnings.follower, source, token))
            self._rota.add(job, has_news=source in news)
        if lacking := [source for source in wanted if source not in tokens]:
            deletion.forget_gone(self._client, lacking)

    def _give_some_back(self, jobs: Mapping[str, Job], most: int) -> None:
        """Let others have what is more than our share: the least busy, and no half-done work."""
        staying = [job for job in jobs.values() if job.leave_by == math.inf]
        more = max(0, most - (len(jobs) - len(staying)))
        order = sorted(staying, key=lambda job: (job.news is not None, job.heard))
        self._rota.leave([job.source for job in order[:more]])

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
