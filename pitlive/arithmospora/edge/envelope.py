"""The dialect of the Arithmospora programme: `{"event", "payload"}`, a stat as a whole.

A stat that has changed several times is told once, at the place of its last change. So each
message may have the id of that place: whatever it leaves out has a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pitlive.arithmospora.edge.nested import FeedView
from pitlive.arithmospora.edge.reached import milestones
from pitlive.datapoints.names import Called
from pitlive.hub import sse
from pitlive.hub.ports import State
from pitlive.hub.position import Position
from pitlive.messages import Event, Json
from pitlive.patch import SAME, difference


@dataclass(frozen=True, slots=True)
class Choice:
    """Which stats a reader wants, and how.

    Attributes:
        only: `group:key` of those it wants; all if empty.
        other_than: Of those it does not want.
        patches: A changed stat is told as a merge patch, under `patch:` instead of `stats:`.
    """

    only: frozenset[str] = frozenset()
    other_than: frozenset[str] = frozenset()
    patches: bool = False

    def wants(self, stat: Called) -> bool:
        """Tell whether a stat is among those it wants.

        >>> total = Called("rolling", "5m:total", "total")
        >>> Choice(frozenset({"rolling:5m:total"})).wants(total)
        True
        >>> Choice(other_than=frozenset({"rolling:5m:total"})).wants(total)
        False
        """
        return stat.full not in self.other_than and (not self.only or stat.full in self.only)


def message(event: str, payload: Json, id: str = "") -> bytes:
    r"""Return one message, unnamed, so that a page that knows no names hears it.

    >>> message("stats:other:n", {"name": "n"}, "k3f9.7")
    b'id: k3f9.7\ndata: {"event":"stats:other:n","payload":{"name":"n"}}\n\n'
    """
    return sse.event(orjson.dumps({"event": event, "payload": payload}), id=id)


class Envelope:
    """The stats of one source, of which a reader has made a choice."""

    def __init__(self, view: FeedView, choice: Choice) -> None:
        self._view, self._choice = view, choice
        self._sent: dict[str, Json] = {}

    @property
    def name(self) -> object:
        """Readers of one view who have made the same choice are told the same."""
        return self._view, self._choice

    def states(self, states: Mapping[str, State], cursor: str) -> bytes:
        """Put every stat once; only with the last does the reader have all."""
        if not states:
            return b""
        self._view.advance()
        wanted = [name for name, stat in self._view.stats.items() if self._choice.wants(stat)]
        ids = [*[""] * (len(wanted) - 1), cursor]
        return b"".join(self._whole(name, id) for name, id in zip(wanted, ids, strict=False))

    def missed(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Put every stat that has changed as a whole, and the milestones one by one."""
        return self._put(position, source, events, self._whole)

    def news(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Put the same, as patches where they are wanted."""
        put = self._patch if self._choice.patches else self._whole
        return self._put(position, source, events, put)

    def _put(
        self,
        position: Position,
        source: str,
        events: Iterable[Event],
        put: Callable[[str, str], bytes],
    ) -> bytes:
        self._view.advance()
        latest: dict[object, tuple[str, Callable[[Any, str], bytes], Any]] = {}
        for event in events:
            reached = position.reached[source] = position.reached[source].at(event)
            stat = self._view.stats.get(event.channel)
            if stat is not None and self._choice.wants(stat):
                latest.pop(event.channel, None)
                latest[event.channel] = position.cursor, put, event.channel
            elif event.channel in self._view.milestones:
                found = list(milestones(event.message, self._view.milestones[event.channel]))
                latest[reached] = position.cursor, _milestones, found
        return b"".join(put(what, id) for id, put, what in latest.values())

    def _whole(self, name: str, id: str) -> bytes:
        return message(f"stats:{self._view.stats[name].full}", self._view.stat(name), id)

    def _patch(self, name: str, id: str) -> bytes:
        """A group has been told what its first readers were given, or what was told last."""
        now, before = self._view.stat(name), self._sent.get(name)
        self._sent[name] = now
        if before is None:
            return self._whole(name, id)
        patch = difference(before, now)
        changed = {} if patch is SAME else patch
        return message(f"patch:{self._view.stats[name].full}", changed, id)


def _milestones(found: Sequence[Json], id: str) -> bytes:
    """Put what was reached; only the last has the id, if there are several."""
    ids = [*[""] * (len(found) - 1), id]
    return b"".join(message("milestone", one, id) for one, id in zip(found, ids, strict=False))
