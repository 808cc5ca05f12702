"""What the fold makes of a body's entries, for a sender who waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from pitlive.messages import Rejection
from pitlive.numerics import NEVER
from pitlive.store import entries, outcomes
from pitlive.store.client import Redis

USUAL_S = 2.0
"""How long an answer waits where that is usual for the kind of source: many times what it takes."""

LONGEST_S = 10.0
"""Waiting longer than this is of no use: the engine is not there."""


@dataclass(slots=True)
class Awaited:
    """Entries of a body whose sender wants to know what the fold makes of them.

    Attributes:
        within_s: How long the answer may wait for that.
        is_folded: Whether all of them are in the published state.
    """

    within_s: float
    is_folded: bool = False
    _places: dict[str, int] = field(default_factory=dict)
    _repeats: set[str] = field(default_factory=set)

    def note(
        self,
        client: Redis,
        source: str,
        uids: Sequence[str],
        appended: entries.Appended,
        places: Sequence[int],
    ) -> None:
        """Remember what was appended at once, and where in the body each stood."""
        ids = outcomes.ids(client, source, uids)
        first = entries.place(appended.last)[1] - appended.accepted if appended.last else NEVER
        self._repeats.update(id for id in ids if entries.place(id)[1] <= first)
        self._places |= dict(zip(ids, places, strict=True))

    def wait(self, client: Redis, source: str) -> Iterator[tuple[int, Rejection, bool]]:
        """Wait until all are folded in; yield what was not taken: where, why, and if a repeat."""
        if not self._places:
            return
        last = max(self._places, key=entries.place)
        self.is_folded = outcomes.await_folded(client, source, last, self.within_s)
        for id, why in outcomes.refused(client, source, self._places).items():
            yield self._places[id], why, id in self._repeats


def preferred_s(headers: Headers) -> float | None:
    """Return how long the sender prefers to wait (RFC 7240), None if it does not say.

    >>> preferred_s(Headers({"Prefer": "wait=3"})), preferred_s(Headers())
    (3.0, None)
    >>> preferred_s(Headers({"Prefer": "respond-async"}))
    0.0
    >>> preferred_s(Headers({"Prefer": 'wait="3"'}))
    3.0
    """
    for preference in headers.get("Prefer", "").split(","):
        name, _, written = parse_options_header(preference)[0].partition("=")
        value = written.strip().strip('"')
        if name.strip().lower() == "respond-async":
            return 0.0
        if name.strip().lower() == "wait" and value.isdecimal():
            return min(float(value), LONGEST_S)
    return None
