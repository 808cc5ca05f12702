"""How far a reader of some channels of some sources has come, and the bytes to go further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pitlive.hub import sse
from pitlive.messages import Cursor, Event, is_personal, matches

SOMEBODY = b'{"channel":"messages","data":{}}'
"""Stands for an event that is for one user alone."""

NOWHERE = Cursor("0", 0)
"""Where a reader is in a source that does not exist yet: every id has a part for each source."""


class Position:
    """One cursor a source, in the order that was asked for.

    >>> at = Position(["a", "b"], ["*"], {"a": Cursor("k3f9", 4)})
    >>> at.cursor
    'k3f9.4_0.0'
    >>> at.messages("a", [Event(5, "standings", b'{"channel":"standings"}', "9f86d081")])
    b'id: k3f9.5.9f86d081_0.0\\ndata: {"source":"a","channel":"standings"}\\n\\n'
    """

    def __init__(
        self, sources: Sequence[str], patterns: Sequence[str], reached: Mapping[str, Cursor]
    ) -> None:
        self.sources = tuple(sources)
        self.patterns = tuple(patterns)
        self.reached = dict(reached)
        self._wanted: dict[str, bool] = {}

    @property
    def cursor(self) -> str:
        """The id that stands for this position."""
        return "_".join(str(self.reached.get(s, NOWHERE)) for s in self.sources)

    def messages(self, source: str, events: Iterable[Event]) -> bytes:
        """Go over these events and return those that are wanted, as they are sent."""
        return b"".join(self._message(source, event) for event in events)

    def _message(self, source: str, event: Event) -> bytes:
        self.reached[source] = self.reached[source].at(event)
        data = event.message if self._wants(event.channel) else self._withheld(event)
        if not data:
            return b""
        if len(self.sources) > 1:
            data = b'{"source":"%s",%s' % (source.encode(), data[1:])
        return sse.event(data, id=self.cursor)

    def _withheld(self, event: Event) -> bytes:
        """A reader of all channels counts events: it hears that there was one for somebody."""
        return SOMEBODY if "*" in self.patterns and is_personal(event.channel) else b""

    def _wants(self, channel: str) -> bool:
        if channel not in self._wanted:
            self._wanted[channel] = matches(channel, self.patterns)
        return self._wanted[channel]
