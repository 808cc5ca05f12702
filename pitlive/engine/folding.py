"""The fold of one source under the declaration in force: entries in, rows out.

It knows how far it has come in the log and what time it is there, leaves out the entries at
which the fold fails, and has the fold work off what it defers, such as forecasts.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, cast

import structlog

from pitlive.batch import Batch
from pitlive.engine import metrics
from pitlive.engine.clock import EventClock
from pitlive.engine.mirror import ChannelRows, Mirror, in_parts
from pitlive.engine.sifted import Doubt, FoldFailed, Sifted
from pitlive.engine.slices import Slices
from pitlive.errors import LogWentBack
from pitlive.kind import kind_of
from pitlive.messages import Deferring, Fold, Json, PackedPiece, Packing, Rejection
from pitlive.plugins import described
from pitlive.store import entries, sources, unfoldable
from pitlive.store.client import Redis

log = structlog.get_logger()

FOLD_BATCH = 10_000
"""Entries folded in one go at most: some 20 ms of a declared source, 100 ms of a race."""

LONGEST_REASON = 300
"""Characters of an error that are told: enough to act on; the log has all of it."""


class Folded(NamedTuple):
    """What came of a batch.

    Attributes:
        rejected: What could not be taken.
        late: How many entries came later than the declared lateness.
        seen_ms: When the first of them was seen [ms since 1970].
    """

    rejected: Sequence[Rejection]
    late: int
    seen_ms: int


class Folding:
    """What is folded of one source, from `begin` on.

    Attributes:
        folded: Id of the last entry that is folded in.
        version: That of the declaration in force.
    """

    def __init__(self, client: Redis, source: str, token: str) -> None:
        self.folded, self.version = entries.START, 0
        self._client, self._source, self._token = client, source, token
        self._clock = EventClock()
        self._slices = Slices(FOLD_BATCH)

    def begin(self, meta: sources.Meta, doubts: Sequence[Doubt]) -> ChannelRows:
        """Begin a fold as declared; return the rows it has before any entry.

        Args:
            doubts: Where folds failed before.
        """
        self.version, self._figures = meta.version, sources.of_figures(meta.spec)
        fold: Fold = kind_of(meta.spec).fold(meta.spec)
        # now, for to ask what it can do Python 3.11 asks it when it is due, which may fail later
        self._deferring = fold if isinstance(fold, Deferring) else None
        self._packing = fold if isinstance(fold, Packing) else None
        self._lateness_ms = int(meta.spec.get("lateness_ms", 0))
        self.folded = entries.START
        self._has_abandoned = False
        self._under = unfoldable.under(meta.spec)
        left_out = unfoldable.begin(self._client, self._source, self._token, self._under)
        rows = fold.rows()  # where these fail it is not an entry
        self._doubts, self._sifted = doubts, Sifted(fold, left_out, doubts)
        return rows

    def catch_up(self, fresh: Mirror, last: str, published: str) -> Iterator[float]:
        """Fold the log from its start up to an id, and record the rows; yield between two goes.

        Args:
            published: Id of the last entry that is in the published state.

        Raises:
            LogWentBack: The log ends before that.
        """
        while self.folded != last:
            batch = entries.read(self._client, self._source, self.folded, self.batch_size, last)
            if not batch and entries.is_before(self.folded, published):
                raise LogWentBack(f"{self._source}: the log ends before {last}, already published")
            if not batch:
                break
            self._apply(batch)
            yield 0
        for some in in_parts(self._sifted.rows()):
            fresh.record(some)
            yield 0

    @property
    def batch_size(self) -> int:
        """How many entries are folded in one go, as long as each takes a moment."""
        return self._slices.size

    def read(self) -> Batch:
        """Return the entries that are next."""
        return entries.read(self._client, self._source, self.folded, self.batch_size)

    def apply(self, batch: Batch) -> Folded:
        """Fold entries in.

        Raises:
            FoldFailed: The fold failed, and is of no use any more.
        """
        before_ms = self._clock.now_ms
        rejected = self._apply(batch)
        late = _late(batch.at_ms, before_ms, self._lateness_ms)
        return Folded(rejected, late, batch.logged[0].seen_ms)

    def _apply(self, batch: Batch) -> list[Rejection]:
        began = time.perf_counter()
        rejected = self._sifted.apply(batch)
        metrics.FOLD.observe(took_s := time.perf_counter() - began)
        self._slices.took(len(batch), took_s)
        metrics.FOLDED.inc(len(batch))
        self.folded = batch.last
        newest_ms = max(at_ms := batch.at_ms)
        seen_ms = batch.seen_ms(at_ms.index(newest_ms))
        self._clock.hear(newest_ms, seen_ms, self._sifted.now_ms)
        return rejected

    @property
    def now_ms(self) -> int:
        """What time it is in the source [ms]."""
        return self._clock.now_ms

    def tick(self) -> None:
        """Enter that it is later, where a figure changes by that; it is folded when read back."""
        wall_ms = time.time_ns() // 1_000_000
        if tick := self._clock.tick(self._sifted.due_ms, wall_ms):
            entries.append(self._client, self._source, [tick], wall_ms)

    def tick_in_ms(self) -> int | None:
        """Return in how long there may be need of a tick [ms], None if there is none to come."""
        wall_ms = time.time_ns() // 1_000_000
        return self._clock.due_in_ms(self._sifted.due_ms, wall_ms)

    def rows(self) -> ChannelRows:
        """Return the rows that may have changed since they were last asked for.

        Raises:
            FoldFailed: As for `apply`.
        """
        return self._sifted.rows()

    def pieces(self) -> Sequence[PackedPiece]:
        """Return the packed bytes that changed since they were last asked for."""
        return self._packing.pieces() if self._packing else ()

    @property
    def deferred(self) -> Collection[str]:
        """Channels whose work is deferred and not done: nobody knows yet which rows they get."""
        fold = self._deferring
        return () if self._has_abandoned or fold is None or fold.is_settled else fold.deferred

    def work_off(self) -> tuple[bool, Rejection | None]:
        """Have the fold do some of its deferred work.

        Returns:
            Whether there is news by it, and what is to be told where it failed: all else goes on
            without it.

        Raises:
            FoldFailed: As for `apply`.
        """
        self._sifted.look()  # figures come first, and are not to blame on what follows
        try:
            with metrics.DEFERRED.time():
                return cast(Deferring, self._deferring).work_off(), None
        except BaseException as error:
            log.exception("deferred work failed", source=self._source, entry=self.folded)
            return True, self._abandoned(described(error)[:LONGEST_REASON])

    def _abandoned(self, why: str) -> Rejection:
        """Go on without what is deferred, which stays as it was published."""
        want = "none; all else goes on, and they are tried again when the source begins anew"
        got = f"{why} (after entry {self.folded}, which is taken)"
        rejected = Rejection("", ", ".join(self.deferred), got, want)
        self._has_abandoned = True
        return rejected

    def leave_out(self, failed: FoldFailed) -> None:
        """Note the entry at which the fold fails, once it has failed at it alone before."""
        if failed.doubt.size != 1 or failed.doubt not in self._doubts:
            return
        id = "{}-{}".format(*failed.doubt.last)
        want = "one that this version of PitLive can fold; it stays in the log, for another one"
        why = Rejection(failed.uid, "entry", str(failed)[:LONGEST_REASON], want, id)
        unfoldable.add(self._client, self._source, self._token, self._under, why)
        metrics.REJECTED.inc()
        metrics.UNFOLDABLE.inc()
        log.error("left out, the fold fails", source=self._source, entry=id, exc_info=failed)

    def is_under(self, spec: Mapping[str, Json]) -> bool:
        """Tell whether a declaration declares the figures of the one in force."""
        return sources.of_figures(spec) == self._figures


def _late(at_ms: Sequence[int], newest_ms: int, lateness_ms: int) -> int:
    """Count the entries that are older than what was complete when they came."""
    before = accumulate([newest_ms, *at_ms], max)
    return sum(ms < newest - lateness_ms for ms, newest in zip(at_ms, before, strict=False))
