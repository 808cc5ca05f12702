"""Every metric of the engine, by name.

The engine leaves them in Redis, where any web server finds them: it has no port of its own.
"""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter

REGISTRY = CollectorRegistry()
"""Ours alone: engines are told apart by the label that the web adds."""

FOLD_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""From one lap up to a whole race at a restart."""

DELAY_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
"""From `coalesce_ms` up to an engine that another has to take over from."""

FOLD = Histogram(
    "pitlive_engine_fold_seconds",
    "Folding one batch of entries.",
    buckets=FOLD_S,
    registry=REGISTRY,
)
FOLDED = Counter("pitlive_engine_entries_total", "Entries folded.", registry=REGISTRY)
DEFERRED = Histogram(
    "pitlive_engine_ponder_seconds",
    "Working off what a fold deferred once, such as forecasts of a lap.",
    buckets=FOLD_S,
    registry=REGISTRY,
)
PUBLISHES = Counter("pitlive_engine_publishes_total", "Publishes.", registry=REGISTRY)
EVENTS = Counter("pitlive_engine_events_total", "Events published.", registry=REGISTRY)
DELAY = Histogram(
    "pitlive_engine_delay_seconds",
    "From an entry taken by the web server to its publish, the oldest of each publish.",
    buckets=DELAY_S,
    registry=REGISTRY,
)
REJECTED = Counter("pitlive_engine_aside_total", "Entries set aside by a fold.", registry=REGISTRY)
UNFOLDABLE = Counter(
    "pitlive_engine_unfoldable_total",
    "Entries left out because the fold fails at them.",
    registry=REGISTRY,
)
LEASES = Gauge("pitlive_engine_leases", "Sources followed.", registry=REGISTRY)
LOST = Counter(
    "pitlive_engine_leases_lost_total", "Leases that another engine has taken.", registry=REGISTRY
)
BROKEN = Counter(
    "pitlive_engine_followers_ended_total",
    "Followers that ended by an error and begin again from the log.",
    registry=REGISTRY,
)
AWAY = Counter(
    "pitlive_engine_redis_away_seconds_total",
    "Time in which Redis did not answer, from the first command that failed.",
    registry=REGISTRY,
)
