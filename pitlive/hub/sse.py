"""Server-Sent Events as bytes: what may stand on the wire, and nothing else.

Lines end in LF only; CR and LF inside data begin a new data line, as the HTML standard
reads them back. U+2028, U+0085 and their like are ordinary characters there. An id never
holds NUL, CR or LF: it would be ignored or break the block.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_LINE_ENDS = re.compile(rb"\r\n|\r|\n")


def event(data: bytes, *, id: str = "", name: str = "") -> bytes:
    r"""Return one event.

    >>> event(b'{"a":1}', id="k3f9.41", name="hello")
    b'event: hello\nid: k3f9.41\ndata: {"a":1}\n\n'
    >>> event(b"two\r\nlines")
    b'data: two\ndata: lines\n\n'
    """
    head = b""
    if name:
        head += b"event: %s\n" % name.encode()
    if id:
        head += b"id: %s\n" % id.encode()
    if b"\n" in data or b"\r" in data:
        data = b"\ndata: ".join(_LINE_ENDS.split(data))
    return b"%sdata: %s\n\n" % (head, data)


def control(name: str, value: Any, id: str = "") -> bytes:
    """Return a named event with a JSON value: `hello`, `hb`, `bye`."""
    return event(orjson.dumps(value), id=id, name=name)


def retry(ms: int) -> bytes:
    r"""Return the line that says how long a browser waits before it comes back.

    >>> retry(2500)
    b'retry: 2500\n\n'
    """
    return b"retry: %d\n\n" % ms
