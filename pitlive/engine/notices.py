"""What webhooks have to tell: decided from the rows, once for each run of a rule.

Pure. What rows were when a fold had caught up is known without a word; what they become
from then on is told. So a webhook begins with what happens after it was declared, and a log
that is folded again says nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from pitlive.engine.mirror import ChannelRows
from pitlive.messages import Cursor, Json, Row
from pitlive.store.notice import Mark, Notice

TYPES = {"on": ("on",), "off": ("off",), "both": ("on", "off"), "change": ("change",)}
"""How a webhook is declared → the types of notices it has."""

MOMENT = {"on": "began_ms", "off": "ended_ms"}
"""Where the row of a rule says when its newest run came on, and went off."""


def runs(before: Row | None, after: Row | None) -> Iterator[tuple[str, int]]:
    """Yield what happened to the runs of a rule between two of its rows, in order.

    >>> list(runs({"is_on": True, "times": 2}, {"is_on": True, "times": 4}))
    [('off', 2), ('on', 3), ('off', 3), ('on', 4)]
    """
    (was_on, old), (is_on, new) = _run(before), _run(after)
    if was_on and (new > old or not is_on):
        yield "off", old
    for run in range(old + 1, new + 1):
        yield "on", run
        if run < new or not is_on:
            yield "off", run


def _run(row: Row | None) -> tuple[bool, int]:
    return (bool(row.get("is_on")), int(row.get("times", 0))) if row else (False, 0)


class Notices:
    """What the webhooks of one source have to tell.

    Args:
        declared: Its webhooks.
        version: Of its declaration: runs are numbered anew under another one.
        rows: What is known already, and not told.
        marks: The newest run told of, and its moment, as `store.outbox` keeps them.
    """

    def __init__(
        self,
        source: str,
        declared: Sequence[Mapping[str, Json]],
        version: int,
        rows: ChannelRows,
        marks: Mapping[str, Mark],
    ) -> None:
        self._source, self._version, self._marks = source, version, dict(marks)
        self._by_stat: dict[str, list[Mapping[str, Json]]] = {}
        for webhook in declared:
            self._by_stat.setdefault(webhook["stat"], []).append(webhook)
        self._known = {stat: dict(rows.get(stat, {})) for stat in self._by_stat}
        self._held: dict[str, dict[str, Row | None]] = {stat: {} for stat in self._by_stat}

    def renumber(self, version: int) -> None:
        """The declaration has another version, and the same figures: runs go on."""
        self._version = version

    def hold(self, rows: ChannelRows) -> None:
        """Keep the newest of the rows that webhooks are about, until the next publish."""
        for stat, held in self._held.items():
            held.update(rows.get(stat, {}))

    def decide(self, at: Cursor, at_ms: int, wall_ms: int) -> list[Notice]:
        """Return what is to be told of what is held, in order.

        All of it, also what readers are shown later: what a publish has folded in is known
        to the next engine, and so told by this one or never.

        Args:
            at: Where the source is before the publish; it numbers changes.
            at_ms: The clock of the source.
            wall_ms: What time it is [ms since 1970].
        """
        return [
            self._notice(webhook, key, row, type, run, moment_ms, at, at_ms, wall_ms)
            for stat, webhooks in self._by_stat.items()
            for key, row in self._held[stat].items()
            if (before := self._known[stat].get(key)) != row
            for webhook in webhooks
            if not webhook["only"] or key in webhook["only"]
            for type, run, moment_ms in self._news(webhook, key, before, row)
        ]

    def record(self, published: Sequence[Notice]) -> None:
        """Note that all of it was published."""
        for stat, held in self._held.items():
            self._known[stat].update(held)
            held.clear()
        self._marks |= {one.mark: Mark(one.run, one.moment_ms) for one in published if one.run}

    def _news(
        self, webhook: Mapping[str, Json], key: str, before: Row | None, row: Row | None
    ) -> Iterator[tuple[str, int, int]]:
        """Yield what a webhook tells of a row: types, runs and their moments if known.

        A run has a number. Where late entries make one run of two, a number is given again:
        it is the same run only if its moment is not later either.
        """
        if webhook["on"] == "change":
            yield "change", 0, 0
            return
        for type, run in runs(before, row):
            is_newest = row is not None and run == row["times"]
            moment_ms = int(row.get(MOMENT[type], 0)) if row and is_newest else 0
            newest = self._marks.get(f"{webhook['name']}/{type}/{key}", Mark(0, 0))
            if type in TYPES[webhook["on"]] and (run > newest.run or moment_ms > newest.moment_ms):
                yield type, run, moment_ms

    def _notice(
        self,
        webhook: Mapping[str, Json],
        key: str,
        row: Row | None,
        type: str,
        run: int,
        moment_ms: int,
        at: Cursor,
        at_ms: int,
        wall_ms: int,
    ) -> Notice:
        name, stat = webhook["name"], webhook["stat"]
        subject = [self._source, self._version, name, key, type, run or str(at), moment_ms]
        id = f"msg_{hashlib.sha256(orjson.dumps(subject)).hexdigest()[:32]}"
        data: dict[str, Any] = {"source": self._source, "webhook": name, "stat": stat, "key": key}
        data |= {"run": run} if run else {}
        data |= {"at_ms": at_ms} | ({} if row is None else {"row": row})
        body = {"type": f"{name}.{type}", "timestamp": _iso(at_ms), "data": data}
        text = orjson.dumps(body).decode()
        return Notice(id, name, stat, key, type, run, moment_ms, wall_ms, text)


def _iso(at_ms: int) -> str:
    """Return a time as the Standard Webhooks want it.

    >>> _iso(1_600_000_000_250)
    '2020-09-13T12:26:40.250000+00:00'
    """
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="microseconds")
