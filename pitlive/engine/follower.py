"""Follows one source: reads its entries, folds them, publishes what changed.

Whatever goes wrong with Redis ends the follower; the next one begins from the log, which
is the truth. It folds silently up to the last entry that readers have seen and compares
with what they were told: normally nothing differs. After a change of the declaration, or
of PitLive's own figures, it is one patch.
"""

from __future__ import annotations

import gc
import math
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate
from typing import cast

import structlog

from pitlive import kinds
from pitlive.batch import Batch
from pitlive.engine import metrics
from pitlive.engine.clock import Clock
from pitlive.engine.mirror import Mirror, Rows
from pitlive.engine.notices import Notices
from pitlive.engine.pending import Pending, patience
from pitlive.engine.room import Room
from pitlive.errors import LogWentBack
from pitlive.messages import Cursor, Fold, Json, Packing, Pondering, SetAside
from pitlive.store import channel, entries, outbox, sources
from pitlive.store.client import Redis

log = structlog.get_logger()

AT_ONCE = 10_000
"""Entries folded in one go: some 20 ms of a declared source, 100 ms of a race."""

SILENT = 20_000
"""Entries folded in one go at a restart, where nothing is published in between."""

LOOK_AGAIN_MS = 500
"""How often an idle follower looks whether the declaration has changed."""

TURN_MS = 20
"""How soon it is looked again whether the turn to ponder is free."""

LONG_AGO = -1e15
"""On the follower's clock [ms]: what has changed since then is due."""

FOREVER = 1e15
"""On the same clock: nothing is due."""


