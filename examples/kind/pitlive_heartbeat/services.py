"""The fold of heartbeats: when each service was last heard of; time alone takes it down."""

from __future__ import annotations

from collections.abc import Sequence

from pitlive.messages import Entry, Fold, Json, Rejection, Rows


class Services(Fold):
    """Services and when each was last heard of.

    >>> services = Services(every_ms=1000)
    >>> _ = services.apply([Entry("a", "beat", 500, {"service": "db"})])
    >>> services.rows(), services.due_ms
    ({'services': {'db': {'is_up': True, 'beats': 1, 'last_ms': 500}}}, 1500)
    >>> _ = services.apply([Entry("tick/1600", "tick", 1600, {})])
    >>> services.rows()["services"]["db"]["is_up"], services.due_ms
    (False, None)
    """

    def __init__(self, every_ms: int) -> None:
        self._every_ms, self._now_ms = every_ms, 0
        self._last_ms: dict[str, int] = {}
        self._beats: dict[str, int] = {}

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold entries in; ticks, which the engine enters when time is due, say only when."""
        for entry in batch:
            self._now_ms = max(self._now_ms, entry.at_ms)
            if entry.type == "beat":
                service = entry.data["service"]
                self._last_ms[service] = max(self._last_ms.get(service, 0), entry.at_ms)
                self._beats[service] = self._beats.get(service, 0) + 1
        return []

    def rows(self) -> Rows:
        """Return all rows: readers are told of those that changed."""
        return {"services": {service: self._row(service) for service in self._last_ms}}

    @property
    def due_ms(self) -> int | None:
        """When the next service will be down if nothing is heard [ms], None if none can be."""
        ends = (last_ms + self._every_ms for last_ms in self._last_ms.values())
        return min((end for end in ends if end > self._now_ms), default=None)

    def _row(self, service: str) -> dict[str, Json]:
        last_ms = self._last_ms[service]
        is_up = self._now_ms < last_ms + self._every_ms
        return {"is_up": is_up, "beats": self._beats[service], "last_ms": last_ms}
