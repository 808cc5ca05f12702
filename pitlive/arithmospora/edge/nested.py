"""The stats of one source as nested values, as far as its feed has heard.

For dialects that tell stats as a whole. One for all readers of a worker: a stat that has
changed is put together once, when the first group wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import orjson

from pitlive.datapoints.names import MILESTONES, channel, declared
from pitlive.datapoints.points import nested
from pitlive.hub.feed import SourceFeed
from pitlive.hub.hub import Hub
from pitlive.hub.ports import Overrun
from pitlive.messages import Event, Json
from pitlive.patch import merged
from pitlive.store.snapshot import Snapshot

DIALECT = "arithmospora"


class FeedView:
    """The values behind a feed.

    Attributes:
        stats: The stats by channel, in the order of their groups and as they are declared.
        spec: The declaration they are of.
        milestones: The channels of what is reached → the rule, if it is one that is declared.
    """

    def __init__(self, feed: SourceFeed, state: Snapshot, spec: Mapping[str, Json]) -> None:
        self.spec, self.stats = spec, declared(spec)
        rules = [one for one in spec.get("stats", ()) if one.get("kind") == "milestone"]
        self.milestones = {MILESTONES: None} | {channel(one["name"]): one for one in rules}
        self._feed, self._at = feed, state.cursor
        self._rows = state.decode()
        self._others = {*state.available, *self.milestones} - self.stats.keys()
        self._nested: dict[str, Json] = {}

    @property
    def is_current(self) -> bool:
        """Whether it can go on with what the feed holds."""
        return self._ahead() is not None

    @property
    def available(self) -> dict[str, list[str]]:
        """Group → keys of its stats; groups without any are absent."""
        found: dict[str, list[str]] = {}
        for one in self.stats.values():
            found.setdefault(one.group, []).append(one.key)
        return found

    def advance(self) -> None:
        """Apply what the feed has heard.

        Raises:
            Overrun: It no longer holds all of it, or there is a stat that was not declared
                when this was made: readers come back, and are told what there is.
        """
        if (events := self._ahead()) is None:
            raise Overrun
        for event in events:
            self._apply(event)
            self._at = self._at.at(event)

    def stat(self, name: str) -> Json:
        """Return the stat of a channel, with its data points; the same object until it changes."""
        if name not in self._nested:
            self._nested[name] = nested(self.stats[name].name, self._rows.get(name, {}))
        return self._nested[name]

    def _ahead(self) -> list[Event] | None:
        """Return what it lacks, None if the feed does not have it; it may be ahead of the feed."""
        at, now = self._at, self._feed.cursor
        if now is None or now.epoch != at.epoch:
            return None
        return self._feed.after(at) if now.seq > at.seq else []

    def _apply(self, event: Event) -> None:
        if event.channel in self._others or not self.stats:
            return
        if event.channel not in self.stats:
            raise Overrun
        rows = self._rows.setdefault(event.channel, {})
        for key, patch in orjson.loads(event.message)["data"].items():
            if patch is None:
                rows.pop(key, None)
            else:
                rows[key] = merged(rows.get(key), patch)
        self._nested.pop(event.channel, None)


def view_of(hub: Hub, source: str, spec: Mapping[str, Json]) -> FeedView:
    """Return the nested stats of a source that is followed, as declared.

    Raises:
        StoreUnavailable: Redis did not answer in time.
    """
    feed = hub.follow(source)
    kept: FeedView | None = feed.derived.get(DIALECT)
    if kept is None or kept.spec != spec or not kept.is_current:
        state = cast(Snapshot, hub.state(feed, ["*"]))  # as our log has them (`web.hub_ports`)
        kept = feed.derived[DIALECT] = FeedView(feed, state, spec)
    return kept
