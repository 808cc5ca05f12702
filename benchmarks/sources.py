"""What the fold of a declared source costs: a million orders, five figures, in this process."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.judge import rate
from benchmarks.report import Figure
from pitlive.batch import Batch
from pitlive.kind import kind_of
from pitlive.messages import Entry

ORDERS = 1_000_000
AT_ONCE = 20_000
"""As many as the engine folds in one go at a restart."""

PUBLISHED_EVERY = 10
"""Batches between two looks at the rows: what comes in a second at the rate aimed at over HTTP."""

AIM_PER_S = 1_000_000
FEW, MANY = 460, 50_000
COUNTRIES = 30
START_MS = 1_700_000_000_000

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {
        "order": {
            "fields": {
                "item": "text",
                "quantity": "integer",
                "price": {"type": "number", "decimals": 2},
                "country": "text",
                "express": "boolean",
            }
        }
    },
    "stats": [
        {"name": "orders", "kind": "count", "by": ["item"]},
        {"name": "sold", "kind": "mean", "of": "quantity", "by": ["item"]},
        {"name": "prices", "kind": "mean", "of": "price", "by": ["country"]},
        {"name": "express", "kind": "proportion", "of": "express", "by": ["country"]},
        {"name": "best", "kind": "ranking", "of": "quantity", "figure": "sum", "by": ["item"]},
    ],
}


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure the fold with few items and with many."""
    fast = Figure(f"declared source, {FEW} items, five stats", "entries/s", against="aim")
    few = Figure(f"declared source, {FEW} items", "µs/entry", against="aim")
    many = Figure(f"declared source, {MANY:,} items", "µs/entry", against=f"{FEW} items")
    for _ in range(runs):
        (low, folded), (high, folded_too) = _cost_us(FEW), _cost_us(MANY)
        fast.add(rate(1e6, low), AIM_PER_S, got=folded, want=ORDERS)
        few.add(low, 1e6 / AIM_PER_S, got=folded, want=ORDERS)
        many.add(high, low, got=folded_too, want=ORDERS)
    return [fast, few, many]


def _cost_us(items: int) -> tuple[float, int]:
    """Return the processor time an order takes [µs], and how many the state counts at the end.

    Making the orders is not counted.
    """
    kind = kind_of(DECLARED)
    fold, taken = kind.fold(kind.spec(DECLARED)), 0.0
    told: dict[str, Any] = {}
    gc.freeze()  # as the engine does
    random = np.random.default_rng(1)
    for n, start in enumerate(range(0, ORDERS, AT_ONCE), 1):
        batch = Batch.of([_entry(order) for order in orders(random, start, AT_ONCE, items)])
        began = time.process_time()
        fold.apply(batch)
        rows = fold.rows() if n % PUBLISHED_EVERY == 0 else {}
        taken += time.process_time() - began
        told |= rows.get("orders", {})
    return taken / ORDERS * 1e6, sum(row["count"] for row in told.values())


def orders(
    random: np.random.Generator, start: int, size: int, items: int
) -> Iterator[dict[str, Any]]:
    """Yield orders as they are reported, numbered from `start`: 2 million a minute."""
    columns = zip(
        random.integers(0, items, size).tolist(),
        random.integers(1, 9, size).tolist(),
        (random.integers(1, 99_999, size) / 100).tolist(),
        random.integers(0, COUNTRIES, size).tolist(),
        (random.random(size) < 0.3).tolist(),
        strict=True,
    )
    for n, (item, quantity, price, country, express) in enumerate(columns, start):
        yield {
            "uid": f"order/{n}",
            "at_ms": START_MS + n // 33,
            "item": f"i{item}",
            "quantity": quantity,
            "price": price,
            "country": f"c{country}",
            "express": express,
        }


def _entry(order: dict[str, Any]) -> Entry:
    return Entry(order.pop("uid"), "order", order.pop("at_ms"), order)
