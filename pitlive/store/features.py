"""What PitLive needs of a Redis, found by trying it rather than by comparing versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from redis import ResponseError

from pitlive.errors import SettingsError
from pitlive.store.client import Redis

WANTED = {
    "maxmemory-policy": ("noeviction", "else a full memory silently drops part of the entry log"),
    "appendonly": ("yes", "else a restart of Redis loses what was acknowledged"),
    "appendfsync": ("always", "else a crash can lose the last seconds of what was acknowledged"),
}
"""Options without which the promises do not hold, and why."""


def require(client: Redis) -> None:
    """Check that the server can do all that our commands and scripts ask for.

    Raises:
        SettingsError: It cannot.
    """
    try:
        client.xrange("pitlive:probe", min="(0-0")  # exclusive ranges: how logs are paged through
        client.eval("return redis.sha1hex('')", 0)
    except ResponseError as error:
        raise SettingsError(
            f"redis_url: the server cannot do what is needed ({error}), "
            "want Redis 6.2 or newer, or any Valkey"
        ) from None


def doubts(client: Redis) -> Iterator[str]:
    """Yield what is set so that data may be lost; nothing where the server will not tell."""
    for option, (wanted, why) in WANTED.items():
        try:
            answer = cast(dict[str, Any], client.config_get(option))
        except ResponseError:  # a managed Redis keeps its configuration to itself
            return
        got = answer.get(option, wanted)
        if got != wanted:
            yield f"redis: {option} is {got}, want {wanted}: {why}"
