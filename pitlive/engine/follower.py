"""Follows one source: when its entries are read, folded, and what changed is published.

Its life goes on a bit at a time: it says in how long it is to go on, unless entries come
before, and whoever has many of them (`rota`) sees to it that each gets its turn. No bit takes
long, however large the log is.

Whatever goes wrong with Redis ends the follower; the next one begins from the log, which
is the truth. It folds silently up to the last entry that readers have seen and compares
with what was published: normally nothing differs. After a change of the declaration, or
of PitLive's own figures, it is one patch.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence

import structlog

from pitlive.engine.folding import Folding
from pitlive.engine.mirror import Mirror
from pitlive.engine.publishing import Publishing, monotonic_ms
from pitlive.engine.sifted import Doubt, FoldFailed
from pitlive.messages import Cursor
from pitlive.store import entries, sources
from pitlive.store.client import Redis

log = structlog.get_logger()

LOOK_AGAIN_MS = 500
"""How often a follower on its own looks whether the declaration has changed."""

CLOCK_MS = 10_000
"""How long a tick to come is waited for at once: the machine's clock may be set meanwhile."""


class Follower:
    """One source in the care of this engine.

    Attributes:
        stopping: Set to have `run` end.
        is_catching_up: Whether it folds what is folded in already.
        has_deferred: Whether work is left that is deferred.
        may_work_off: Set to False for goes in which others come first.
        doubts: Set to where folds failed before.

    Args:
        turn: Held during deferred work: one source of an engine at a time, for it takes the
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
        note: Callable[[Cursor], None] = lambda _: None,
    ) -> None:
        self.source = source
        self.stopping = False
        self.is_catching_up = True
        self.has_deferred = False
        self.may_work_off = True
        self.doubts: Sequence[Doubt] = ()
        self._client = client
        self._folding = Folding(client, source, token)
        self._publishing = Publishing(
            client, source, token, self._folding, keep=keep, coalesce_ms=coalesce_ms, note=note
        )
        self._turn = turn or threading.Lock()

    def run(self, note: Callable[[Cursor], None]) -> None:
        """Follow this source alone until `stopping`; `note` is told every cursor reached.

        Raises:
            LeaseLost: Another engine has taken over.
            LogWentBack: Redis is not where we left it.
        """
        for wait_ms in self.life():
            if not self.is_catching_up:
                note(self._publishing.cursor)
            if self.stopping:
                return
            if wait_ms and not self.has_deferred:
                within_ms = math.ceil(min(wait_ms, LOOK_AGAIN_MS))
                entries.wait(self._client, self.source, self._folding.folded, 1, within_ms)

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
            self._folding.leave_out(failed)
            raise

    def lacks(self, newest: str, version: int) -> bool:
        """Tell whether there is news for it: entries, or another declaration."""
        if self.is_catching_up:
            return False
        return version != self._folding.version or entries.is_before(self._folding.folded, newest)

    @property
    def has_published_all(self) -> bool:
        """Whether all that it has folded in is published: another engine loses nothing by it."""
        return not self.is_catching_up and self._publishing.is_done

    def _life(self) -> Iterator[float]:
        meta = sources.meta(self._client, self.source)
        yield from self._publishing.read(meta)
        yield from self._fold_again(meta, meta.noted)  # in a new epoch more than was seen
        folded = self._folding.folded
        log.info("following", source=self.source, cursor=str(meta.cursor), folded=folded)
        while True:
            while self._publishing.is_under_way:
                self._publishing.go_on()
                yield 0
            asked, read = self._folding.batch_size, self._step()
            if not read and (changed := self._declared_anew()):
                yield from self._fold_again(changed, self._folding.folded)
            self.has_deferred = read < asked and bool(self._folding.deferred)
            yield 0 if read >= asked or self._publishing.is_under_way else self._pause_ms()

    def _fold_again(self, meta: sources.Meta, last: str) -> Iterator[float]:
        """Fold the log up to an id, and hold what differs from what readers have."""
        self.is_catching_up = True
        fresh = Mirror()
        fresh.record(self._folding.begin(meta, self.doubts))
        yield from self._folding.catch_up(fresh, last, self._publishing.folded)
        yield from self._publishing.compare(meta, fresh)
        self.is_catching_up = False

    def _step(self) -> int:
        """Read, fold, and publish what is due; return how many entries there were."""
        batch = self._folding.read()
        if batch:
            heard_ms = monotonic_ms()
            self._publishing.record(self._folding.apply(batch), heard_ms)
        else:
            self._folding.tick()
        if self._publishing.due_in_ms() <= 0:
            self._publishing.begin()
        if not self._publishing.is_under_way:  # else what comes of it would pass for published
            self._work_off()
        return len(batch)

    def _work_off(self) -> None:
        """Let the fold do some of its deferred work, after everybody has the rest."""
        if self.may_work_off and self._folding.deferred and self._turn.acquire(blocking=False):
            try:
                self._publishing.record_deferred(*self._folding.work_off())
            finally:  # whoever follows after a failure takes turns again
                self._turn.release()
        self._publishing.settle()

    def _pause_ms(self) -> float:
        """In how long there is something to do, though no entries come."""
        pause_ms, tick_ms = self._publishing.due_in_ms(), self._folding.tick_in_ms()
        return pause_ms if tick_ms is None else min(pause_ms, tick_ms, CLOCK_MS)

    def _declared_anew(self) -> sources.Meta | None:
        """Return a changed declaration, under which the whole log is to be folded again.

        Readers see one patch. What is folded and not published yet comes first, else it would be
        forgotten.
        """
        if not self._publishing.is_done:
            return None
        if sources.version(self._client, self.source) == self._folding.version:
            return None
        meta = sources.meta(self._client, self.source)
        if not self._folding.is_under(meta.spec):
            log.info("folding again", source=self.source, version=meta.version)
            return meta
        self._folding.version = meta.version
        self._publishing.renumber(meta.version)
        return None
