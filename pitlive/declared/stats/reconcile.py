"""Reconciliation: what was delivered joined to what was ordered, order by order."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field, model_validator

from pitlive.declared.groups import ALL, Groups
from pitlive.declared.joined import Joined
from pitlive.declared.stat import RowUpdates, StatSpec

MatchStatus = Literal["open", "partial", "completed", "over", "unmatched"]
STATUSES: tuple[MatchStatus, ...] = ("open", "partial", "completed", "over", "unmatched")


class Spec(StatSpec):
    """Row: `{"status", "ordered", "delivered"}`; with the key `""` how many there are of each.

    Joins two types of entries on the fields of `by`, which both have: `entries` delivers what
    `orders` has ordered. `open`: nothing has come; `partial`: less than was ordered;
    `completed`; `over`: more; `unmatched`: something that nobody ordered.
    """

    kind: Literal["reconcile"]
    by: tuple[str, ...] = Field(min_length=1, max_length=5, description="What names the order.")
    orders: str = Field(description="The type of entries that orders; `entries` delivers.")
    of: str = Field("", description="The quantity, a field of both; none: each entry is one.")

    @model_validator(mode="after")
    def _is_flat(self) -> Spec:
        if self.nested:
            raise ValueError("nested: got true, want false: totals have the key of all")
        return self

    @property
    def others(self) -> tuple[str, ...]:
        """Types of entries it is about, besides `entries`."""
        return (self.orders,)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.of else ()


class Stat(Joined):
    """Two sides, the status of each order, and how many have it."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(spec.of, groups)
        self._status: dict[str, MatchStatus] = {}
        self._totals = Counter[MatchStatus]()

    def rows(self) -> RowUpdates:
        """Return the orders that changed, and the totals."""
        touched = self.items.drain()
        keys = map(self.items.keys.__getitem__, touched.tolist())
        sides = [
            zip(side.counts.among(touched).tolist(), side.sums.among(touched), strict=True)
            for side in (self.own, self.other)
        ]
        rows: RowUpdates = {
            key: self._row(key, *came, *ordered)
            for key, came, ordered in zip(keys, *sides, strict=True)
        }
        if rows:
            totals = {status: self._totals[status] for status in STATUSES}
            rows[ALL] = totals if any(totals.values()) else None
        return rows

    def _row(
        self, key: str, deliveries: int, units: int, orders: int, wanted: int
    ) -> dict[str, float | str] | None:
        if before := self._status.pop(key, None):
            self._totals[before] -= 1
        if not deliveries and not orders:
            return None
        less, more, scale = self.scales
        ordered, delivered = wanted * more, units * less
        status = _status(deliveries, delivered, orders, ordered)
        self._status[key] = status
        self._totals[status] += 1
        return {
            "status": status,
            "ordered": ordered if scale == 1 else ordered / scale,
            "delivered": delivered if scale == 1 else delivered / scale,
        }


def _status(deliveries: int, delivered: int, orders: int, ordered: int) -> MatchStatus:
    """Return where an order stands.

    Args:
        deliveries: How many entries delivered.
        delivered: What they add up to.
        orders: How many entries ordered.
        ordered: What they add up to.
    """
    if not orders:
        return "unmatched"
    if delivered > ordered:
        return "over"
    if delivered == ordered:
        return "completed"
    return "partial" if deliveries else "open"
