"""One stack for the faults that leave it as it was, and the scene that each is struck into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import show_logs
from tests.faults.scene import Scene
from tests.stack import Stack


@pytest.fixture(scope="session")
def _struck() -> Iterator[Stack]:
    stack = Stack(engines=2, workers=2, lease_ms=2000, heartbeat_s=1, drain_s=1)
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture
def struck(_struck: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack of two engines and two web workers, all running when the test begins."""
    if gone := [part for part in _struck.commands if part not in _struck.running]:
        _struck.start(*gone)
    yield _struck
    show_logs(request, _struck)


@pytest.fixture
def scene(source: str) -> Iterator[Callable[..., Scene]]:
    """Set up readers and a writer on a stack, `scene(stack)`; they begin when told to."""
    made: list[Scene] = []

    def make(stack: Stack, **how: Any) -> Scene:
        names = [f"{source}-{len(made)}{letter}" for letter in "ab"]
        made.append(Scene(stack, names, **how))
        return made[-1]

    yield make
    for one in made:
        one.stop()
