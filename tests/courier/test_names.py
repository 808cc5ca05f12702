"""Names that nobody answers hold up no other."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pitlive.courier.addresses import NoRoom, Resolver

HANG = ["hangs0", "hangs1", "hangs2"]


@pytest.fixture
def may_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While cleared, names that hang do; every other is this machine's."""
    ask, open = socket.getaddrinfo, threading.Event()

    def slow(host: str, *args: Any, **how: Any) -> Any:
        if host in HANG:
            open.wait()
        return ask("127.0.0.1", *args, **how)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield open
    open.set()


async def hang(names: Resolver, host: str) -> None:
    """Wait for a name in vain."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(names.find(host, 80, private=True), 0.05)


def test_names_that_hang_leave_room_for_those_that_do_not(may_answer: threading.Event) -> None:
    """Those that have hung before are asked for two at a time here; answered, one is as any."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
        names = Resolver(most_hanging=2)
        for host in HANG:
            await hang(names, host)
        may_answer.set()
        while names._asking:
            await asyncio.sleep(0.001)
        may_answer.clear()
        for host in HANG[:2]:
            await hang(names, host)
        with pytest.raises(NoRoom, match="hangs2: its address was not found in time"):
            await names.find("hangs2", 80, private=True)
        assert await names.find("quick", 80, private=True) == ["127.0.0.1"]
        may_answer.set()
        for host in HANG:
            assert await names.find(host, 80, private=True) == ["127.0.0.1"]

    with ThreadPoolExecutor(1) as thread:  # in this one a browser's loop may be running
        thread.submit(asyncio.run, run()).result()
