"""What the tests of the store share."""

from __future__ import annotations

import pytest

from pitlive.store import sources
from pitlive.store.client import Redis, connect


@pytest.fixture
def client(redis_url: str, source: str) -> Redis:
    """A connection to the session's Redis, where `source` is declared."""
    client = connect(redis_url)
    sources.declare(client, source, {"kind": "race"})
    return client
