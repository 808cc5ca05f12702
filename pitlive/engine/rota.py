"""Who works on which source, and when: a few threads for however many sources there are.

A source is worked on by one thread at a time, for a moment, and then it is the next one's
turn (`turns`). What is due at a time, such as a figure that was to be quiet for 200 ms, is
woken by our own clock.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count

import structlog

from pitlive.engine import metrics
from pitlive.engine.job import Job
from pitlive.engine.turns import Turn, Turns
from pitlive.errors import LeaseLost

log = structlog.get_logger()

WORKERS = 8
"""Threads that work: as many publishes as may wait for Redis's disk at a time."""

LONGEST_NAP_S = 10.0
"""No follower that lives is due later: what was due before is forgotten only at its time."""

LEAVE_WITHIN_S = 2.0
"""How long a source that is given back may take to publish all it knows."""


class Rota:
    """All jobs of an engine, by source.

    Args:
        gave_back: Told of a source that nobody works on any more, because it was to leave.
    """

    def __init__(self, gave_back: Callable[[str], None]) -> None:
        self._jobs: dict[str, Job] = {}
        self._gave_back = gave_back
        self._changed = threading.Condition()
        self._turns = Turns()
        self._timers: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._watched = math.inf
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"worker{n}", daemon=True)
            for n in range(WORKERS)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float) -> None:
        """Finish what is being done, and begin nothing more."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        until = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def jobs(self) -> dict[str, Job]:
        """Return the jobs that there are now."""
        with self._changed:
            return dict(self._jobs)

    def add(self, job: Job, *, has_news: bool) -> None:
        """Accept a job; it begins when it is its turn."""
        with self._changed:
            self._jobs[job.source] = job
            job.news = time.monotonic() if has_news else None
            self._enqueue(job)

    def ring(self, source: str) -> bool:
        """Have a source looked after now; tell whether it is one of ours."""
        with self._changed:
            if (job := self._jobs.get(source)) is None:
                return False
            job.heard = time.monotonic()
            if not job.is_failing:
                job.news = job.news or job.heard
                self._enqueue(job)
            return True

    def retry(self, source: str) -> None:
        """Begin a source that failed without waiting: it is declared anew."""
        with self._changed:
            if (job := self._jobs.get(source)) is not None and job.is_failing:
                job.try_now()
                self._enqueue(job)

    def begin_again(self) -> None:
        """Have all begin from the log: Redis may not be where they left it."""
        with self._changed:
            for job in self._jobs.values():
                job.is_stale = True
                self._enqueue(job)

    def wake(self) -> None:
        """Have those go on that wait for Redis: it answers again."""
        with self._changed:
            for job in self._jobs.values():
                if job.waits_for_redis:
                    self._enqueue(job)

    def drop(self, sources: Iterable[str]) -> None:
        """End jobs of sources that are ours no longer."""
        with self._changed:
            for source in sources:
                if job := self._jobs.pop(source, None):
                    job.due = math.inf
                    self._turns.remove(job)

    def leave(self, sources: Iterable[str]) -> None:
        """End jobs, each as soon as all that it has folded in is published."""
        with self._changed:
            found = [job for source in sources if (job := self._jobs.get(source))]
            for job in found:
                job.leave_by = min(job.leave_by, time.monotonic() + LEAVE_WITHIN_S)
                if job.has_begun or job.is_running:
                    self._enqueue(job)
            fresh = [job.source for job in found if not (job.has_begun or job.is_running)]
        self.drop(fresh)
        for source in fresh:
            self._gave_back(source)

    def _work(self) -> None:
        while (turn := self._await_turn()) is not None:
            job = turn.job
            try:
                self._put_back(job, job.go_on(works_off=turn.works_off))
            except LeaseLost as error:
                log.info("lease lost", source=job.source, why=str(error))
                metrics.LOST.inc()
                self._end(job)
            except (
                BaseException
            ):  # a worker that ended would take a part of all other sources along
                log.exception("source let go", source=job.source)
                self._end(job)

    def _await_turn(self) -> Turn | None:
        """Wait for the next job whose turn it is; None at the end."""
        with self._changed:
            while not self._is_stopping:
                self._wake(time.monotonic())
                if turn := self._turns.next():
                    turn.job.is_running = True
                    self._call_another()
                    return turn
                self._watch()
            return None

    def _wake(self, now: float) -> None:
        """Queue what is due; a time that has been changed since is nobody's."""
        while self._timers and self._timers[0][0] <= now:
            due, _, job = heapq.heappop(self._timers)
            if job.due == due:
                self._enqueue(job)

    def _watch(self) -> None:
        """Wait until called; one of those who wait looks at the clock for all."""
        due = self._timers[0][0] if self._timers else math.inf
        if due >= self._watched:
            self._changed.wait()
            return
        self._watched = due
        self._changed.wait(max(0.0, due - time.monotonic()))
        self._watched = math.inf

    def _call_another(self) -> None:
        """Wake a worker where there is something for it: a job, or the clock to look at."""
        if self._turns or (self._timers and self._timers[0][0] < self._watched):
            self._changed.notify()

    def _put_back(self, job: Job, wait_s: float) -> None:
        """Say when it is the job's turn again."""
        with self._changed:
            self._lay_down(job)
            if self._jobs.get(job.source) is not job:
                return
            if leaves := job.may_leave:
                del self._jobs[job.source]
            elif wait_s <= 0 or (job.was_rung and not job.is_failing):
                if wait_s > 0 and job.news is not None:  # it keeps up: what waits came meanwhile
                    job.news = max(job.news, job.heard)
                self._enqueue(job)
            else:
                job.news = None
                self._remind(job, wait_s)
                if job.has_deferred:
                    self._turns.add_deferred(job)
                    self._call_another()
        if leaves:
            self._gave_back(job.source)

    def _end(self, job: Job) -> None:
        with self._changed:
            self._lay_down(job)
            if self._jobs.get(job.source) is job:
                del self._jobs[job.source]

    def _lay_down(self, job: Job) -> None:
        job.is_running = False
        if self._turns.end(job):
            self._call_another()

    def _enqueue(self, job: Job) -> None:
        """Have it be the job's turn after all that wait; if it runs, after that."""
        if job.is_running:
            job.was_rung = True
            return
        job.was_rung, job.due = False, math.inf
        if job.is_stale:
            job.begin_again()
            job.is_stale = False
        self._turns.add(job)
        self._call_another()

    def _remind(self, job: Job, wait_s: float) -> None:
        """Have the clock bring it its turn, unless something does before."""
        job.due, now = math.inf, time.monotonic()
        wait_s = min(wait_s, job.leave_by - now)
        if wait_s < math.inf:
            job.due = now + (wait_s if job.is_failing else min(wait_s, LONGEST_NAP_S))
            heapq.heappush(self._timers, (job.due, next(self._numbers), job))
            self._call_another()
