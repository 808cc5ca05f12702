"""Bytes that come: written beside those that are there, until a publish puts them in their place.

A column of a million cells in one command holds up everybody, so it comes in parts. Nobody
reads them before the publish, which swaps keys, and that takes as long for any size. What was
there before is freed afterwards: a hundred columns take Redis 25 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis

from pitlive.messages import PackedPiece
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys
from pitlive.store.publish import refusal


def stage(client: Redis, source: str, token: str, parts: Sequence[PackedPiece]) -> None:
    """Write parts of what is to come; that at offset 0 begins anew, one without any frees all.

    Raises:
        LeaseLost: Another engine has taken over the source.
    """
    args: list[Any] = [token, key(source, "coming:")]
    for part in parts:
        args += [part.name, "" if part.offset is None else part.offset, part.data]
    try:
        script(client, "stage", keys(source, "meta"), args)
    except redis.ResponseError as error:
        raise refusal(source, error) from None
