"""What is published: the same message for every server, as its publisher wants it.

A message is what PitLive's engine sends, a patch to one row of a state channel. The reader's
checks find the number and the time in it, whoever delivered it.
"""

from __future__ import annotations

import string
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

SEQ = b"#SEQ######"
"""Replaced by the number of the event, 10 digits."""
BEFORE = b"#PRV######"
"""Replaced by the number before it."""
STAMP = b"#TS################"
"""Replaced by the time of its publication [monotonic ns], 19 digits."""

CHANNEL = "bench"
VARIETY = 8
"""Different messages, taken in turn: one alone would compress to nothing."""

_HEAD = b'{"channel":"%s","at_ms":1700000000000,"data":{"now":' % CHANNEL.encode()
_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Message:
    """The JSON text of an event, and the row of the state that it changes."""

    text: bytes
    row: bytes


def messages(size: int) -> list[Message]:
    """Return messages of `size` bytes each."""
    random = Random(7)
    return [_message(size, random) for _ in range(VARIETY)]


def _message(size: int, random: Random) -> Message:
    start = b'{"s":"%s","t":"%s","p":"' % (SEQ, STAMP)
    length = size - len(_HEAD) - len(start) - len(b'"}}}')
    row = start + "".join(random.choices(_LETTERS, k=length)).encode() + b'"}'
    return Message(_HEAD + row + b"}}", row)


def frame(text: bytes) -> bytes:
    """An event as it stands in a stream."""
    return b"id: %s\ndata: %s\n\n" % (SEQ, text)


def post(path: str, text: bytes) -> bytes:
    """An HTTP request that publishes a message."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
    return b"%sContent-Length: %d\r\n\r\n%s" % (head.encode(), len(text), text)


def write(file: Path, prepared: Iterable[bytes]) -> Path:
    """Write messages the way `ssepub` reads them."""
    file.write_bytes(b"".join(struct.pack("<I", len(one)) + one for one in prepared))
    return file
