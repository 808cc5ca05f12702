"""The bell by which engines hear that there is something to do for a source.

Whoever appends entries, declares, gives back or deletes rings it, inside the same script. It
is pub/sub, so a ring may get lost: engines look for what they missed now and then, and at
once when they were not listening for a while. Each source has a bell in its own slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

from pitlive.store.client import Redis
from pitlive.store.keys import BELLS, source_of

Word = Literal["entries", "declared", "free", "gone"]

WAIT_S = 1.0
"""How long to listen before one looks whether to go on listening."""


class Ring(NamedTuple):
    """What was heard: of which source, and what there is to do."""

    source: str
    word: Word


def listen(client: Redis) -> Iterator[Ring | None]:
    """Yield what is rung from now on; None when listening has begun, and each idle second.

    The connection is the only one that this takes, however many sources there are.
    """
    ears = client.pubsub()
    try:
        ears.psubscribe(BELLS)
        while True:
            heard = ears.get_message(timeout=WAIT_S)
            if heard is None or heard["type"] == "psubscribe":
                yield None
            elif heard["type"] == "pmessage":
                source = source_of(heard["channel"].decode())
                yield Ring(source, cast(Word, heard["data"].decode()))
    finally:
        ears.close()
