"""Redis, asked from the courier's loop: one thing at a time, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pitlive.store.client import connect

T = TypeVar("T")


class CourierStore:
    """A connection to Redis that keeps no loop waiting."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url, retries=0)
        self._thread = ThreadPoolExecutor(1, "store")

    async def ask(self, ask: Callable[..., T], *args: Any) -> T:
        """Return what a function of `pitlive.store` returns, which is given the connection first.

        Raises:
            StoreUnavailable: Redis is away; and whatever else the function raises.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, ask, self._redis, *args)
