"""Connections to Redis: what is held stays one connection, or nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
import redis

from pitlive.errors import BadSpec, NotAcknowledged, StoreUnavailable
from pitlive.store.client import connect, keeps_all
from tests.stack import free_port


@pytest.mark.parametrize("retries", [0, 1])
def test_a_held_connection_that_is_lost_is_not_made_anew(
    redis_url: str, source: str, retries: int
) -> None:
    """Whatever became of the first error; and by no retry."""
    client = connect(redis_url, retries)
    admin = redis.Redis.from_url(redis_url)
    with client.held():
        client.set(source, "before")
        admin.client_kill_filter(_id=client.client_id())
        with suppress(StoreUnavailable):
            client.set(source, "after")
        with pytest.raises(StoreUnavailable, match="away"):
            client.set(source, "after")
        pipe = client.pipeline()
        pipe.set(source, "after")
        with pytest.raises(StoreUnavailable, match="away"):
            pipe.execute()

    assert client.get(source) == b"before"


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [
        (BadSpec("kind: got 1"), True),
        (StoreUnavailable("redis: away"), False),
        (NotAcknowledged("redis: not on its disk"), False),
        (KeyboardInterrupt(), False),
    ],
    ids=["BadSpec", "StoreUnavailable", "NotAcknowledged", "KeyboardInterrupt"],
)
def test_a_mistake_of_a_sender_costs_no_connection(
    redis_url: str, error: BaseException, is_kept: bool
) -> None:
    """All else does, for an answer may still be on its way, or another server may be the one."""
    client = connect(redis_url, retries=0)
    seen: list[int] = []

    def fail() -> None:
        with client.held():
            seen.append(client.client_id())
            raise error

    with pytest.raises(type(error)):
        fail()
    assert ([client.client_id()] == seen) == is_kept


def test_one_connection_is_held_at_a_time(redis_url: str) -> None:
    """A second one would be for ever away from the others."""
    client = connect(redis_url)
    with client.held():
        before = client.client_id()
        with pytest.raises(RuntimeError, match="already"), client.held():
            pass
        assert client.client_id() == before


def test_a_redis_that_is_away_is_not_one_that_keeps_less(redis_url: str) -> None:
    """One that forbids to ask is: nobody knows."""
    admin = redis.Redis.from_url(redis_url)
    admin.execute_command("ACL", "SETUSER", "asks", "on", ">x", "+@all", "-config")
    try:
        address = redis_url.replace("://", "://asks:x@", 1)
        assert not keeps_all(connect(address))
    finally:
        admin.execute_command("ACL", "DELUSER", "asks")
    with pytest.raises(StoreUnavailable, match="away"):
        keeps_all(connect(f"redis://127.0.0.1:{free_port()}"))
