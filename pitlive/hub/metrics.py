"""What a hub counts, by name.

The metrics are the library's, so they belong to the process and not to an application: with
`PROMETHEUS_MULTIPROC_DIR` each worker counts in a file of its own, and who reads them adds the
workers up. Hot paths count once a broadcast, not once a reader; labels are known beforehand
and bound here, so that each series begins at 0 and counting is one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pitlive.hub.ports import Reason

REGISTRY = CollectorRegistry()
"""Ours alone: what the library would add of Python and the process is not a sum over workers."""

ServingPath = Literal["fast", "flask"]
"""Who read the request for a stream: the hub itself, or the web framework."""

End = Literal[
    "restart", "lifetime", "epoch", "forked", "deleted", "behind", "stalled", "overrun", "gone"
]
RefusalReason = Literal["full", "restart", "unavailable"]
Cause = Literal["gap", "look", "resubscribe", "long"]

CODINGS = ("plain", "gzip")
ENDS: tuple[End, ...] = get_args(End)
REFUSALS: tuple[RefusalReason, ...] = get_args(RefusalReason)
CAUSES: tuple[Cause, ...] = get_args(Cause)
REASONS: tuple[Reason, ...] = get_args(Reason)
SERVED = ("memory", "redis")
"""The second is the log, whatever it is kept in: dashboards know it by that name."""
PATHS: tuple[ServingPath, ...] = get_args(ServingPath)

LAG_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""From a loopback with nothing to do up to a reader's patience."""

ANSWER_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""From a file in memory up to a log that is away."""


def gauge(name: str, text: str, *labels: str) -> Gauge:
    """Return a gauge that is summed over the workers that live: those of a dead one vanish."""
    return Gauge(name, text, labels, registry=REGISTRY, multiprocess_mode="livesum")


def counters(name: str, text: str, **labels: Sequence[str]) -> dict[Any, Counter]:
    """Return label values (one alone, or a tuple) → what counts them."""
    whole = Counter(name, text, list(labels), registry=REGISTRY)
    is_one = len(labels) == 1
    return {v[0] if is_one else v: whole.labels(*v) for v in product(*labels.values())}


_streams = gauge("pitlive_streams", "Streams open, by how their bytes are coded.", "coding")
STREAMS = {coding: _streams.labels(coding) for coding in CODINGS}
GROUPS = gauge("pitlive_groups", "Groups of readers that are sent the same bytes.")
BEHIND = gauge("pitlive_streams_behind", "Open streams that have not taken everything yet.")
BACKLOG = gauge(
    "pitlive_backlog_bytes", "Bytes that wait for the reader furthest behind, summed over groups."
)
DRAINING = gauge("pitlive_streams_draining", "Streams still open in workers that are stopping.")

OPENED = counters(
    "pitlive_streams_opened_total",
    "Streams given to the hub, by how the request was read.",
    path=PATHS,
    coding=CODINGS,
)
REFUSED = counters(
    "pitlive_streams_refused_total",
    "Streams answered with bye and a time to come back.",
    reason=REFUSALS,
)
ENDED = counters("pitlive_streams_ended_total", "Streams that ended, each once.", reason=ENDS)
REPLAYS = counters(
    "pitlive_replays_total",
    "Sources of new streams, by the verdict on their cursor and where their events came from.",
    reason=REASONS,
    served=SERVED,
)
CATCH_UP = Histogram(
    "pitlive_greeting_seconds",
    "Time until what a stream missed, or the state, is ready; the fast accept takes none.",
    buckets=ANSWER_S,
    registry=REGISTRY,
)

LAG = Histogram(
    "pitlive_lag_seconds",
    "From publish to write: announced by the log, written to all readers who are up to date.",
    buckets=LAG_S,
    registry=REGISTRY,
)
EVENTS = Counter("pitlive_events_total", "Events heard or read by the hubs.", registry=REGISTRY)
BROADCASTS = Counter(
    "pitlive_broadcasts_total", "Writes to a whole group at once.", registry=REGISTRY
)
DELIVERIES = Counter(
    "pitlive_deliveries_total", "Writes to single readers in broadcasts.", registry=REGISTRY
)
SENT = Counter("pitlive_sent_bytes_total", "Bytes of broadcasts, all readers.", registry=REGISTRY)
CONFLATIONS = Counter(
    "pitlive_conflations_total",
    "Backlogs of slow readers replaced by the newest state.",
    registry=REGISTRY,
)

REPAIRS = counters(
    "pitlive_repairs_total", "Holes in what was heard, filled from the log.", cause=CAUSES
)
REPAIRED = counters(
    "pitlive_repaired_events_total", "Events read from the log to fill holes.", cause=CAUSES
)
RESUBSCRIBED = Counter(
    "pitlive_resubscriptions_total",
    "Subscriptions to a source confirmed anew after the connection broke.",
    registry=REGISTRY,
)
AWAY = Counter(
    "pitlive_redis_away_seconds_total",
    "Time in which hubs could not listen to the log, summed over workers.",
    registry=REGISTRY,
)
