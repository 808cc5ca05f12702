"""Past laps of a race, as its fold has packed them: what the race looked like then."""

from __future__ import annotations

import gzip
from typing import Any, cast

import orjson

from pitlive.race.live_forecasts import PIECE
from pitlive.store.client import Redis
from pitlive.store.keys import key


def lap(client: Redis, source: str, number: int) -> bytes | None:
    """Return what a race looked like when the leader completed a lap, as JSON text.

    None where that is not known, or not yet.
    """
    packed = cast(Any, client.get(_key(source, number)))
    return gzip.decompress(packed) if packed else None


def laps(client: Redis, source: str) -> list[int]:
    """Return the laps of which that is known, in order."""
    newest = cast(Any, client.hget(key(source, "state:race"), "lap"))
    numbers = range(1, orjson.loads(newest or b"0") + 1)
    pipe = client.pipeline(transaction=False)
    for number in numbers:
        pipe.strlen(_key(source, number))
    return [n for n, length in zip(numbers, pipe.execute(), strict=True) if length]


def _key(source: str, number: int) -> str:
    return key(source, f"packed:{PIECE}{number}")
