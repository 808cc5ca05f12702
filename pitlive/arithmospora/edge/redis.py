"""The Redis of an Arithmospora programme: read only, a stat at a time, each in one atomic step.

Its keys are the programme's, not ours: `pitlive.arithmospora.feed` makes them of its TOML.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, cast

import redis

from pitlive.arithmospora.feed.configuration import ConfiguredRedis as Where
from pitlive.arithmospora.feed.configuration import ConfiguredStat
from pitlive.arithmospora.feed.reading import Point
from pitlive.errors import BadFile, StoreUnavailable
from pitlive.store.client import ANSWER_WITHIN_S, Redis, script

ROOM = "pitlive.arithmospora.edge"
"""Where our script is."""

PING_EVERY_S = 10
"""A subscription that nobody answers on is given up after this, and made anew."""

CONFIRM_WITHIN_S = 5.0


def connect(where: Where) -> Redis:
    """Return a client; it speaks as old servers do, for the programme is older than RESP3."""
    return Redis(
        host=where.host,
        port=where.port,
        db=where.db,
        password=where.password or None,
        protocol=2,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=2.0,
        health_check_interval=PING_EVERY_S,
    )


def read(client: Redis, stat: ConfiguredStat) -> tuple[int, list[Point]]:
    """Return when a stat was read [us since 1970], and it and its data points at that moment.

    Raises:
        BadFile: Its keys hold something else than the layout says.
    """
    try:
        arguments = [stat.kind, *stat.granularities]
        seconds, micros, found = script(client, "stat", [stat.stem], arguments, ROOM)
    except redis.ResponseError as error:
        raise BadFile(f"{stat.stem}: {error}, want the keys of a {stat.kind} stat") from None
    pairs = zip(found[::2], found[1::2], strict=True)
    points = [Point(tuple(one.decode() for one in path), _value(data)) for path, data in pairs]
    return int(seconds) * 1_000_000 + int(micros), points


class Updates:
    """What is heard on pub/sub channels, on a connection of its own."""

    def __init__(self, client: Redis, channels: Sequence[str]) -> None:
        self._pubsub: Any = client.pubsub()
        self._channels = channels

    def __enter__(self) -> Updates:
        """Subscribe, and be sure of it: what is published from now on is heard.

        Raises:
            StoreUnavailable: It was not confirmed in time.
        """
        if self._channels:
            self._pubsub.subscribe(*self._channels)
        waiting, give_up = set(self._channels), time.monotonic() + CONFIRM_WITHIN_S
        while waiting:
            message = self._pubsub.get_message(timeout=0.5)
            if message and message["type"] == "subscribe":
                waiting.discard(message["channel"].decode())
            if waiting and time.monotonic() > give_up:
                raise StoreUnavailable(f"redis: no subscription in {CONFIRM_WITHIN_S} s")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._pubsub.close()

    def heard(self, within_s: float) -> Iterator[str]:
        """Yield the channels on which something was said: wait for one, then take all there are.

        A subscription that redis-py has made anew by itself stands for all channels, for what
        was said meanwhile is lost.
        """
        wait_s = within_s
        while message := self._pubsub.get_message(timeout=wait_s):
            wait_s = 0.0
            if message["type"] in ("message", "subscribe"):
                yield message["channel"].decode()


def _value(data: Any) -> Any:
    """A hash comes as a flat list, a string as it is, nothing as None."""
    if not isinstance(data, list):
        return cast(bytes | None, data)
    return dict(zip(_every(data, 0), _every(data, 1), strict=True))


def _every(flat: Sequence[bytes], start: int) -> Iterable[bytes]:
    return flat[start::2]