class Follower:
    """One source in the care of this engine.

    Args:
        turn: Held while pondering: one source of an engine at a time, for it takes the
            processor that the others' figures and all leases need.
    """

    def __init__(
        self,
        client: Redis,
        source: str,
        token: str,
        *,
        keep: int,
        coalesce_ms: int,
        turn: threading.Lock | None = None,
    ) -> None:
        self.source = source
        self.stopping = False
        self.is_catching_up = True
        self._client = client
        self._token = token
        self._room = Room(keep)
        self._coalesce_ms = coalesce_ms
        self._mirror = Mirror()
        self._pending = Pending({})
        self._aside: list[SetAside] = []
        self._late = 0
        self._clock = Clock()
        self._seen_ms: int | None = None
        self._published_ms = LONG_AGO
        self._took_ms = 0.0
        self._turn = turn or threading.Lock()
        self._has_pondered = False
        self._since_begun: Mirror | None = None

    def run(self, note: Callable[[Cursor], None]) -> None:
        """Follow until `stopping`; `note` is told every cursor that is reached.

        Raises:
            LeaseLost: Another engine has taken over.
            LogWentBack: Redis is not where we left it.
        """
        meta = sources.meta(self._client, self.source)
        told = channel.snapshot(self._client, self.source)
        self._cursor, self._told_folded = told.cursor, meta.folded
        self._mirror.take(told.decode())
        self._fold_again(meta, meta.noted)  # in a new epoch more than readers have seen
        _spare_the_collector()
        self.is_catching_up = False
        log.info("following", source=self.source, cursor=str(meta.cursor), folded=self._folded)
        while not self.stopping:
            self._step()
            note(self._cursor)

    def _fold_again(self, meta: sources.Meta, last: str) -> None:
        """Fold the log up to an id, and hold what differs from what readers were told."""
        fresh = Mirror()
        self._version, self._declared = meta.version, _of_figures(meta.spec)
        fresh.take(self._begin(meta))
        self._read_to(last)
        fresh.take(self._fold.rows())
        self._notices = self._noticing(meta, fresh.rows)
        self._pending = Pending(patience(meta.spec))
        self._since_begun = fresh if self._later() else None
        for rows in (self._gone(fresh, self._later()), fresh.rows):
            self._pending.hold(rows, LONG_AGO)

    def _later(self) -> Collection[str]:
        """Channels of which nobody knows yet which rows they will have."""
        fold = self._fold
        return fold.pondered if isinstance(fold, Pondering) and not fold.is_settled else ()

    def _gone(self, fresh: Mirror, but: Collection[str]) -> Rows:
        """Rows that readers were told and that are no more, some channels apart."""
        gone = self._mirror.missing_from(fresh.rows)
        return {channel: rows for channel, rows in gone.items() if channel not in but}

    def _noticing(self, meta: sources.Meta, rows: Rows) -> Notices:
        """Begin to tell of what rows become from now on."""
        declared = meta.spec.get("webhooks", ())
        marks = outbox.marks(self._client, self.source, meta.version) if declared else {}
        return Notices(self.source, declared, meta.version, rows, marks)

    def _begin(self, meta: sources.Meta) -> Rows:
        """Begin a fold as declared; return the rows it has before any entry."""
        self._fold: Fold = kinds.of(meta.spec).fold(meta.spec)
        self._lateness_ms = int(meta.spec.get("lateness_ms", 0))
        self._folded = "0-0"
        return self._fold.rows()

    def _read_to(self, last: str) -> None:
        """Fold the log from its start up to an id."""
        while self._folded != last:
            batch = entries.read(self._client, self.source, self._folded, SILENT, last)
            if not batch and entries.is_before(self._folded, self._told_folded):
                raise LogWentBack(f"{self.source}: the log ends before {last}, already published")
            if not batch:
                return
            self._take(batch)

    def _step(self) -> None:
        """Read for as long as nothing is due, fold, and publish what is."""
        wait_ms = min(self._due_in_ms(), LOOK_AGAIN_MS)
        if self._later():
            wait_ms = min(wait_ms, TURN_MS if self._turn.locked() else 0)
        batch = entries.wait(self._client, self.source, self._folded, AT_ONCE, wait_ms)
        if batch:
            before = self._clock.now_ms
            if self._seen_ms is None:
                self._seen_ms = batch.logged[0].seen_ms
            self._aside += self._take(batch)
            self._late += _late(batch.at_ms, before, self._lateness_ms)
        elif self._folded == self._told_folded:  # else what it has to tell would be forgotten
            self._follow_declaration()
        if not batch:
            self._tick()
        if self._due_in_ms() <= 0:
            self._publish()
        self._ponder()

    def _ponder(self) -> None:
        """Let the fold do a bit of what takes its time, after everybody has the rest."""
        if self._later() and self._turn.acquire(blocking=False):
            try:
                with metrics.PONDER.time():
                    self._has_pondered |= cast(Pondering, self._fold).ponder()
            finally:  # whoever follows after a failure takes turns again
                self._turn.release()
        if self._since_begun is not None and not self._later():
            self._since_begun.take(rows := self._fold.rows())
            gone = self._gone(self._since_begun, ())
            for known in (gone, rows):
                self._pending.hold(known, _now_ms())
            self._since_begun = None

    def _take(self, batch: Batch) -> list[SetAside]:
        with metrics.FOLD.time():
            aside = self._fold.take(batch)
        metrics.FOLDED.inc(len(batch))
        self._folded = batch.last
        newest_ms = max(at_ms := batch.at_ms)
        seen_ms = batch.seen_ms(at_ms.index(newest_ms))
        self._clock.hear(newest_ms, seen_ms, getattr(self._fold, "now_ms", None))
        return aside

    def _tick(self) -> None:
        """Enter that it is later, where a figure changes by that; it is folded when read back."""
        wall_ms = time.time_ns() // 1_000_000
        if tick := self._clock.tick(self._fold.due_ms, wall_ms):
            entries.append(self._client, self.source, [tick], wall_ms)

    def _due_in_ms(self) -> int:
        """In how long there is something to publish, be it only how far the log is folded.

        After a publish that took long as much time is given to folding: however many rows
        change, half of the time at least goes to what comes in.
        """
        due_ms = self._published_ms + max(self._coalesce_ms, self._took_ms)
        if self._folded == self._told_folded and not self._has_pondered:
            held_ms = self._pending.due_ms
            due_ms = FOREVER if held_ms is None else max(due_ms, held_ms)
        return max(0, math.ceil(due_ms - _now_ms()))

    def _publish(self) -> None:
        began_ms = _now_ms()
        changed = self._fold.rows()
        if self._since_begun is not None:
            self._since_begun.take(changed)
        self._pending.hold(changed, _now_ms())
        self._notices.hold(changed)
        rows = self._pending.take(_now_ms())
        changes = self._mirror.changes(rows, self._clock.now_ms)
        if not changes and self._folded == self._told_folded and not self._has_pondered:
            return
        self._has_pondered = False
        wall_ms = time.time_ns() // 1_000_000
        told = self._notices.decide(self._cursor, self._clock.now_ms, wall_ms)
        pieces = self._fold.pieces() if isinstance(self._fold, Packing) else ()
        what = channel.Publication(
            self._folded, changes, self._aside, self._late, told, self._version, pieces
        )
        keep = self._room.keep_with(len(change.message) for change in changes)
        self._cursor = channel.publish(
            self._client, self.source, self._token, self._cursor, what, keep
        )
        self._mirror.take(rows)
        self._notices.take(told)
        self._count(len(changes))
        self._aside, self._late = [], 0
        self._told_folded = self._folded
        self._published_ms = _now_ms()
        self._took_ms = self._published_ms - began_ms

    def _count(self, events: int) -> None:
        metrics.PUBLISHES.inc()
        metrics.EVENTS.inc(events)
        metrics.ASIDE.inc(len(self._aside))
        if self._seen_ms is not None:
            metrics.DELAY.observe(max(0.0, time.time() - self._seen_ms / 1000))
        self._seen_ms = None

    def _follow_declaration(self) -> None:
        """Fold the whole log again under a changed declaration; readers see one patch."""
        if sources.version(self._client, self.source) == self._version:
            return
        meta = sources.meta(self._client, self.source)
        if _of_figures(meta.spec) == self._declared:
            self._version = meta.version
            self._notices.renumber(meta.version)
            return
        self._fold_again(meta, self._folded)
        log.info("folded again", source=self.source, version=meta.version)


def _spare_the_collector() -> None:
    """Have no garbage collection look at what a fold holds: it may know a million uids.

    Nothing of a fold is in a cycle, so it is freed all the same. What is garbage is collected
    first, else it would stay for good, and with it all that a broken follower held.
    """
    gc.collect()
    gc.freeze()


def _of_figures(spec: Mapping[str, Json]) -> dict[str, Json]:
    """Return a declaration without what only pages look at."""
    return {name: part for name, part in spec.items() if name != "page"}


def _now_ms() -> float:
    return time.monotonic() * 1000


def _late(at_ms: Sequence[int], newest_ms: int, lateness_ms: int) -> int:
    """Count the entries that are older than what was complete when they came."""
    before = accumulate([newest_ms, *at_ms], max)
    return sum(ms < newest - lateness_ms for ms, newest in zip(at_ms, before, strict=False))
