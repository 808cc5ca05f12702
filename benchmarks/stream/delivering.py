"""How dear, how fast and how soon events are delivered: light load, a burst, the highest rate."""

from __future__ import annotations

import time

from benchmarks.stream.judged import judged
from benchmarks.stream.servers import Server
from benchmarks.stream.trial import Result, Trial

SOON_US = 100_000
"""The 99th percentile of the latency that counts as keeping up."""

STEP_S = 3.0
"""How long a rate is held."""

FASTEST = 15_360
"""Events a second that are not exceeded: the load generator is the limit long before."""


def light(server: Server, readers: int, rate: float, length_s: float) -> Result:
    """A rate at which nothing queues: what a delivery costs, and when it is there."""
    with Trial(server, readers) as trial:
        trial.ready()
        return trial.measure(int(rate * length_s), rate, 30)


def burst(server: Server, readers: int, count: int) -> Result:
    """As many events as fast as they are taken."""
    with Trial(server, readers) as trial:
        trial.ready()
        return trial.measure(count, 0, 60)


def sweep(server: Server, readers: int) -> Result:
    """The highest rate at which each event is delivered, 99 of 100 within 100 ms.

    Rates are doubled until one is too high, then halved steps are tried: what is found is
    exact to a quarter.
    """
    with Trial(server, readers) as trial:
        trial.ready()
        steps: list[Result] = []
        best = _climb(trial, server.begin_at, steps)
    foreign = max(step["foreign"] for step in steps)
    if best is None:
        return {"steps": steps, "foreign": foreign, "wrong": "kept up at no rate"}
    return {**best, "per_s": best["rate"] * readers, "steps": steps, "foreign": foreign}


def _climb(trial: Trial, rate: int, steps: list[Result]) -> Result | None:
    """Double or halve until there is a rate that does and a rate that does not; then between."""
    best = _step(trial, rate, steps)
    while best is None and rate > 5:
        rate //= 2
        best = _step(trial, rate, steps)
        if best is not None:
            return _between(trial, best, rate * 2, steps)
    while best is not None and rate * 2 <= FASTEST:
        rate *= 2
        found = _step(trial, rate, steps)
        if found is None:
            return _between(trial, best, rate, steps)
        best = found
    return best


def _between(trial: Trial, best: Result, too_high: int, steps: list[Result]) -> Result:
    low = best["rate"]
    while too_high - low > low // 4:
        middle = (low + too_high) // 2
        found = _step(trial, middle, steps)
        if found is None:
            too_high = middle
        else:
            best, low = found, middle
    return best


def _step(trial: Trial, rate: int, steps: list[Result]) -> Result | None:
    """Hold a rate; None if the server does not keep up. A disturbed failure is tried again."""
    for _ in range(2):
        trial.refill()
        trial.load.ask("reset")
        found = judged(trial.measure(int(rate * STEP_S), rate, 4 * STEP_S), {"p99_us": "µs"})
        kept = not found["wrong"] and found["p99_us"] <= SOON_US
        steps.append({"rate": rate, "kept": kept, **found})
        if kept:
            return {"rate": rate, **found}
        time.sleep(0.5)
        if "missing" in found["wrong"]:
            trial.load.ask(f"seq {trial.seq} 20000")
        if found["foreign"] < 0.05:
            break
    return None
