"""Who works on which source, and when: a few threads for however many sources there are.

A source is worked on by one thread at a time, for a moment, and then it is the next one's
turn. Sources whose moments are short never wait for those whose are long, nor the other way
round: one thread at a time, and always one if there is need, is for the long ones. What is
due at a time, such as a figure that was to be quiet for 200 ms, is woken by our own clock.
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

WORKERS = 6
"""Threads that work: as many publishes as may wait for Redis's disk at a time."""

LONGEST_S = 10.0
"""Nothing is due later than this: what was due before is forgotten only when its time comes."""

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
        self._slow: tuple[Queue, Queue] = {}, {}  # those with news, those that merely begin
        self._turn = 0
        self._slow_one: Job | None = None
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

    def drop(self, sources: Iterable[str]) -> None:
        """End jobs of sources that are ours no longer."""
        with self._changed:
            for source in sources:
                if job := self._jobs.pop(source, None):
                    self._dequeue(job)

    def leave(self, sources: Iterable[str]) -> None:
        """End jobs, each as soon as all that it has folded in is told."""
        with self._changed:
            found = [job for source in sources if (job := self._jobs.get(source))]
            for job in found:
                job.leave_by = time.monotonic() + LEAVE_WITHIN_S
                if job.has_begun or job.is_running:
                    self._enqueue(job)
            fresh = [job.source for job in found if not (job.has_begun or job.is_running)]
        self.drop(fresh)
        for source in fresh:
            self._gave_back(source)

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                wait_s = job.go_on()
            except LeaseLost as error:
                log.info("lease lost", source=job.source, why=str(error))
                metrics.LOST.inc()
                self._end(job)
            else:
                self._put_back(job, wait_s)

    def _take(self) -> Job | None:
        """Wait for the next job whose turn it is; None when there is to be none."""
        with self._changed:
            while not self._is_stopping:
                self._wake(time.monotonic())
                if job := self._next():
                    job.is_running = True
                    self._call_another()
                    return job
                self._watch()
            return None

    def _wake(self, now: float) -> None:
        """Queue what is due; a time that has been changed since is nobody's."""
        while self._timers and self._timers[0][0] <= now:
            due, _, job = heapq.heappop(self._timers)
            if job.due == due:
                self._enqueue(job)

    def _next(self) -> Job | None:
        """Take out the job whose turn it is: a slow one if none runs, else a quick one."""
        if self._slow_one is None and any(self._slow):
            self._turn = 1 - self._turn
            queue = self._slow[self._turn] or self._slow[1 - self._turn]
            self._slow_one = _pop(queue)
            return self._slow_one
        return _pop(self._quick) if self._quick else None

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
        has_job = self._quick or (self._slow_one is None and any(self._slow))
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
                self._enqueue(job)
            else:
                job.news = None
                self._remind(job, wait_s)
        if leaves:
            self._gave_back(job.source)

    def _end(self, job: Job) -> None:
        with self._changed:
            self._lay_down(job)
            if self._jobs.get(job.source) is job:
                del self._jobs[job.source]

    def _lay_down(self, job: Job) -> None:
        job.is_running = False
        if self._slow_one is job:
            self._slow_one = None
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
        queue = self._slow[job.news is None] if job.is_slow else self._quick
        if job not in queue:
            self._dequeue(job)
            queue[job] = None
        self._call_another()

    def _dequeue(self, job: Job) -> None:
        for queue in (self._quick, *self._slow):
            queue.pop(job, None)

    def _remind(self, job: Job, wait_s: float) -> None:
        """Have the clock bring it its turn, unless something does before."""
        job.due = math.inf
        if wait_s < math.inf:
            job.due = time.monotonic() + min(wait_s, LONGEST_S)
            heapq.heappush(self._timers, (job.due, next(self._numbers), job))
            self._call_another()


def _pop(queue: Queue) -> Job:
    job = next(iter(queue))
    del queue[job]
    return job
