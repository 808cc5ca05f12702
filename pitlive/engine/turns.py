"""Whose turn it is among the sources of an engine that have something to do.

Sources whose moments are short never wait for those whose are long, nor the other way round:
only so many work on what takes long, and those have their turns by kind: first what has news,
as often what only begins, now and then what has deferred work.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from pitlive.engine.job import Job

SLOW = 3
"""How many work on what takes long: they wait for Redis a good part of the time."""

NEWS, BEGINS, DEFERRED = range(3)

ORDER = (NEWS, BEGINS, NEWS, BEGINS, NEWS, BEGINS, DEFERRED)
"""Whose turn it is among the slow ones; where there is none, it is the next one's."""

Queue = dict[Job, None]
"""Jobs in the order in which they came, each once."""


class Turn(NamedTuple):
    """A job whose turn it is, and whether it may do deferred work."""

    job: Job
    works_off: bool


class Turns:
    """Queues of jobs, and those that have their turn. One thread at a time may use it."""

    def __init__(self) -> None:
        self._quick: Queue = {}
        self._slow: tuple[Queue, Queue, Queue] = {}, {}, {}
        self._slow_ones: set[Job] = set()
        self._working_off: Job | None = None
        self._turn = 0

    def __bool__(self) -> bool:
        """Whether there is a job that could have its turn."""
        return bool(self._quick) or self._has_slow()

    def add(self, job: Job) -> None:
        """Have it be the job's turn after all that wait."""
        queue = self._quick
        if job.is_slow:
            queue = self._slow[BEGINS if job.news is None else NEWS]
        if job not in queue:
            self.remove(job)
            queue[job] = None

    def add_deferred(self, job: Job) -> None:
        """Have it be the job's turn to do deferred work, for nothing else is due."""
        self._slow[DEFERRED][job] = None

    def remove(self, job: Job) -> None:
        """Have the job wait no longer."""
        for queue in (self._quick, *self._slow):
            queue.pop(job, None)

    def next(self) -> Turn | None:
        """Take out the job whose turn it is: a slow one if it may be, else a quick one."""
        if self._has_slow():
            return self._next_slow()
        if not self._quick:
            return None
        job = next(iter(self._quick))
        del self._quick[job]
        return Turn(job, works_off=False)

    def end(self, job: Job) -> bool:
        """End a job's turn; tell whether another slow one may have it instead."""
        if job not in self._slow_ones:
            return False
        self._slow_ones.remove(job)
        self._working_off = None if self._working_off is job else self._working_off
        return True

    def _has_slow(self) -> bool:
        """Whether a slow one could have its turn; one does deferred work at a time, all CPU."""
        some = self._slow[NEWS] or self._slow[BEGINS]
        deferred = self._slow[DEFERRED] and self._working_off is None
        return len(self._slow_ones) < SLOW and bool(some or deferred)

    def _next_slow(self) -> Turn:
        while True:
            self._turn = (self._turn + 1) % len(ORDER)
            queue = self._slow[kind := ORDER[self._turn]]
            if queue and not (kind == DEFERRED and self._working_off):
                break
        if kind == DEFERRED:  # news may have come between, so it is not the order of the queue
            job = self._working_off = min(queue, key=lambda one: one.worked_off)
            job.worked_off = time.monotonic()
        else:
            job = next(iter(queue))
        del queue[job]
        self._slow_ones.add(job)
        return Turn(job, works_off=kind == DEFERRED)
