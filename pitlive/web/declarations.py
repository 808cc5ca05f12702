"""What the sources are declared as, kept by this worker and looked at once a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from pitlive.errors import BadSpec, DamagedSource, UnknownSource
from pitlive.kind import Kind, kind_of
from pitlive.messages import Json
from pitlive.reported import MOST_GROUPS
from pitlive.settings import Settings
from pitlive.store import deletion, entries, sources
from pitlive.store.client import Redis
from pitlive.store.snapshot import snapshot

LOOK_EVERY_S = 1.0
"""How long a worker takes a declaration for the one in force; nothing is appended by another."""

OPEN: Mapping[str, Json] = {}
"""What a source is that is fed before it is declared: one of the default kind."""


@dataclass(slots=True)
class CurrentDeclaration:
    """A source's declaration, its version, and the newest event time when it was looked at.

    Attributes:
        edition: What tells it from another one, of another source of this name too.
    """

    spec: Mapping[str, Json]
    version: int
    edition: tuple[bytes | None, ...]
    at_ms: int | None
    looked: float


class Declarations:
    """The declarations that this worker has met; at most as many as there are sources."""

    def __init__(self, client: Redis, settings: Settings) -> None:
        self._client = client
        self._open = settings.open_sources
        self._most_groups = settings.most_groups
        self._known: dict[str, CurrentDeclaration] = {}

    def of(self, source: str) -> CurrentDeclaration:
        """Return the declaration of a source, made one of the default kind if that is allowed.

        Raises:
            UnknownSource: It has not been declared, and that is not allowed.
        """
        known = self._known.get(source)
        if known and time.monotonic() - known.looked < LOOK_EVERY_S:
            return known
        return self._look(source, known)

    def declare(self, source: str, declared: Mapping[str, Json]) -> CurrentDeclaration:
        """Declare a source, or change its declaration.

        Raises:
            BadSpec: The declaration is not valid.
        """
        kind = kind_of(declared)
        spec = self._bounded(kind, kind.spec(declared))
        sources.declare(self._client, source, spec)
        return self.again(source)

    def _bounded(self, kind: Kind, spec: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return a declaration with our bound of its groups, where that is not the usual one.

        It is part of the declaration, so that figures depend on nothing else.
        """
        asked, most = spec.get("most_groups"), self._most_groups
        if asked is not None and asked > most:
            raise BadSpec(
                f"most_groups: got {asked:,}, want at most {most:,}, which this server is set to"
            )
        is_usual = asked is not None or most == MOST_GROUPS or not kind.has_groups
        return spec if is_usual else {**spec, "most_groups": most}

    def delete(self, source: str) -> None:
        """Delete a source with all that belongs to it.

        Raises:
            UnknownSource: There is none.
        """
        self._known.pop(source, None)
        deletion.delete(self._client, source)

    def again(self, source: str) -> CurrentDeclaration:
        """Forget what is known of a source, as after Redis lost it, and look anew.

        Raises:
            UnknownSource: It is not declared, and open sources are not allowed.
        """
        self._known.pop(source, None)
        return self.of(source)

    def is_in_force(self, source: str, declared: CurrentDeclaration) -> bool:
        """Tell whether a source is declared as this says, whenever it was looked at."""
        return sources.edition(self._client, source) == declared.edition

    def _look(self, source: str, known: CurrentDeclaration | None) -> CurrentDeclaration:
        edition = sources.edition(self._client, source)
        if edition[0] is None:
            self._known.pop(source, None)
            self._declare_default(source)
            edition = sources.edition(self._client, source)
        unchanged = known is not None and known.edition == edition
        spec = known.spec if known and unchanged else sources.meta(self._client, source).spec
        at_ms = newest_ms(self._client, source, kind_of(spec).clock)
        found = CurrentDeclaration(spec, int(edition[0] or 0), edition, at_ms, time.monotonic())
        self._known[source] = found
        return self._known[source]

    def _declare_default(self, source: str) -> None:
        if not self._open:
            if isinstance(bad := sources.undeclared(self._client, source), DamagedSource):
                raise bad
            raise UnknownSource(
                f"source: {source!r} has not been declared, want PUT /api/v1/sources/{source} "
                f"first (`pitlive declare {source} FILE`), or open_sources set, under which "
                "entries make any name a source of the default kind"
            )
        spec = kind_of(OPEN).spec(OPEN)
        sources.declare(self._client, source, spec, only_new=True)


def newest_ms(client: Redis, source: str, clock: tuple[str, str] | None) -> int | None:
    """Return how far event time has come: in the published state, or by the newest entries.

    Where all of these are in the state it alone is right: it knows what was taken back.

    Args:
        clock: Channel and row of the state that say it, if its kind publishes that.
    """
    reached = [] if clock is None else _published(client, source, *clock)
    if reached and not sources.waiting(client, [source]):
        return reached[0]
    if (logged := entries.newest_ms(client, source)) is not None:
        reached.append(logged)
    return max(reached, default=None)


def _published(client: Redis, source: str, name: str, row: str) -> list[int]:
    rows = snapshot(client, source, [name]).channels.get(name, {})
    return [int(orjson.loads(rows[row]))] if row in rows else []
