"""What could not be taken, and why: refused at the door, or rejected by the fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import orjson

from pitlive.messages import Json, Rejection
from pitlive.store.client import Redis
from pitlive.store.keys import KEEP_REJECTED, key

LONGEST_GOT = 200
"""Characters of a refused value that are kept: enough to recognise it."""


def refuse(client: Redis, source: str, refused: Sequence[Rejection]) -> None:
    """Keep what was refused at the door, where an operator can see it."""
    pipe = client.pipeline(transaction=False)
    for one in refused[-KEEP_REJECTED:]:
        text = orjson.dumps(
            {"uid": one.uid, "field": one.field, "got": shorten(one.got), "want": one.want}
        )
        pipe.xadd(key(source, "aside"), {"d": text}, maxlen=KEEP_REJECTED, approximate=True)
    pipe.execute()


def count(client: Redis, source: str) -> int:
    """Return how many things were ever rejected, also those that the list forgot."""
    name = key(source, "aside")
    return int(cast(Any, client.xinfo_stream(name))["entries-added"]) if client.exists(name) else 0


def read(client: Redis, source: str, after: str, limit: int) -> list[dict[str, Json]]:
    """Return up to `limit` rejected things after an id, oldest first."""
    found = cast(Any, client.xrange(key(source, "aside"), min=f"({after}", count=limit))
    return [
        {"id": id.decode(), "seen_ms": int(id.split(b"-")[0]), **orjson.loads(fields[b"d"])}
        for id, fields in found
    ]


def shorten(got: Json) -> Json:
    """Return a value as it was, or the beginning of its text when it is long."""
    text = got if isinstance(got, str) else orjson.dumps(got).decode()
    return got if len(text) <= LONGEST_GOT else text[:LONGEST_GOT] + "…"
