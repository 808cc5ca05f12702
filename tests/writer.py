"""A hand that publishes as an engine does, and remembers what the state was."""

from __future__ import annotations

from random import Random
from typing import Any

from pitlive.engine.mirror import Mirror
from pitlive.messages import Cursor
from pitlive.store import chain, lease, sources
from pitlive.store.client import Redis
from pitlive.store.publish import Publication, publish

CHANNELS = ("standings", "laps/1", "laps/2", "messages/ann")


class Writer:
    """Publishes random changes, and remembers the state at every cursor."""

    def __init__(self, client: Redis, source: str, seed: int, keep: int = 100_000) -> None:
        self.client, self.source, self.keep = client, source, keep
        sources.declare(client, source, {"kind": "race"})
        self.token = lease.hold(client, source, "writer", 600_000) or ""
        self.cursor = sources.meta(client, source).cursor
        self.states: dict[Cursor, dict[str, dict[str, Any]]] = {}
        self._mirror, self._random = Mirror(), Random(seed)

    def publish(self, rows: dict[str, dict[str, Any]]) -> None:
        """Publish rows as an engine does; before that, remember what they make."""
        changes = self._mirror.changes(rows, 0)
        self._mirror.record(rows)
        said = [(change.channel, change.message) for change in changes]
        link = [self.cursor.link, *chain.links(self.cursor.link, "1-0", said)][-1]
        reached = Cursor(self.cursor.epoch, self.cursor.seq + len(changes), link)
        known = self._mirror.rows.items()
        self.states[reached] = {name: dict(rows) for name, rows in known if rows}
        what = Publication("1-0", changes)
        self.cursor = publish(self.client, self.source, self.token, self.cursor, what, self.keep)
        assert self.cursor == reached

    def change(self) -> None:
        """Change, add or take out a few rows."""
        rows: dict[str, dict[str, Any]] = {}
        for _ in range(self._random.randrange(1, 6)):
            name, row = self._random.choice(CHANNELS), str(self._random.randrange(60))
            kept = self._random.random() < 0.6
            value = {"n": self._random.randrange(1000), row: {"x": 1}} if kept else None
            rows.setdefault(name, {})[row] = value
        self.publish(rows)

    def fill(self, rows: int) -> None:
        """Publish so many rows of every channel."""
        self.publish({name: {str(n): {"n": n} for n in range(rows)} for name in CHANNELS})
