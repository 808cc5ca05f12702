"""A made-up parts store: a working day of orders, and what suppliers bring.

Customers order parts, some of them in bursts. Where a part runs low the store orders from its
supplier, who brings all of it, a part of it, too much or nothing, and now and then something
nobody ordered. What is ordered when there is none left is demand.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from pitlive.messages import Json

BEGIN_MS, END_MS = 1_775_026_800_000, 1_775_062_800_000
"""Seven in the morning to five in the afternoon of 1 April 2026, UTC."""

LIVE_MS = BEGIN_MS + 6 * 3_600_000
"""A replay shows the morning at once, and the afternoon as it passes."""

PARTS = {
    "Bearings": ("6001", "6002", "6003", "6004", "6201", "6202", "6203", "6204"),
    "Belts": ("A-38", "A-42", "A-46", "B-52", "B-60", "B-68"),
    "Bolts": ("M4x20", "M5x16", "M5x25", "M6x20", "M6x30", "M8x25", "M8x40", "M10x50"),
    "Filters": ("Air 120", "Air 160", "Fuel 10", "Fuel 30", "Oil 57", "Oil 76"),
    "Hoses": ("10 mm", "12 mm", "16 mm", "19 mm", "25 mm"),
    "Seals": ("22x35", "25x40", "30x47", "35x52", "40x62", "45x65", "50x72"),
}
"""Made by one supplier each."""

SUPPLIERS = dict(
    zip(PARTS, ("Aldine", "Brook & Co", "Cask", "Dell", "Ember", "Flint"), strict=True)
)
OPENING = 40
"""What there is of every part in the morning."""

LOW = 12
"""Below it the store orders."""

APART_MS = 12_000
"""Mean time between two orders."""

BURSTS = 9
"""Times that one part is wanted by everybody for some minutes."""

RETURNED, TWICE = 0.01, 0.01
"""Shares of the orders that are cancelled, and of all that is sent that is sent twice."""

MINUTE_MS = 60_000


@dataclass(slots=True)
class Shop:
    """What there is, what is on its way, and until when the store waits for it."""

    chance: Random
    levels: dict[str, int]
    patient: dict[str, int] = field(default_factory=dict)
    to_come: list[tuple[int, int, dict[str, Json]]] = field(default_factory=list)
    ordered: int = 0
    bought: int = 0
    planned: int = 0


def entries(seed: int) -> Iterator[dict[str, Json]]:
    """Yield orders, purchases and deliveries, in the order of their arrival.

    >>> sorted(next(entries(1)))
    ['at_ms', 'item', 'number', 'part', 'quantity', 'type']
    """
    chance = Random(seed)
    items = [f"{part} {name}" for part, names in PARTS.items() for name in names]
    store = Shop(chance, dict.fromkeys(items, OPENING))
    for at_ms, item in sorted(_wanted(items, chance)):
        yield from _come(store, at_ms)
        for one in _ordered(store, item, at_ms):
            yield one
            if chance.random() < TWICE:
                yield one
    yield from _come(store, END_MS)


def _wanted(items: list[str], chance: Random) -> Iterator[tuple[int, str]]:
    """Yield when which item is wanted."""
    liked = [chance.paretovariate(2) for _ in items]
    at_ms = float(BEGIN_MS)
    while (at_ms := at_ms + chance.expovariate(1 / APART_MS)) < END_MS:
        yield round(at_ms), chance.choices(items, liked)[0]
    for _ in range(BURSTS):
        start, item = chance.randrange(BEGIN_MS, END_MS - 10 * MINUTE_MS), chance.choice(items)
        for _ in range(chance.randint(12, 25)):
            yield start + chance.randrange(6 * MINUTE_MS), item


def _ordered(store: Shop, item: str, at_ms: int) -> Iterator[dict[str, Json]]:
    """Yield an order, and what it leads to."""
    store.ordered += 1
    number, quantity = f"O-{store.ordered:05}", store.chance.choices((1, 2, 3, 5), (6, 3, 2, 1))[0]
    store.levels[item] -= quantity
    yield {"type": "order", "number": number, **_of(item), "quantity": quantity, "at_ms": at_ms}
    if store.chance.random() < RETURNED:
        store.levels[item] += quantity
        yield {"type": "retract", "amends": f"order/{number}", "at_ms": at_ms, "revision": 1}
    elif store.levels[item] < LOW and store.patient.get(item, 0) < at_ms:
        yield _purchase(store, item, at_ms)


def _purchase(store: Shop, item: str, at_ms: int) -> dict[str, Json]:
    """Order from the supplier of an item, who will do about that."""
    store.bought += 1
    number, chance = f"P-{store.bought:04}", store.chance
    quantity = chance.choice((30, 40, 60)) - min(0, store.levels[item])
    late_ms = round(chance.uniform(15, 60) * MINUTE_MS)
    store.patient[item] = at_ms + 3 * late_ms
    shares = chance.choices(((1.0,), (0.5, 0.5), (0.6,), (1.2,), ()), (74, 10, 7, 5, 4))[0]
    for n, share in enumerate(shares):
        brought = {"purchase": number, **_of(item), "quantity": round(quantity * share)}
        _plan(store, at_ms + late_ms * (n + 1), brought)
    if chance.random() < 0.02:
        _plan(store, at_ms + late_ms, {"purchase": f"X-{number}", **_of(item), "quantity": 10})
    supplier = SUPPLIERS[item.split()[0]]
    bought = {"purchase": number, **_of(item), "quantity": quantity, "supplier": supplier}
    return {"type": "purchase", **bought, "at_ms": at_ms}


def _plan(store: Shop, at_ms: int, brought: dict[str, Json]) -> None:
    store.planned += 1
    heapq.heappush(store.to_come, (at_ms, store.planned, brought))


def _come(store: Shop, now_ms: int) -> Iterator[dict[str, Json]]:
    """Yield what has been delivered up to now."""
    while store.to_come and store.to_come[0][0] <= now_ms:
        at_ms, number, brought = heapq.heappop(store.to_come)
        store.levels[brought["item"]] += brought["quantity"]
        store.patient.pop(brought["item"], None)
        yield {"type": "delivery", "number": f"D-{number:05}", **brought, "at_ms": at_ms}


def _of(item: str) -> dict[str, Json]:
    return {"item": item, "part": item.split()[0]}
