"""The chain of a log: each event is named by a digest of itself and of all before it.

Numbers are given out again when Redis comes back with less than it had said: a replica that
lagged is promoted, an older folder is put back. The epoch stays, for nobody who lives need have
noticed; the chain does not. So whoever names the link of an event has its past, or does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import accumulate

BYTES = 4
"""Of a link: eight characters in every cursor. That two pasts have the same is one in 4·10⁹."""

START = ""
"""The link before the first event, and of events of before there was a chain."""


def links(before: str, folded: str, events: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return the links of events that are published together.

    Args:
        before: The link of the event before them.
        folded: The id of the last entry folded in, which tells apart what looks the same.
        events: Channel and message of each.

    >>> links("", "9-1", [("race", b"{}"), ("race", b"{}")])
    ['abff05b4', 'f5997212']
    >>> links("abff05b4", "9-1", [("race", b"{}")])
    ['f5997212']
    """
    texts = (b"%s %s " % (folded.encode(), name.encode()) + message for name, message in events)
    return list(accumulate(texts, _link, initial=before))[1:]


def _link(before: str, text: bytes) -> str:
    return blake2b(b"%s " % before.encode() + text, digest_size=BYTES).hexdigest()
