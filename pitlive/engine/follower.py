"""Follows one source: reads its entries, folds them, publishes what changed.

Its life goes on a bit at a time: it says in how long it is to go on, unless entries come
before, and whoever has many of them (`rota`) sees to it that each gets its turn. No bit takes
long, however large the log is.

Whatever goes wrong with Redis ends the follower; the next one begins from the log, which
is the truth. It folds silently up to the last entry that readers have seen and compares
with what they were told: normally nothing differs. After a change of the declaration, or
of PitLive's own figures, it is one patch.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate, islice
from typing import cast

import structlog

from pitlive.batch import Batch
from pitlive.engine import metrics
from pitlive.engine.clock import Clock
from pitlive.engine.coming import Coming
from pitlive.engine.mirror import Mirror, Rows
from pitlive.engine.notices import Notices
from pitlive.engine.pending import Pending, patience
from pitlive.engine.portions import Portions
from pitlive.engine.sifted import Doubt, FoldFailed, Sifted
from pitlive.engine.slices import Slices
from pitlive.engine.writer import Writer
from pitlive.errors import LogWentBack
from pitlive.kind import kind_of
from pitlive.messages import Cursor, Fold, Packing, Pondering, SetAside
from pitlive.store import channel, entries, outbox, sources, unfoldable, walk
from pitlive.store.client import Redis

log = structlog.get_logger()

AT_ONCE = 10_000
"""Entries folded in one go at most: some 20 ms of a declared source, 100 ms of a race."""

LOOK_AGAIN_MS = 500
"""How often a follower on its own looks whether the declaration has changed."""

CLOCK_MS = 10_000
"""How long a tick to come is waited for at once: the machine's clock may be set meanwhile."""

MOST_ROWS = 250
"""Rows of one publish: a millisecond of Redis, which does one thing at a time, and some 6 while
it writes its file anew and copies each page that is changed."""

MOST_BYTES = 2**18
"""Bytes of one publish, messages and rows as they are stored; a single row may have more. What a
fold keeps packed goes ahead of it in as many at a time."""

LONGEST_REASON = 300
"""Characters of an error that are told: enough to act on; the log has all of it."""

LONG_AGO = -1e15
"""On the follower's clock [ms]: what has changed since then is due."""


