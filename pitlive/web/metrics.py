"""Every metric of the web server that is not of its streams, by name.

Those of the streams are `pitlive.hub.metrics`, in the same registry. They belong to the process
and not to an app: a worker counts in a file of its own, and `scrape` adds the workers up.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from pitlive.hub.metrics import ANSWER_S, REGISTRY, counters, gauge

__all__ = ["ENTRIES", "REGISTRY", "REQUESTS", "UNACKNOWLEDGED", "WORKERS"]

OUTCOMES = ("accepted", "repeat", "refused")

WORKERS = gauge("pitlive_workers", "Web workers that live.")

ENTRIES = counters(
    "pitlive_entries_total", "Entries reported, by what became of them.", outcome=OUTCOMES
)
UNACKNOWLEDGED = Counter(
    "pitlive_unacknowledged_total",
    "Writes that were done and answered 503, for they were not on all disks in time.",
    registry=REGISTRY,
)
REQUESTS = Histogram(
    "pitlive_request_seconds",
    "Requests answered, streams apart, by route template, method and class of status.",
    ["route", "method", "status"],
    buckets=ANSWER_S,
    registry=REGISTRY,
)
