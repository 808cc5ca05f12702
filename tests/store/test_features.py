"""What is asked of a Redis that is not ours."""

from __future__ import annotations

from collections.abc import Callable

from pitlive.store import features
from pitlive.store.client import connect
from tests.stack import Stack


def test_the_embedded_server_leaves_no_doubt(redis_url: str) -> None:
    """It can do all that is needed, and is set to keep what it acknowledged."""
    features.require(connect(redis_url))
    assert list(features.doubts(connect(redis_url))) == []


def test_a_server_that_may_forget_is_told_on(stack: Callable[..., Stack]) -> None:
    """The person who runs it hears what is set, what is wanted, and why."""
    client = connect(stack(parts=["redis"]).redis_url)
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("appendonly", "no")

    assert [doubt.partition(", want")[0] for doubt in features.doubts(client)] == [
        "redis: maxmemory-policy is allkeys-lru",
        "redis: appendonly is no",
    ]