class Follower:
    """One source in the care of this engine.

    Attributes:
        stopping: Set to have `run` end.
        is_catching_up: Whether it folds what is folded in already.
        is_pondering: Whether there is something left that takes its time.
        may_ponder: Set to False for goes in which others come first.
        doubts: Set to where folds failed before.

    Args:
        turn: Held while pondering: one source of an engine at a time, for it takes the
            processor that the others' figures need.
        note: Told of every cursor that is reached.
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
        note: Callable[[Cursor], None] | None = None,
    ) -> None:
        self.source = source
        self.stopping = False
        self.is_catching_up = True
        self.is_pondering = False
        self.may_ponder = True
        self.doubts: Sequence[Doubt] = ()
        self._token = token
        self._client = client
        self._writer = Writer(client, source, token, keep, note or (lambda _: None))
        self._coalesce_ms = coalesce_ms
        self._mirror = Mirror()
        self._pending = Pending({})
        self._portions = Portions({}, MOST_ROWS, MOST_BYTES)
        self._due: tuple[Sequence[channel.Change], Rows] | None = None
        self._coming = Coming(client, source, token, MOST_BYTES)
        self._clock = Clock()
        self._folded = self._told_folded = "0-0"
        self._slices = Slices(AT_ONCE)
        self._heard_ms: tuple[float, float] | None = None
        self._began_ms = self._published_ms = LONG_AGO
        self._took_ms = 0.0
        self._turn = turn or threading.Lock()
        self._has_pondered = self._cannot_ponder = False
        self._since_begun: Mirror | None = None

    def run(self, note: Callable[[Cursor], None]) -> None:
        """Follow this source alone until `stopping`; `note` is told every cursor reached.

        Raises:
            LeaseLost: Another engine has taken over.
            LogWentBack: Redis is not where we left it.
        """
        for wait_ms in self.life():
            if not self.is_catching_up:
                note(self._writer.cursor)
            if self.stopping:
                return
            if wait_ms and not self.is_pondering:
                within_ms = math.ceil(min(wait_ms, LOOK_AGAIN_MS))
                entries.wait(self._client, self.source, self._folded, 1, within_ms)

    def life(self) -> Iterator[float]:
        """Follow, a bit at a time; yield in how long [ms] to go on, unless entries come before.

        Raises:
            LeaseLost: Another engine has taken over.
            LogWentBack: Redis is not where we left it.
            FoldFailed: The fold failed. If it did so before at the same entry alone, that one
                is left out from now on.
        """
        try:
            yield from self._life()
        except FoldFailed as failed:
            self._leave_out(failed)
            raise

    def _life(self) -> Iterator[float]:
        meta = sources.meta(self._client, self.source)
        self._told_folded = meta.folded
        at = meta.cursor
        for page in walk.pages(self._client, self.source):
            self._mirror.take(page.decode())
            at = page.cursor
            yield 0
        self._writer.begin_at(at)
        yield from self._fold_again(meta, meta.noted)  # in a new epoch more than was seen
        log.info("following", source=self.source, cursor=str(meta.cursor), folded=self._folded)
        while True:
            while self._is_telling:
                self._tell()
                yield 0
            asked, read = self._slices.size, self._step()
            if not read and (changed := self._declared_anew()):
                yield from self._fold_again(changed, self._folded)
            self.is_pondering = read < asked and bool(self._later())
            yield 0 if read >= asked or self._is_telling else self._pause_ms()

    def lacks(self, newest: str, version: int) -> bool:
        """Tell whether there is news for it: entries, or another declaration."""
        if self.is_catching_up:
            return False
        return version != self._version or entries.is_before(self._folded, newest)

    @property
    def has_told_all(self) -> bool:
        """Whether all that it has folded in is published: another engine loses nothing by it."""
        if self.is_catching_up:
            return False
        return self._folded == self._told_folded and not self._is_telling

    @property
    def _is_telling(self) -> bool:
        """Whether something is left of what was to be published: nothing is folded meanwhile."""
        return bool(self._portions or self._coming) or self._due is not None

    def _fold_again(self, meta: sources.Meta, last: str) -> Iterator[float]:
        """Fold the log up to an id, and hold what differs from what readers were told."""
        self.is_catching_up = True
        fresh = Mirror()
        self._version, self._declared = meta.version, sources.of_figures(meta.spec)
        fresh.take(self._begin(meta))
        yield from self._read_to(last)
        for some in _in_parts(self._sifted.rows()):
            fresh.take(some)
            yield 0
        self._notices = self._noticing(meta, fresh.rows)
        self._pending = Pending(patience(meta.spec))
        self._since_begun = fresh if self._later() else None
        for rows in (self._gone(fresh, self._later()), fresh.rows):
            for some in _in_parts(rows):
                self._pending.hold(some, LONG_AGO)
                yield 0
        self.is_catching_up = False

    def _later(self) -> Collection[str]:
        """Channels of which nobody knows yet which rows they will have."""
        fold = self._pondering
        return () if self._cannot_ponder or fold is None or fold.is_settled else fold.pondered

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
        fold: Fold = kind_of(meta.spec).fold(meta.spec)
        # now, for to ask what it can do Python 3.11 asks it when it is due, which may fail later
        self._pondering = fold if isinstance(fold, Pondering) else None
        self._packing = fold if isinstance(fold, Packing) else None
        self._lateness_ms = int(meta.spec.get("lateness_ms", 0))
        self._folded = "0-0"
        self._cannot_ponder = False
        self._under = unfoldable.under(meta.spec)
        left_out = unfoldable.begin(self._client, self.source, self._token, self._under)
        rows = fold.rows()  # where these fail it is not an entry
        self._sifted = Sifted(fold, left_out, self.doubts)
        return rows

    def _read_to(self, last: str) -> Iterator[float]:
        """Fold the log from its start up to an id."""
        while self._folded != last:
            batch = entries.read(self._client, self.source, self._folded, self._slices.size, last)
            if not batch and entries.is_before(self._folded, self._told_folded):
                raise LogWentBack(f"{self.source}: the log ends before {last}, already published")
            if not batch:
                return
            self._take(batch)
            yield 0

    def _step(self) -> int:
        """Read, fold, and publish what is due; return how many entries there were."""
        batch = entries.read(self._client, self.source, self._folded, self._slices.size)
        if batch:
            before, now_ms = self._clock.now_ms, _now_ms()
            self._heard_ms = (self._heard_ms or (now_ms, now_ms))[0], now_ms
            aside, late = self._take(batch), _late(batch.at_ms, before, self._lateness_ms)
            self._writer.take(aside, late, batch.logged[0].seen_ms)
        else:
            self._tick()
        if self._due_in_ms() <= 0:
            self._publish()
        if not self._is_telling:  # what pondering finds would pass for told with the last of them
            self._ponder()
        return len(batch)

    def _pause_ms(self) -> float:
        """In how long there is something to do, though no entries come."""
        pause_ms, wall_ms = self._due_in_ms(), time.time_ns() // 1_000_000
        tick_ms = self._clock.due_in_ms(self._sifted.due_ms, wall_ms)
        return pause_ms if tick_ms is None else min(pause_ms, tick_ms, CLOCK_MS)

    def _ponder(self) -> None:
        """Let the fold do a bit of what takes its time, after everybody has the rest."""
        if self.may_ponder and self._later() and self._turn.acquire(blocking=False):
            try:
                self._sifted.look()  # figures come first, and are not to blame on what follows
                self._ponder_a_bit()
            finally:  # whoever follows after a failure takes turns again
                self._turn.release()
        if self._since_begun is not None and not self._later():
            self._since_begun.take(rows := self._sifted.rows())
            gone = self._gone(self._since_begun, ())
            for known in (gone, rows):
                self._pending.hold(known, _now_ms())
            self._since_begun = None

    def _ponder_a_bit(self) -> None:
        try:
            with metrics.PONDER.time():
                self._has_pondered |= cast(Pondering, self._pondering).ponder()
        except Exception as error:
            log.exception("pondering failed", source=self.source, entry=self._folded)
            self._ponder_no_more(f"{type(error).__name__}: {error}"[:LONGEST_REASON])

    def _ponder_no_more(self, why: str) -> None:
        """Go on without what is pondered, which stays as readers were told it."""
        want = "none; all else goes on, and they are tried again when the source begins anew"
        got = f"{why} (after entry {self._folded}, which is taken)"
        self._writer.set_aside(SetAside("", ", ".join(self._later()), got, want))
        self._cannot_ponder = self._has_pondered = True
        self._since_begun = None

    def _take(self, batch: Batch) -> list[SetAside]:
        began = time.perf_counter()
        aside = self._sifted.take(batch)
        metrics.FOLD.observe(took_s := time.perf_counter() - began)
        self._slices.took(len(batch), took_s)
        metrics.FOLDED.inc(len(batch))
        self._folded = batch.last
        newest_ms = max(at_ms := batch.at_ms)
        seen_ms = batch.seen_ms(at_ms.index(newest_ms))
        self._clock.hear(newest_ms, seen_ms, self._sifted.now_ms)
        return aside

    def _leave_out(self, failed: FoldFailed) -> None:
        """Note the entry at which the fold fails, once it has failed at it alone before."""
        if failed.doubt.size != 1 or failed.doubt not in self.doubts:
            return
        id = "{}-{}".format(*failed.doubt.last)
        want = "one that this version of PitLive can fold; it stays in the log, for another one"
        why = SetAside(failed.uid, "entry", str(failed)[:LONGEST_REASON], want, id)
        unfoldable.add(self._client, self.source, self._token, self._under, why)
        metrics.ASIDE.inc()
        metrics.UNFOLDABLE.inc()
        log.error("left out, the fold fails", source=self.source, entry=id, exc_info=failed)

    def _tick(self) -> None:
        """Enter that it is later, where a figure changes by that; it is folded when read back."""
        wall_ms = time.time_ns() // 1_000_000
        if tick := self._clock.tick(self._sifted.due_ms, wall_ms):
            entries.append(self._client, self.source, [tick], wall_ms)

    def _due_in_ms(self) -> float:
        """In how long there is something to publish, be it only how far the log is folded.

        After a publish that took long as much time is given to folding: however many rows
        change, half of the time at least goes to what comes in.
        """
        due_ms = self._published_ms + max(self._coalesce_ms, self._took_ms)
        if self._folded == self._told_folded and not self._has_pondered:
            held_ms = self._pending.due_ms
            due_ms = math.inf if held_ms is None else max(due_ms, held_ms)
        return max(0.0, due_ms - _now_ms())

    def _publish(self) -> None:
        """Begin to tell what is due; where that is much, the next steps tell the rest."""
        self._began_ms = _now_ms()
        changed = self._sifted.rows()
        if self._since_begun is not None:
            self._since_begun.take(changed)
        since_ms, last_ms = self._heard_ms or (self._began_ms, self._began_ms)
        self._heard_ms = None
        self._pending.hold(changed, last_ms, since_ms)
        self._notices.hold(changed)
        self._portions = Portions(self._pending.take(_now_ms()), MOST_ROWS, MOST_BYTES)
        self._tell()

    def _tell(self) -> None:
        """Publish the next portion of what is due, the last of which says that it is all.

        Bytes that are too many for it go ahead, in goes of their own.

        With the first go notices and what was set aside, and it notes up to where: an engine
        that goes on from there folds that silently, and finds what is left to be told.
        """
        if self._coming.write():
            return
        self._due = self._due or self._next()
        if self._due is None or self._coming.write():
            return
        (changes, rows), self._due = self._due, None
        folded = self._told_folded if self._portions else self._folded
        told = self._send(changes, folded)
        self._mirror.take(rows)
        self._notices.take(told)
        self._told_folded = folded
        self._has_pondered &= bool(self._portions)
        self._published_ms = _now_ms()
        self._took_ms = self._published_ms - self._began_ms

    def _next(self) -> tuple[Sequence[channel.Change], Rows] | None:
        """Return what is told next, with the bytes that belong to it on their way."""
        changes, rows = self._portions.take(self._mirror, self._clock.now_ms)
        has_news = self._folded != self._told_folded or self._has_pondered
        if not changes and (self._portions or not has_news):
            return None
        self._coming.take(self._packing.pieces() if self._packing else ())
        return changes, rows

    def _send(self, changes: Sequence[channel.Change], folded: str) -> Sequence[outbox.Notice]:
        """Publish changes with all that goes along; return the notices that were among it."""
        wall_ms = time.time_ns() // 1_000_000
        told = self._notices.decide(self._writer.cursor, self._clock.now_ms, wall_ms)
        self._writer.publish(
            channel.Publication(
                folded,
                changes,
                notices=told,
                version=self._version,
                pieces=self._coming.pieces,
                coming=self._coming.names,
                noted=self._folded,
            )
        )
        self._coming.placed()
        return told

    def _declared_anew(self) -> sources.Meta | None:
        """Return a changed declaration, under which the whole log is to be folded again.

        Readers see one patch. What is folded and not told yet comes first, else it would be
        forgotten.
        """
        if self._is_telling or self._folded != self._told_folded:
            return None
        if sources.version(self._client, self.source) == self._version:
            return None
        meta = sources.meta(self._client, self.source)
        if sources.of_figures(meta.spec) != self._declared:
            log.info("folding again", source=self.source, version=meta.version)
            return meta
        self._version = meta.version
        self._notices.renumber(meta.version)
        return None


def _in_parts(rows: Rows) -> Iterator[Rows]:
    """Yield rows some at a time, so that others have their turn between."""
    for name, of_channel in rows.items():
        items = iter(of_channel.items())
        while some := dict(islice(items, AT_ONCE)):
            yield {name: some}


def _now_ms() -> float:
    return time.monotonic() * 1000


def _late(at_ms: Sequence[int], newest_ms: int, lateness_ms: int) -> int:
    """Count the entries that are older than what was complete when they came."""
    before = accumulate([newest_ms, *at_ms], max)
    return sum(ms < newest - lateness_ms for ms, newest in zip(at_ms, before, strict=False))
