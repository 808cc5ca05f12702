"""The programme's TOML → where its Redis is, and the sources it has there.

Names of settings count without regard to case and `_`, as the programme reads them; what it
has for its own web server means nothing here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pitlive.datapoints.names import GROUPS
from pitlive.errors import BadFile
from pitlive.messages import Json

KINDS = ("proportion", "rolling", "timed", "single_value", "generic")
COMPARATORS = {">": ">", ">=": ">=", "==": "==", "=": "==", "<=": "<=", "<": "<"}

_REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class ConfiguredRedis:
    """Where the programme's figures are."""

    host: str = "localhost"
    port: int = 6379
    db: int = 1
    password: str = ""


@dataclass(frozen=True, slots=True)
class Debounce:
    """When an update is passed on: after so much quiet, and after so much time at the latest."""

    quiet_ms: int = 0
    latest_ms: int = 0


@dataclass(frozen=True, slots=True)
class ConfiguredStat:
    """A stat of the programme.

    Attributes:
        name: Its full name, `rolling:5m:total`.
        stem: What its Redis keys begin with.
        granularities: Of a timed stat, the lengths of its buckets [s].
    """

    name: str
    kind: str
    stem: str
    granularities: tuple[int, ...] = ()

    @property
    def updates(self) -> str:
        """The pub/sub channel that says that it has changed."""
        return f"{self.stem}:updates"


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """A source of the programme.

    Attributes:
        spec: How it is declared here.
        skipped: What of it means nothing, and why.
    """

    name: str
    is_live: bool
    stats: tuple[ConfiguredStat, ...]
    spec: Mapping[str, Json]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """What the configuration says."""

    redis: ConfiguredRedis
    debounce: Debounce
    sources: tuple[ConfiguredSource, ...]


def read(text: str, name: str) -> Programme:
    """Return what a configuration says.

    Raises:
        BadFile: It is not TOML, or something in it cannot be what it has to be.
    """
    try:
        top = _Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{name}: syntax: {error}, want TOML") from None
    sources = tuple(_source(table) for table in top.tables("sources"))
    if not sources:
        raise BadFile(f"{name}: sources: got none, want at least one [[sources]]")
    debounce = top.table("debounce")
    quiet, latest = debounce.whole("min_time_ms", 0), debounce.whole("max_time_ms", 0)
    return Programme(_redis(top), Debounce(quiet, latest), sources)


class _Table:
    """A table of the file, which says where it is when something in it is wrong."""

    def __init__(self, values: Mapping[str, Any], file: str, place: str = "") -> None:
        self._values = {_plain(name): value for name, value in values.items()}
        self._file, self._place = file, place

    def __bool__(self) -> bool:
        return bool(self._values)

    def text(self, name: str, default: str = _REQUIRED) -> str:
        return str(self._value(name, str, "a text", default))

    def whole(self, name: str, default: int = _REQUIRED) -> int:
        return int(self._value(name, int, "a whole number", default))

    def number(self, name: str) -> float:
        return float(self._value(name, (int, float), "a number", _REQUIRED))

    def flag(self, name: str, *, default: bool) -> bool:
        return bool(self._value(name, bool, "true or false", default))

    def time_ms(self, name: str) -> int:
        """Return a time [ms since 1970]; it must say its offset, for nothing is guessed."""
        value = self._value(name, datetime, "a time such as 2017-03-03T12:00:00Z", _REQUIRED)
        if value.tzinfo is None:
            raise self.wrong(name, str(value), "a time with its offset, such as …T12:00:00Z")
        return int(value.timestamp() * 1000)

    def table(self, name: str) -> _Table:
        return _Table(self._value(name, dict, "a table", {}), self._file, self._at(name))

    def tables(self, name: str) -> list[_Table]:
        found = self._value(name, list, "a list of tables", [])
        for one in found:
            if not isinstance(one, dict):
                raise self.wrong(name, one, "a list of tables")
        return [_Table(one, self._file, self._at(f"{name}.{n}")) for n, one in enumerate(found)]

    def texts(self, name: str) -> list[str]:
        return [str(one) for one in self._value(name, list, "a list of texts", [])]

    @property
    def place(self) -> str:
        """The file, and where in it this is."""
        return f"{self._file}: {self._place}"

    def wrong(self, name: str, got: object, want: str) -> BadFile:
        shown = "nothing" if got is None else ascii(got)[:80]
        return BadFile(f"{self._file}: {self._at(name)}: got {shown}, want {want}")

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def _value(self, name: str, type: Any, want: str, default: Any) -> Any:
        value = self._values.get(_plain(name))
        if value is None and default is not _REQUIRED:
            return default
        if not isinstance(value, type) or (isinstance(value, bool) and type is not bool):
            raise self.wrong(name, value, want)
        return value


