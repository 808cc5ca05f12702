"""A page as Server-Sent Events: what was appended, and where that brings the reader."""

from __future__ import annotations

import re
from base64 import b64encode

import orjson

from pitlive_durable_streams.log import Page, media_type

_LINES = re.compile(rb"\r\n|\r|\n")


def encode(page: Page, cursor: str) -> bytes:
    """Return the events of a page: `data` if there is any, and always `control`.

    >>> print(encode(Page("text/plain", [b"a\\n", b"b"], "7", True, True), "3").decode().strip())
    event: data
    data:a
    data:b
    <BLANKLINE>
    event: control
    data:{"streamNextOffset":"7","streamClosed":true}
    """
    data = b""
    if page.records:
        data = _event(b"data", b64encode(page.body) if is_binary(page.media) else page.body)
    return data + _event(b"control", orjson.dumps(_control(page, cursor)))


def is_binary(media: str) -> bool:
    """Tell whether what a stream holds is no text, so that it is sent as Base64.

    >>> is_binary("application/octet-stream"), is_binary("text/csv")
    (True, False)
    """
    plain = media_type(media)
    return not (plain.startswith("text/") or plain == "application/json")


def _control(page: Page, cursor: str) -> dict[str, str | bool]:
    if page.is_closed:
        return {"streamNextOffset": page.after, "streamClosed": True}
    known: dict[str, str | bool] = {"streamNextOffset": page.after, "streamCursor": cursor}
    return known | ({"upToDate": True} if page.is_tail else {})


def _event(name: bytes, data: bytes) -> bytes:
    """Every line of it is data, so nothing that was appended can end the event."""
    lines = b"\n".join(b"data:" + line for line in _LINES.split(data))
    return b"event: " + name + b"\n" + lines + b"\n\n"
