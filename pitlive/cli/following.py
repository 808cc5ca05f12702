"""Events of a source as they come, over as many connections as it takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import httpx
import orjson
from httpx_sse import ServerSentEvent, connect_sse

from pitlive.cli.connection import AWAY, refusal
from pitlive.errors import BadCursor, RequestRefused
from pitlive.messages import Json

RETRY_S = 3.0
"""Wait before a new connection until the server says otherwise."""

SILENCE_S = 60.0
"""A heartbeat comes every 15 s; after four without one the connection is dead."""


class Message(NamedTuple):
    """One event: its cursor (empty while there is none), its name or `message`, its data."""

    id: str
    event: str
    data: Json


class Following:
    """A stream that outlives its connections.

    Args:
        url: Where PitLive runs.
        source: The source to follow.
        channels: Channel patterns, with commas between; empty for all.
        user: `name:password`, where the server asks for one.
        say: Told when the connection is lost and why.
    """

    def __init__(
        self,
        url: str,
        source: str,
        channels: str = "",
        user: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/sources/{source}/events"
        self._channels = {"channels": channels} if channels else {}
        name, _, password = (user or "").partition(":")
        self._auth = httpx.BasicAuth(name, password) if user else None
        self._say = say
        self.cursor = ""
        self.retry_s = RETRY_S

    def messages(self) -> Iterator[Message]:
        """Yield events in order, each once; a snapshot comes where some can't be had any more.

        Raises:
            RequestRefused: The server will not send this stream.
        """
        with httpx.Client(auth=self._auth, timeout=httpx.Timeout(5.0, read=SILENCE_S)) as client:
            while True:
                try:
                    yield from self._connection(client)
                    why = "the stream ended"
                except httpx.UnsupportedProtocol as error:
                    raise RequestRefused(f"url: {self._url}: {error}") from None
                except httpx.TransportError as error:
                    why = str(error) or type(error).__name__
                self._say(f"{why}; again in {self.retry_s:.1f} s")
                time.sleep(self.retry_s)

    def _connection(self, client: httpx.Client) -> Iterator[Message]:
        headers = {"last-event-id": self.cursor} if self.cursor else {}
        with connect_sse(
            client, "GET", self._url, params=self._channels, headers=headers
        ) as stream:
            _check(stream.response)
            for one in stream.iter_sse():
                self._note(one)
                if one.data:  # a block without data is not an event
                    yield Message(one.id, one.event, _data(one))

    def _note(self, one: ServerSentEvent) -> None:
        """Keep the cursor, and for how long the server wants us to stay away."""
        if one.retry is not None:
            self.retry_s = one.retry / 1000
        if one.id:
            self.cursor = one.id
        if one.event == "bye":
            self.retry_s = _data(one).get("retry_ms", self.retry_s * 1000) / 1000


def _check(response: httpx.Response) -> None:
    if response.status_code in AWAY:
        time.sleep(random.uniform(0, 1))  # its readers should not all come back at once
        raise httpx.ReadError(f"answered {response.status_code}")
    if response.status_code != 200:
        response.read()
        raise refusal(response)


def _data(one: ServerSentEvent) -> Json:
    try:
        return orjson.loads(one.data)
    except orjson.JSONDecodeError as error:
        raise BadCursor(f"event {one.id}: {error}, want JSON") from None
