"""One stack for the faults that leave it as it was, and the scene that each is struck into."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from subprocess import run
from typing import Any

import pytest

from pitlive.store import embedded
from tests.conftest import show_logs
from tests.faults.scene import Scene
from tests.lacking import mount
from tests.stack import Stack


@pytest.fixture(scope="session")
def _struck() -> Iterator[Stack]:
    # Leases and patience with readers are long: who is only slow loses nothing.
    stack = Stack(engines=2, workers=2, lease_ms=6000, heartbeat_s=1, drain_s=1, stall_s=300)
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


@pytest.fixture
def stack_of(stack_class: type[Stack]) -> Iterator[Callable[..., Stack]]:
    """Make stacks whose Redis has options of its own, `stack_of("--maxclients", "9")`.

    `parts=["redis"]` starts only those, `parts=[]` none.
    """
    made: list[Stack] = []

    def make(
        *options: str, parts: Sequence[str] | None = None, disk: str = "", **settings: object
    ) -> Stack:
        made.append(one := stack_class(lease_ms=2000, **settings))
        folder = one.folder / "redis"
        folder.mkdir()
        if disk:
            mount(folder, disk)
        leash = [sys.executable, "-m", "pitlive.processes"]
        one.commands["redis"] = [*leash, *embedded.command(one.folder), *options]
        return one if parts == [] else one.start(*parts or ())

    try:
        yield make
    finally:
        for one in made:
            for part in reversed(list(one.commands)):
                if part in one.running:
                    one.kill(part)
            if (one.folder / "redis").is_mount():
                run(["umount", one.folder / "redis"], check=True)
            one.stop()
