"""What can be counted, gathered: all workers of this server, all sources, all engines.

As text for Prometheus, and the same as JSON for the status page: one truth, two forms.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.plugins import OF_WEB, failures
from pitlive.settings import shared_metrics
from pitlive.store import durable, engines, progress, sources, unfoldable
from pitlive.store.client import Redis
from pitlive.web import schemas
from pitlive.web.answers import raw, said
from pitlive.web.metrics import REGISTRY

SOURCE_METRICS = {
    "pitlive_source_entries": "Entries in the log of a source.",
    "pitlive_source_late": "Entries that came later than declared.",
    "pitlive_source_aside": "Things that could not be taken, ever.",
    "pitlive_source_lag_seconds": "Age of the oldest entry not folded in; 0 if there is none.",
    "pitlive_source_notices_pending": "Notices of webhooks that wait for delivery.",
    "pitlive_source_notices_dead": "Notices of webhooks that were given up.",
}
"""Read from Redis when asked for, so that they are right also when no engine runs."""

SHOWN_FOR_S = 1.0
"""How long what was gathered serves the status pages."""

HELD = "pitlive_source_held"
FAILING = "pitlive_source_failing"
UNFOLDABLE = "pitlive_source_unfoldable"
LEFT_OUT = "pitlive_plugin_left_out"
REDIS_UP = "pitlive_redis_up"
ON_DISK = "pitlive_redis_on_disk"
REPLICAS = "pitlive_redis_replicas"


def add_routes(blueprint: APIBlueprint, redis: Redis) -> None:
    """Add the two forms."""
    everything = Everything(redis)
    shown = Shown(everything)

    @blueprint.get("/metrics", doc_ui=False)
    def metrics() -> Response:
        text = generate_latest(everything)
        return Response(
            text, headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE_LATEST
        )

    @blueprint.get("/api/v1/status", responses=said(schemas.server.Status))
    def status() -> Response:
        """Read all metrics of this server, its sources and the engines."""
        return raw(shown.text())


class Everything(Collector):
    """All metrics of all workers, and what Redis knows of sources and engines."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def collect(self) -> Iterator[Metric]:
        """Yield every family once; without Redis, those that need none."""
        folder = shared_metrics()
        own: Collector = (
            MultiProcessCollector(None, folder) if folder else REGISTRY  # type: ignore[no-untyped-call]
        )
        yield from sorted(own.collect(), key=lambda family: family.name)
        yield _left_out()
        try:
            found = [*_of_sources(self._redis), *_of_engines(self._redis)]
            yield from [*found, *_keeping(self._redis), _redis_up(1)]
        except StoreUnavailable:
            yield _redis_up(0)


class Shown:
    """The same as JSON, at most a second old: a crowd that looks at it costs one look."""

    def __init__(self, everything: Everything) -> None:
        self._everything = everything
        self._until = 0.0
        self._text = b""

    def text(self) -> bytes:
        """Return every metric with its series."""
        if time.monotonic() >= self._until:
            found = {_name(family): _measured(family) for family in self._everything.collect()}
            self._text = orjson.dumps({"server_ms": time.time_ns() // 1_000_000, "metrics": found})
            self._until = time.monotonic() + SHOWN_FOR_S
        return self._text


def _left_out() -> Metric:
    """The plug-ins that could not be used, each with the reason."""
    text = "1 for a plug-in that could not be used and is left out."
    family = GaugeMetricFamily(LEFT_OUT, text, labels=["group", "name", "reason"])
    for failure in failures(OF_WEB):
        family.add_metric(list(failure), 1)
    return family


def _redis_up(up: int) -> Metric:
    return GaugeMetricFamily(REDIS_UP, "1 while Redis answers, else 0.", value=up)


def _keeping(redis: Redis) -> list[Metric]:
    """On how many disks what is acknowledged may be."""
    seen = durable.look(redis)
    return [
        GaugeMetricFamily(ON_DISK, "1 where it writes a file, else 0.", value=int(seen.on_disk)),
        GaugeMetricFamily(REPLICAS, "Replicas that follow Redis.", value=len(seen.replicas)),
    ]


def _of_sources(redis: Redis) -> list[Metric]:
    families = {
        name: GaugeMetricFamily(name, text, labels=["source"])
        for name, text in SOURCE_METRICS.items()
    }
    names = sources.names(redis)
    sound, damaged = progress.of_all(redis, names)
    failing = _failing(redis, damaged)
    left_out = GaugeMetricFamily(
        UNFOLDABLE,
        "Entries left out of the figures because the fold fails at them.",
        labels=["source", "reason"],
    )
    for source, known in unfoldable.left_out(redis, names).items():
        left_out.add_metric([source, known.reason], known.entries)
    held = GaugeMetricFamily(HELD, "1 for the engine that follows it.", labels=["source", "engine"])
    now_ms = time.time_ns() // 1_000_000
    for one in sound:
        lag_s = 0.0 if one.waiting_ms is None else max(0, now_ms - one.waiting_ms) / 1000
        values = (one.entries, one.late, one.rejected, lag_s, one.pending, one.dead)
        for family, value in zip(families.values(), values, strict=True):
            family.add_metric([one.source], value)
        if one.engine:
            held.add_metric([one.source, one.engine], 1)
    return [*families.values(), held, failing, left_out]


def _failing(redis: Redis, damaged: Iterable[DamagedSource]) -> Metric:
    """What engines tell, and what they may not have met yet."""
    family = GaugeMetricFamily(
        FAILING, "1 where it fails and is tried again.", labels=["source", "engine", "reason"]
    )
    named: set[str] = set()
    for engine, life in engines.living(redis).items():
        named.update(life.failing)
        for source, why in life.failing.items():
            family.add_metric([source, engine, why.reason], 1)
    for bad in damaged:
        if bad.source not in named:
            family.add_metric([bad.source, "", str(bad)], 1)
    return family


def _of_engines(redis: Redis) -> list[Metric]:
    """What the engines tell, each sample with the name of its engine."""
    families: dict[str, Metric] = {}
    for engine, text in engines.all_figures(redis).items():
        for family in text_string_to_metric_families(text.decode()):
            known = families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            known.samples += [
                sample._replace(labels={**sample.labels, "engine": engine})
                for sample in family.samples
            ]
    return list(families.values())


def _name(family: Metric) -> str:
    """The name by which the text has it, too."""
    return f"{family.name}_total" if family.type == "counter" else family.name


def _measured(family: Metric) -> list[dict[str, Any]]:
    """The samples of a family by their labels; a histogram's buckets stay together."""
    found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for sample in family.samples:
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        one = found.setdefault(tuple(sorted(labels.items())), {"labels": labels})
        part = sample.name.removeprefix(family.name).lstrip("_")
        if part == "bucket":
            if sample.labels["le"] != "+Inf":
                one.setdefault("buckets", []).append([float(sample.labels["le"]), sample.value])
        else:
            one[part if part in ("count", "sum") else "value"] = sample.value
    return list(found.values())
