"""What the engines tell of themselves: text that expires with its engine.

Engines and web servers meet in Redis alone, also where they run on different machines; so
an engine leaves its figures here, and any web server can show them.
"""

from __future__ import annotations

from typing import Any, cast

from pitlive.store.client import Redis
from pitlive.store.keys import ENGINES, figures


def tell(client: Redis, engine: str, text: bytes, hold_ms: int) -> None:
    """Leave an engine's figures for as long as it may be silent."""
    pipe = client.pipeline(transaction=False)
    pipe.set(figures(engine), text, px=hold_ms)
    pipe.sadd(ENGINES, engine)
    pipe.execute()


def told(client: Redis) -> dict[str, bytes]:
    """Return what each living engine tells, and forget the names of the dead."""
    names = sorted(cast(Any, client.smembers(ENGINES)))
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.get(figures(name.decode()))
    found = dict(zip(names, pipe.execute(), strict=True))
    if gone := [name for name, text in found.items() if text is None]:
        client.srem(ENGINES, *gone)
    return {name.decode(): text for name, text in found.items() if text is not None}


def leave(client: Redis, engine: str) -> None:
    """Forget an engine that ends."""
    client.delete(figures(engine))
    client.srem(ENGINES, engine)
