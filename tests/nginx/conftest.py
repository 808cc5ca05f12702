"""The servers of these tests have nginx in front, and streams on a process of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fronted import Fronted
from tests.stack import Stack


@pytest.fixture(scope="session")
def _shared_stack() -> Iterator[Stack]:
    stack = Fronted(workers=2)
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture
def stack_class() -> type[Stack]:
    """Private servers are fronted too."""
    return Fronted
