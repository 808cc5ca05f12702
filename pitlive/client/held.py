"""What a reader holds: the state of its sources, and how far it has come in each.

Pure. Every event is checked before it is taken: one that was taken already changes nothing,
and one that others should have come before says so, instead of leaving a silent hole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from pitlive.client.message import Message
from pitlive.client.types import Change, Hello, SnapshotEvent, Verdict
from pitlive.messages import Cursor, Json
from pitlive.patch import merged

HeldState = dict[str, dict[str, dict[str, Json]]]
"""source → channel → row key → row."""


class Hole(Exception):
    """Events are missing; the source was forgotten and must be asked for afresh."""


class Held:
    """The state of some sources, kept up to date.

    Attributes:
        state: What all events so far add up to. Its rows are replaced, never altered.
        reached: How far that is; a source that has no state yet, or no longer, is absent.
    """

    def __init__(
        self,
        sources: Sequence[str],
        every_channel: bool,
        cursor: str = "",
        state: Mapping[str, Mapping[str, Mapping[str, Json]]] | None = None,
    ) -> None:
        given = state or {}
        self.sources = tuple(sources)
        self.state: HeldState = {
            source: {name: dict(rows) for name, rows in given.get(source, {}).items()}
            for source in sources
        }
        self.reached = self._cursors(cursor) if cursor else {}
        self._every_channel = every_channel

    @property
    def cursor(self) -> str:
        """What to go on from: a part for each source, empty where it must begin afresh."""
        if not self.reached:
            return ""
        return "_".join(str(self.reached.get(source, "")) for source in self.sources)

    def take(self, message: Message) -> bool:
        """Take an event in; False if it had been taken before.

        Raises:
            Hole: Events before it are missing.
        """
        if message.event == "message":
            return self._change(message)
        if message.event == "snapshot":
            return self._snapshot(message.source, cast(SnapshotEvent, message.data))
        if message.event == "hello":
            self._hello(cast(Hello, message.data)["sources"])
        elif message.event == "hb":
            self._go_on(self._cursors(message.id))
        return True

    def _hello(self, verdicts: Mapping[str, Verdict]) -> None:
        """Believe a cursor only once the state that belongs to it has arrived."""
        for source, verdict in verdicts.items():
            if verdict["resumed"]:
                self._expect(source, verdict["from"] == str(self.reached.get(source)))
                continue
            self.reached.pop(source, None)
            if verdict["to"] is None:  # there is no such source (any more)
                self.state[source] = {}

    def _snapshot(self, source: str, data: SnapshotEvent) -> bool:
        at, now = self.reached.get(source), Cursor.parse(data["cursor"])
        if at is not None and at.epoch == now.epoch and now.seq < at.seq:
            return False
        self.state[source] = data["channels"]
        self.reached[source] = now
        return True

    def _change(self, message: Message) -> bool:
        source, data = message.source, cast(Change, message.data)
        at, now = self.reached.get(source), self._cursors(message.id).get(source)
        if at is None or now is None or at.epoch != now.epoch:
            raise self._hole(source)
        if now.seq <= at.seq:
            return False
        self._expect(source, not self._every_channel or now.seq == at.seq + 1)
        channels, name = self.state[source], data["channel"]
        channels[name] = merged(channels.get(name), data["data"])
        if not channels[name]:  # its last row is gone, and so is it
            del channels[name]
        self.reached[source] = now
        return True

    def _go_on(self, now: Mapping[str, Cursor]) -> None:
        """Note that there was nothing for us up to here; with every channel there always is."""
        for source, at in list(self.reached.items()):
            ahead = source in now and (now[source].epoch, now[source].seq > at.seq)
            if ahead == (at.epoch, True):
                self._expect(source, not self._every_channel)
                self.reached[source] = now[source]

    def _expect(self, source: str, is_so: bool) -> None:
        if not is_so:
            raise self._hole(source)

    def _hole(self, source: str) -> Hole:
        at = self.reached.pop(source, None)
        return Hole(f"{source}: events are missing after {at or 'its start'}")

    def _cursors(self, text: str) -> dict[str, Cursor]:
        """Return the cursor of each source that the text has one for."""
        parts = zip(self.sources, text.split("_"), strict=False)
        return {source: Cursor.parse(part) for source, part in parts if part}
