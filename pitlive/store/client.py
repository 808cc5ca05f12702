"""Connections to Redis: how long to wait, what counts as away, and the scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, cast

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from pitlive.errors import StoreUnavailable

Redis = redis.Redis
PubSub = redis.client.PubSub

ANSWER_WITHIN_S = 5.0
"""A command that takes longer has met a dead Redis; blocking reads wait less than this."""

MAX_CONNECTIONS = 64
"""Per process; more would only queue inside Redis, which runs one command at a time."""

UNAVAILABLE = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    OSError,
)
"""What redis-py raises while Redis is away, starting, loading its file, or full."""


def connect(url: str, retries: int = 1) -> Redis:
    """Return a client of the Redis at `url`; it connects when first used.

    One retry, so that the first command after a restart of Redis finds the new one.
    Every script is safe to send twice: an append finds its uids, a publish its seq.
    The engine wants none: it has to notice that Redis was away.
    """
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=ANSWER_WITHIN_S,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=2.0,
        retry=Retry(ConstantBackoff(0.05), retries),
    )
    return Redis(connection_pool=pool)


def keeps_all(client: Redis) -> bool:
    """Tell whether what Redis acknowledges is on disk, so that no restart can lose it."""
    try:
        known = cast(dict[str, str], client.config_get("append*"))
    except redis.ResponseError:  # a hosted Redis forbids to ask
        return False
    return known.get("appendonly") == "yes" and known.get("appendfsync") == "always"


def run_id(client: Redis) -> str:
    """Return what names this life of the Redis process."""
    return str(client.info("server")["run_id"])


def ping(client: Redis) -> None:
    """Raise `StoreUnavailable` unless Redis answers."""
    try:
        client.ping()
    except UNAVAILABLE as error:
        raise StoreUnavailable(f"redis: {error}") from error


def script(client: Redis, name: str, keys: list[str], args: list[Any]) -> Any:
    """Run `lua/<name>.lua` in one atomic step and return what it returns."""
    return cast(Any, _script(name)(keys=keys, args=args, client=client))


@cache
def _script(name: str) -> Any:
    text = files("pitlive.store").joinpath("lua", f"{name}.lua").read_text("utf-8")
    return redis.commands.core.Script(redis.Redis(), text)
