"""From an entry to a receiver through real processes, whichever of them is killed.

`pytest tests/courier/test_killed.py --fault-runs 20` is the long form of the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pitlive.store import outbox, sources
from pitlive.store.client import connect
from tests.courier.receiver import Receiver
from tests.stack import Stack, wait_for

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {name: {"fields": {"item": "text"}} for name in ("order", "delivery")},
    "stats": [
        {"name": "stock", "kind": "level", "by": ["item"], "adds": "delivery"},
        {"name": "short", "kind": "low_water", "stat": "stock", "low": 0},
    ],
}


class Shop:
    """A stock whose items run short and are delivered, and a webhook for both."""

    def __init__(self, stack: Stack, receiver: Receiver) -> None:
        self.stack, self.receiver = stack, receiver
        self.client = connect(stack.redis_url)
        self._url = f"{stack.url}/api/v1/sources/shop"
        hook = {"name": "supplier", "stat": "short", "url": receiver.url, "on": "both",
                "timeout_s": 60}  # fmt: skip
        assert httpx.put(self._url, json=DECLARED | {"webhooks": [hook]}).status_code == 200
        self._posted = 0

    def post(self, type: str, *items: str) -> None:
        """Report an order or a delivery of each item."""
        self._posted += len(items)
        made = [
            {"type": type, "uid": f"{self._posted}/{n}", "item": i} for n, i in enumerate(items)
        ]

        def is_taken() -> bool:  # Redis may just have been killed
            return httpx.post(f"{self._url}/entries", json=made).status_code == 200

        wait_for(is_taken, "entries taken", self.stack)

    def is_folded(self) -> bool:
        """Whether the engine has published all that was reported."""
        return sources.waiting(self.client, ["shop"]) == []

    def delivered(self) -> int:
        """How many notices have arrived, by the courier's word."""
        return outbox.counts(self.client, "shop")["delivered"]


@pytest.fixture
def shop(stack: Callable[..., Stack], receiver: Receiver) -> Shop:
    """A running server with a courier, and the shop in it."""
    return Shop(
        stack(courier=True, lease_ms=500, webhook_private=True, webhook_backoff_ms=1), receiver
    )


def test_whatever_is_killed_every_run_is_told_once(
    shop: Shop, request: pytest.FixtureRequest
) -> None:
    """`kill -9` of engine, courier and Redis between publish and delivery."""
    for run in range(request.config.getoption("--fault-runs")):
        items = [f"item{run}-{n}" for n in range(20)]
        shop.receiver.open.clear()
        waiting = len(shop.receiver.got)
        shop.post("order", *items)
        wait_for(lambda: len(shop.receiver.got) > waiting, "a request", shop.stack)  # noqa: B023
        wait_for(shop.is_folded, "folding", shop.stack)
        for part in ("engine", "courier", "redis"):
            shop.stack.restart(part)
        shop.receiver.open.set()
        shop.post("delivery", *items)
        shop.stack.restart("engine")
        wait_for(lambda: shop.delivered() == 40 * (run + 1), "delivery", shop.stack)  # noqa: B023

        first = {got.id: got for got in reversed(shop.receiver.got)}
        told = sorted(first.values(), key=shop.receiver.got.index)
        assert {got.body for got in shop.receiver.got} == {got.body for got in told}
        for item in items:
            of_item = [(got.type, got.data["run"]) for got in told if got.data["key"] == item]
            assert of_item == [("supplier.on", 1), ("supplier.off", 1)]


def test_a_receiver_that_hangs_keeps_no_figure_waiting(shop: Shop) -> None:
    """The engine goes on to the last entry while not one notice gets through."""
    shop.receiver.open.clear()
    for n in range(10):
        shop.post("order", *(f"item{n}-{m}" for m in range(20)))
    wait_for(lambda: bool(shop.receiver.got), "a request", shop.stack)
    wait_for(shop.is_folded, "folding", shop.stack)

    assert shop.delivered() == 0
    assert outbox.counts(shop.client, "shop")["pending"] == 200
