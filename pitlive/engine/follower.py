"""Follows one source: reads its entries, folds them, publishes what changed.

Whatever goes wrong with Redis ends the follower; the next one begins from the log, which
is the truth. It folds silently up to the last entry that readers have seen and compares
with what they were told: normally nothing differs. After a change of the declaration, or
of PitLive's own figures, it is one patch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from pitlive import kinds
from pitlive.engine.mirror import Mirror, Rows
from pitlive.errors import LogWentBack
from pitlive.messages import Cursor, Entry, Fold, Outcome, Row, SetAside
from pitlive.store import channel, entries, sources
from pitlive.store.client import Redis

log = structlog.get_logger()

AT_ONCE = 2000
"""Entries folded in one go while catching up live: bounds what one publish holds."""

SILENT = 20_000
"""Entries folded in one go at a restart, where nothing is published in between."""

LOOK_AGAIN_MS = 500
"""How often an idle follower looks whether the declaration has changed."""


class Follower:
    """One source in the care of this engine."""

    def __init__(
        self, client: Redis, source: str, token: str, *, keep: int, coalesce_ms: int
    ) -> None:
        self.source = source
        self.stopping = False
        self.is_catching_up = True
        self._client = client
        self._token = token
        self._keep = keep
        self._coalesce_ms = coalesce_ms
        self._mirror = Mirror()
        self._pending: dict[str, dict[str, Row | None]] = {}
        self._aside: list[SetAside] = []
        self._late = 0
        self._at_ms = 0
        self._published = 0.0

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
        self._fold_again(meta, meta.folded)
        self.is_catching_up = False
        log.info("following", source=self.source, cursor=str(meta.cursor), folded=self._folded)
        while not self.stopping:
            self._step()
            note(self._cursor)

    def _fold_again(self, meta: sources.Meta, last: str) -> None:
        """Fold the log up to an id, and hold what differs from what readers were told."""
        fresh = Mirror()
        self._version = meta.version
        fresh.take(self._begin(meta))
        self._read_to(last, fresh.take)
        self._pending = {}
        self._hold(self._mirror.missing_from(fresh.rows))
        self._hold(fresh.rows)

    def _begin(self, meta: sources.Meta) -> Rows:
        """Begin a fold as declared; return the rows it has before any entry."""
        self._fold: Fold = kinds.of(meta.spec).fold(meta.spec)
        self._lateness_ms = int(meta.spec.get("lateness_ms", 0))
        self._folded = "0-0"
        return self._fold.apply([]).rows

    def _read_to(self, last: str, take: Callable[[Rows], None]) -> None:
        """Fold the log from its start up to an id, handing the rows on."""
        while self._folded != last:
            batch = entries.read(self._client, self.source, self._folded, SILENT, last)
            if not batch:
                raise LogWentBack(f"{self.source}: the log ends before {last}, already published")
            take(self._take(batch).rows)

    def _step(self) -> None:
        """Read for as long as nothing is due, fold, and publish what is."""
        wait_ms = min(self._due_in_ms(), LOOK_AGAIN_MS) if self._has_news else LOOK_AGAIN_MS
        batch = entries.wait(self._client, self.source, self._folded, AT_ONCE, wait_ms)
        if batch:
            before = self._at_ms
            outcome = self._take(batch)
            self._hold(outcome.rows)
            self._aside += outcome.aside
            self._late += _late(batch, before, self._lateness_ms)
        elif not self._has_news:
            self._follow_declaration()
        if self._has_news and self._due_in_ms() <= 0:
            self._publish()

    def _take(self, batch: Sequence[Entry]) -> Outcome:
        outcome = self._fold.apply(batch)
        self._folded = batch[-1].id
        self._at_ms = max(self._at_ms, max(entry.at_ms for entry in batch))
        return outcome

    def _hold(self, rows: Rows) -> None:
        """Keep the newest of every row until the next publish."""
        for name, changed in rows.items():
            self._pending.setdefault(name, {}).update(changed)

    @property
    def _has_news(self) -> bool:
        """Whether there is something to publish, be it only how far the log is folded."""
        return bool(self._pending) or self._folded != self._told_folded

    def _due_in_ms(self) -> int:
        since_ms = (time.monotonic() - self._published) * 1000
        return max(0, int(self._coalesce_ms - since_ms))

    def _publish(self) -> None:
        changes = self._mirror.changes(self._pending, self._at_ms)
        if not changes and self._folded == self._told_folded:
            self._pending = {}
            return
        what = channel.Publication(self._folded, changes, self._aside, self._late)
        self._cursor = channel.publish(
            self._client, self.source, self._token, self._cursor, what, self._keep
        )
        self._mirror.take(self._pending)
        self._pending, self._aside, self._late = {}, [], 0
        self._told_folded = self._folded
        self._published = time.monotonic()

    def _follow_declaration(self) -> None:
        """Fold the whole log again under a changed declaration; readers see one patch."""
        version = sources.version(self._client, self.source)
        if version == self._version:
            return
        self._fold_again(sources.meta(self._client, self.source), self._folded)
        log.info("folded again", source=self.source, version=version)


def _late(batch: Sequence[Entry], newest_ms: int, lateness_ms: int) -> int:
    """Count the entries that are older than what was complete when they came."""
    late = 0
    for entry in batch:
        late += entry.at_ms < newest_ms - lateness_ms
        newest_ms = max(newest_ms, entry.at_ms)
    return late
