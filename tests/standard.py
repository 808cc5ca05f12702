"""What the HTML standard makes of an event stream, written from its text and from nothing else.

Section 9.2.6, "Interpreting an event stream". tests/browser holds it against Chromium.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n)")
"""A line with its end; what follows the last end is not a line."""


class Dispatched(NamedTuple):
    """An event as a page gets it."""

    type: str
    data: str
    last_event_id: str


@dataclass
class Interpreted:
    """What a stream comes to.

    Attributes:
        events: What is dispatched, in order.
        last_event_id: What the next connection sends as `Last-Event-ID`, if not empty.
        retry_ms: How long a reader waits until then; None if it is not said.
    """

    events: list[Dispatched] = field(default_factory=list)
    last_event_id: str = ""
    retry_ms: int | None = None


def interpret(body: bytes) -> Interpreted:
    r"""Interpret a whole stream.

    >>> interpret(b"id: 7\ndata: a\r\ndata: b\r\rdata: unfinished").events
    [Dispatched(type='message', data='a\nb', last_event_id='7')]
    """
    found = Interpreted()
    type, data, id = "", "", ""
    for line in LINE.findall(body.decode(errors="replace").removeprefix("\ufeff")):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            found.last_event_id = id
            if data:
                found.events.append(Dispatched(type or "message", data.removesuffix("\n"), id))
            type, data = "", ""
        elif name == "event":
            type = value
        elif name == "data":
            data += value + "\n"
        elif name == "id" and "\0" not in value:
            id = value
        elif name == "retry" and re.fullmatch(r"[0-9]+", value):
            found.retry_ms = int(value)
    return found
