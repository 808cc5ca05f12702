"""Every metric of the courier, by name; left in Redis, as the engine leaves its own."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter

REGISTRY = CollectorRegistry()
"""Ours alone: couriers are told apart by the label that the web adds."""

OUTCOMES = ("delivered", "failed", "dead")

DELAY_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 21_600, 86_400)
"""From the next look of a courier up to a day in which the receiver was away."""

_sent = Counter(
    "pitlive_webhooks_total", "Attempts to deliver a notice.", ["outcome"], registry=REGISTRY
)
SENT = {outcome: _sent.labels(outcome) for outcome in OUTCOMES}
DELAY = Histogram(
    "pitlive_webhook_delay_seconds",
    "From the publish that decided a notice to its delivery.",
    buckets=DELAY_S,
    registry=REGISTRY,
)