def _plain(name: str) -> str:
    """What a name is compared by.

    >>> _plain("min_time_ms") == _plain("MinTimeMs")
    True
    """
    return name.replace("_", "").lower()


def _redis(top: _Table) -> ConfiguredRedis:
    table = top.table("redis")
    if not table:
        return ConfiguredRedis()
    server = table.text("server")
    host, _, port = server.rpartition(":")
    if not port.isdecimal():
        raise table.wrong("server", server, "host:port, such as localhost:6379")
    return ConfiguredRedis(
        host or "localhost", int(port), table.whole("db", 0), table.text("password", "")
    )


def _source(table: _Table) -> ConfiguredSource:
    start_ms, end_ms = table.time_ms("start_time"), table.time_ms("end_time")
    if end_ms < start_ms:
        raise table.wrong("end_time", end_ms, "a time after start_time")
    periods = [
        {"granularity": one.whole("granularity"), "cycles": one.whole("cycles")}
        for one in table.tables("timed_stat_periods")
    ]
    lengths = tuple(int(period["granularity"]) for period in periods)
    stats = _stats(table, lengths)
    milestones, skipped = _milestones(table, stats)
    spec = {
        "kind": "figures",
        "name": table.text("name"),
        "start_ms": start_ms,
        "end_ms": end_ms,
        "periods": [{**one, "cycles": max(-1, one["cycles"])} for one in periods],
        "stats": [{"name": stat.name, "kind": stat.kind} for stat in stats.values()],
        "milestones": milestones,
    }
    live = table.flag("is_live", default=False)
    return ConfiguredSource(table.text("name"), live, tuple(stats.values()), spec, tuple(skipped))


def _stats(table: _Table, granularities: tuple[int, ...]) -> dict[str, ConfiguredStat]:
    prefix, groups = table.text("redis_prefix"), table.table("stats")
    found = {}
    for group in GROUPS:
        for one in groups.tables(group):
            stat = _stat(one, group, prefix, granularities)
            found[stat.name] = stat
    return found


def _stat(table: _Table, group: str, prefix: str, granularities: tuple[int, ...]) -> ConfiguredStat:
    name, period = table.text("name"), table.text("period", "")
    kind = table.text("data_type", _REQUIRED if group == "other" else group)
    if kind not in KINDS:
        raise table.wrong("data_type", kind, f"one of {', '.join(KINDS)}")
    if (loader := table.text("loader_type", "redis")) != "redis":
        raise table.wrong("loader_type", loader, "redis")
    if group == "rolling" and not period:
        raise table.wrong("period", None, "a text such as 5m")
    keyed = period and group in ("rolling", "other")
    parts = [prefix, *(["rolling", period] if period else []), "stats", name]
    lengths = granularities if kind == "timed" else ()
    full = f"{group}:{period}:{name}" if keyed else f"{group}:{name}"
    return ConfiguredStat(full, kind, ":".join(parts), lengths)


def _milestones(
    table: _Table, stats: Mapping[str, ConfiguredStat]
) -> tuple[Sequence[Mapping[str, Json]], list[str]]:
    """Return those of stats that there are, and what is said of the others."""
    found, skipped = [], []
    for collection in table.tables("milestones"):
        stat = f"{collection.text('group')}:{collection.text('stat')}"
        if stat not in stats:
            skipped.append(f"{collection.place}: no stat {stat}, its milestones are skipped")
            continue
        for one in collection.tables("milestones"):
            found.append(_milestone(one, stats[stat], collection.text("name", "")))
    return found, skipped


def _milestone(table: _Table, stat: ConfiguredStat, collection: str) -> dict[str, Json]:
    comparator, points = table.text("comparator"), table.texts("data_points")
    if comparator not in COMPARATORS:
        raise table.wrong("comparator", comparator, f"one of {' '.join(COMPARATORS)}")
    only = [stat.name.rpartition(":")[2], *points][-1]  # a single value has no choice of fields
    return {
        "stat": stat.name,
        "collection": collection,
        "name": table.text("name"),
        "points": points,
        "field": only if stat.kind == "single_value" else table.text("field"),
        "target": table.number("target"),
        "comparator": COMPARATORS[comparator],
        "message": table.text("message"),
    }
