"""One event of a stream, as a program gets it."""

from __future__ import annotations

from typing import NamedTuple, cast

import orjson
from httpx_sse import ServerSentEvent

from pitlive.client.types import Bye, Hello
from pitlive.errors import RequestRefused
from pitlive.messages import Json


class Message(NamedTuple):
    """One event: what `docs/protocol.md` lists under streams.

    Attributes:
        id: The cursor it came with.
        event: `hello`, `snapshot`, `hb`, `bye`, or `message`, which is a change.
        source: Which source a change or snapshot is of; empty for the others.
        data: Its value, of the type that `pitlive.client.types` has for the event: `Hello`,
            `SnapshotEvent`, `Heartbeat`, `Bye`, or `Change`.
    """

    id: str
    event: str
    source: str
    data: Json


def read(sent: ServerSentEvent, only: str) -> Message:
    """Return what was sent; on a stream of one source a change need not name it.

    Raises:
        RequestRefused: It is no JSON object, so whoever answered is no PitLive.

    >>> read(ServerSentEvent("message", '{"channel":"race","data":{}}', "k3f9.4"), "demo").source
    'demo'
    """
    try:
        data = orjson.loads(sent.data)
        if not isinstance(data, dict):
            raise TypeError(f"got {sent.data[:80]!r}")
    except (orjson.JSONDecodeError, TypeError) as error:
        raise RequestRefused(f"event {sent.id}: {error}, want a JSON object") from None
    about = sent.event in ("message", "snapshot")
    return Message(sent.id, sent.event, data.get("source", only) if about else "", data)


def is_deleted(message: Message) -> bool:
    """Tell whether an event says that a source was deleted.

    >>> is_deleted(Message("", "bye", "", {"reason": "deleted", "retry_ms": 900}))
    True
    """
    if message.event == "bye":
        return cast(Bye, message.data)["reason"] == "deleted"
    if message.event != "hello":
        return False
    verdicts = cast(Hello, message.data)["sources"].values()
    return any(verdict["reason"] == "deleted" for verdict in verdicts)
