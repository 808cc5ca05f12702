"""Which sources are whose: found by looking, and what follows from it for this engine."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pitlive.engine.share import share
from pitlive.errors import DamagedSource
from pitlive.store import damage, engines, lease, sources
from pitlive.store.client import Redis

SETTLED_S = 8.0
"""How long the same engines must have lived before one gives anything back: those that start
together, or again, sort it out by what is free, and nothing is folded twice."""

LEFT_S = 5.0
"""Nobody following a source for so long is told of, and then anyone takes it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look around has found.

    Attributes:
        wanted: Sources to take now → who has the lease and lives no longer, or "".
        lost: Sources of ours that are another's, or gone.
        surplus: How many of ours another engine is to have.
        others: Sources that another living engine has.
        damaged: Sources that nobody can take, and why.
    """

    wanted: Mapping[str, str]
    lost: Collection[str]
    surplus: int
    others: Collection[str]
    damaged: Mapping[str, DamagedSource]


class Leases:
    """What an engine knows of all leases."""

    def __init__(self, client: Redis, engine: str, lease_ms: int) -> None:
        self._client = client
        self._engine = engine
        self._hold_s = lease_ms / 1000
        self._free_since: dict[str, float] = {}
        self._engines: tuple[frozenset[str], float] = frozenset(), 0.0
        self._shy_until = 0.0

    def look(self, ours: Collection[str]) -> Finding:
        """Read who has what, and say what to do about it.

        Args:
            ours: The sources that we follow.
        """
        asked = time.monotonic()
        holders = lease.holders(self._client, sources.names(self._client))
        counts = self._counts(holders)  # after the leases: who has one was alive by then
        if time.monotonic() - asked > self._hold_s / 2:  # so long nobody may have beaten
            self.shy()
        free = {
            source: holder
            for source, holder in holders.items()
            if holder not in counts or (holder == self._engine and source not in ours)
        }
        damaged = damage.among(self._client, list(free), ("meta", "lease"))
        free = {source: holder for source, holder in free.items() if source not in damaged}
        lost = [source for source in ours if holders.get(source) != self._engine]
        vacant = share(counts, len(holders), self._engine) - (len(ours) - len(lost))
        is_settled = self._is_settled(counts)  # at every look: it is told since when
        surplus = -vacant if vacant < 0 and is_settled else 0
        others = holders.keys() - free.keys() - damaged.keys() - set(ours)
        return Finding(self._wanted(free, vacant), lost, surplus, others, damaged)

    def shy(self) -> None:
        """Redis was away, or we were: so may the others have been, who will beat again."""
        self._shy_until = time.monotonic() + self._hold_s

    def left(self) -> list[str]:
        """Return the sources that nobody has followed for long."""
        now = time.monotonic()
        return [s for s, since in list(self._free_since.items()) if now - since > LEFT_S]

    def _counts(self, holders: Mapping[str, str]) -> dict[str, int]:
        """How many sources each living engine has; we live."""
        counts = dict.fromkeys([*engines.living(self._client), self._engine], 0)
        for holder in holders.values():
            if holder in counts:
                counts[holder] += 1
        return counts

    def _is_settled(self, counts: Mapping[str, int]) -> bool:
        """Whether the same engines have lived for a while."""
        if counts.keys() != self._engines[0]:
            self._engines = frozenset(counts), time.monotonic()
        return time.monotonic() - self._engines[1] > SETTLED_S

    def _wanted(self, free: Mapping[str, str], vacant: int) -> dict[str, str]:
        """Return the free sources to take now, those with entries waiting before the rest."""
        now = time.monotonic()
        self._free_since = {source: self._free_since.get(source, now) for source in free}
        if now < self._shy_until:
            free = {source: name for source, name in free.items() if name in ("", self._engine)}
        first = set(sources.waiting(self._client, list(free)))
        order = sorted(free, key=lambda source: source not in first)
        left = [source for source in self.left() if source in free]
        return {source: free[source] for source in [*order[: max(0, vacant)], *left]}
