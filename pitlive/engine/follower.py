"""Follows one source: reads its entries, folds them, publishes what changed.

Whatever goes wrong with Redis ends the follower; the next one begins from the log, which
is the truth. It folds silently up to the last entry that readers have seen, then speaks.
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
        self._catch_up()
        while not self.stopping:
            self._step()
            note(self._cursor)

    def _catch_up(self) -> None:
        """Fold what readers have already seen, without a word."""
        meta = sources.meta(self._client, self.source)
        self._cursor, self._version = meta.cursor, meta.version
        known = self._mirror.take if meta.cursor.seq else self._hold
        known(self._begin(meta))
        self._read_to(meta.folded, known)
        log.info("following", source=self.source, cursor=str(meta.cursor), folded=self._folded)

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
        wait_ms = min(self._due_in_ms(), LOOK_AGAIN_MS) if self._pending else LOOK_AGAIN_MS
        batch = entries.wait(self._client, self.source, self._folded, AT_ONCE, wait_ms)
        if batch:
            before = self._at_ms
            outcome = self._take(batch)
            self._hold(outcome.rows)
            self._aside += outcome.aside
            self._late += _late(batch, before, self._lateness_ms)
        elif not self._pending:
            self._follow_declaration()
        if self._due_in_ms() <= 0 and (self._pending or self._aside):
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

    def _due_in_ms(self) -> int:
        since_ms = (time.monotonic() - self._published) * 1000
        return max(0, int(self._coalesce_ms - since_ms))

    def _publish(self) -> None:
        changes = self._mirror.changes(self._pending, self._at_ms)
        what = channel.Publication(self._folded, changes, self._aside, self._late)
        self._cursor = channel.publish(
            self._client, self.source, self._token, self._cursor, what, self._keep
        )
        self._mirror.take(self._pending)
        self._pending, self._aside, self._late = {}, [], 0
        self._published = time.monotonic()

    def _follow_declaration(self) -> None:
        """Fold the whole log again under a changed declaration; readers see one patch."""
        version = sources.version(self._client, self.source)
        if version == self._version:
            return
        last, self._version = self._folded, version
        fresh = Mirror()
        fresh.take(self._begin(sources.meta(self._client, self.source)))
        self._read_to(last, fresh.take)
        self._pending = {}
        self._hold(self._mirror.missing_from(fresh.rows))
        self._hold(fresh.rows)
        log.info("refolded", source=self.source, version=version)


def _late(batch: Sequence[Entry], newest_ms: int, lateness_ms: int) -> int:
    """Count the entries that are older than what was complete when they came."""
    late = 0
    for entry in batch:
        late += entry.at_ms < newest_ms - lateness_ms
        newest_ms = max(newest_ms, entry.at_ms)
    return late
