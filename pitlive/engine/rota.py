"""Who works on which source, and when: a few threads for however many sources there are.

A source is worked on by one thread at a time, for a moment, and then it is the next one's
turn. Sources whose moments are short never wait for those whose are long, nor the other way
round: some of the threads are for the long ones, and those have their turns by kind: first
what has news, as often what only begins, now and then what ponders. What is due at a time,
such as a figure that was to be quiet for 200 ms, is woken by our own clock.
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
from pitlive.errors import LeaseLost

log = structlog.get_logger()

WORKERS = 8
"""Threads that work: as many publishes as may wait for Redis's disk at a time."""

SLOW = 3
"""Of them, how many work on what takes long: they wait for Redis a good part of the time."""

NEWS, BEGINS, PONDERS = range(3)

TURNS = (NEWS, BEGINS, NEWS, BEGINS, NEWS, BEGINS, PONDERS)
"""Whose turn it is among the slow ones; where there is none, it is the next one's."""

LONGEST_NAP_S = 10.0
"""No follower that lives is due later: what was due before is forgotten only at its time."""

LEAVE_WITHIN_S = 2.0
"""How long a source that is given back may take to tell all it knows."""

Queue = dict[Job, None]
"""Jobs in the order in which they came, each once."""


class Rota:
    """All jobs of an engine, by source.

    Args:
        gave_back: Told of a source that nobody works on any more, because it was to leave.
    """

    def __init__(self, gave_back: Callable[[str], None]) -> None:
        self._jobs: dict[str, Job] = {}
        self._gave_back = gave_back
        self._changed = threading.Condition()
        self._quick: Queue = {}
        self._slow: tuple[Queue, Queue, Queue] = {}, {}, {}
        self._slow_ones: set[Job] = set()
        self._pondering: Job | None = None
        self._turn = 0
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
        """Take a job in; it begins when it is its turn."""
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
                    self._dequeue(job)

    def leave(self, sources: Iterable[str]) -> None:
        """End jobs, each as soon as all that it has folded in is told."""
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
        while (taken := self._take()) is not None:
            job, ponders = taken
            try:
                self._put_back(job, job.go_on(ponders=ponders))
            except LeaseLost as error:
                log.info("lease lost", source=job.source, why=str(error))
                metrics.LOST.inc()
                self._end(job)
            except Exception:  # a worker that ended would take a part of all other sources along
                log.exception("source let go", source=job.source)
                self._end(job)

    def _take(self) -> tuple[Job, bool] | None:
        """Wait for the next job whose turn it is, and say if it may ponder; None at the end."""
        with self._changed:
            while not self._is_stopping:
                self._wake(time.monotonic())
                if taken := self._next():
                    taken[0].is_running = True
                    self._call_another()
                    return taken
                self._watch()
            return None

    def _wake(self, now: float) -> None:
        """Queue what is due; a time that has been changed since is nobody's."""
        while self._timers and self._timers[0][0] <= now:
            due, _, job = heapq.heappop(self._timers)
            if job.due == due:
                self._enqueue(job)

    def _next(self) -> tuple[Job, bool] | None:
        """Take out the job whose turn it is: a slow one if there is room, else a quick one."""
        if self._has_slow():
            return self._next_slow()
        return (_pop(self._quick), False) if self._quick else None

    def _has_slow(self) -> bool:
        """Whether a slow one could have its turn; one ponders at a time, for that is all CPU."""
        some = self._slow[NEWS] or self._slow[BEGINS]
        ponders = self._slow[PONDERS] and self._pondering is None
        return len(self._slow_ones) < SLOW and bool(some or ponders)

    def _next_slow(self) -> tuple[Job, bool]:
        while True:
            self._turn = (self._turn + 1) % len(TURNS)
            queue = self._slow[kind := TURNS[self._turn]]
            if queue and not (kind == PONDERS and self._pondering):
                break
        if kind == PONDERS:  # news may have come between, so it is not the order of the queue
            job = self._pondering = min(queue, key=lambda one: one.pondered)
            job.pondered = time.monotonic()
        else:
            job = next(iter(queue))
        del queue[job]
        self._slow_ones.add(job)
        return job, kind == PONDERS

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
        has_job = self._quick or self._has_slow()
        if has_job or (self._timers and self._timers[0][0] < self._watched):
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
                if job.is_pondering:
                    self._slow[PONDERS][job] = None
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
        if job in self._slow_ones:
            self._slow_ones.remove(job)
            self._pondering = None if self._pondering is job else self._pondering
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
        queue = self._queue(job)
        if job not in queue:
            self._dequeue(job)
            queue[job] = None
        self._call_another()

    def _queue(self, job: Job) -> Queue:
        if job.is_slow:
            return self._slow[BEGINS if job.news is None else NEWS]
        return self._quick

    def _dequeue(self, job: Job) -> None:
        for queue in (self._quick, *self._slow):
            queue.pop(job, None)

    def _remind(self, job: Job, wait_s: float) -> None:
        """Have the clock bring it its turn, unless something does before."""
        job.due, now = math.inf, time.monotonic()
        wait_s = min(wait_s, job.leave_by - now)
        if wait_s < math.inf:
            job.due = now + (wait_s if job.is_failing else min(wait_s, LONGEST_NAP_S))
            heapq.heappush(self._timers, (job.due, next(self._numbers), job))
            self._call_another()


def _pop(queue: Queue) -> Job:
    job = next(iter(queue))
    del queue[job]
    return job
