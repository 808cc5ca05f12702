"""How the engine is, as it tells others with each beat of its pulse."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from pitlive.engine.job import Job
from pitlive.errors import DamagedSource
from pitlive.store.engines import Failing, Life

MOST_NAMED = 20
"""Sources named one by one."""


def life(
    jobs: Mapping[str, Job],
    left: Sequence[str],
    damaged: Mapping[str, DamagedSource],
    *,
    looked: float,
    look_s: float,
) -> Life:
    """Return how the engine is, from memory alone.

    Args:
        jobs: What it works on, by source.
        left: Sources that nobody has followed for long.
        damaged: Sources that nobody can take.
        looked: When it last looked around [monotonic s].
        look_s: How soon it is to look again.
    """
    now, wall_s = time.monotonic(), time.time()
    since, behind = min([*waiting(jobs.values()), (looked + look_s, "")])
    failing = {job.source: job.failing(wall_s) for job in jobs.values() if job.is_failing}
    failed = len(failing)
    next_ms = math.ceil(1000 * (wall_s + look_s))
    failing |= {source: Failing(str(bad), 1, next_ms) for source, bad in damaged.items()}
    return Life(
        led=len(jobs),
        lag_ms=max(0, round(1000 * (now - since))),
        behind=behind,
        left=tuple(left[:MOST_NAMED]),
        failed=failed,
        failing=dict(islice(failing.items(), MOST_NAMED)),
    )


def waiting(jobs: Iterable[Job]) -> Iterator[tuple[float, str]]:
    """Yield since when which sources wait, but those that fold their logs anew: that takes long."""
    for job in jobs:
        news = job.news  # a worker may be done with it meanwhile
        if news is not None and not job.is_beginning:
            yield news, job.source
