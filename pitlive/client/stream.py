"""A stream that outlives its connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import cast

import httpx
from httpx_sse import EventSource, ServerSentEvent

from pitlive.client.held import Held, HeldState, Hole
from pitlive.client.message import Message, is_deleted, read
from pitlive.client.patience import ReconnectPolicy
from pitlive.client.refusal import refusal
from pitlive.client.types import Bye
from pitlive.errors import RequestRefused
from pitlive.messages import Json

SILENCE_S = 60.0
"""A heartbeat comes every 15 s; after four without one the connection is dead."""

CONNECT_S = 5.0
"""A connection is there at once or not at all."""

AWAY = frozenset({429, 500, 502, 503, 504})
"""Statuses that mean "not now"."""

HEADERS = {
    "Accept": "text/event-stream",
    "Accept-Encoding": "gzip",  # httpx unpacks each block as it comes, and wants no trailer
    "Cache-Control": "no-store",
}


class Stream:
    """Events of one or several sources: an iterator that does not end by itself.

    A loop may be left, which closes the connection, and another begun: it goes on with the
    next event. One thread at a time.

    Args:
        url: Where PitLive runs.
        sources: The sources to follow, on one connection.
        channels: Channel patterns such as `standings` or `laps/*`; none for all.
        user: `name:password`, where the server asks for one.
        cursor, state: What an earlier stream of the same sources and channels ended with.
            Give both, to go on from there.
        silence_s: Without a word for so long [s] the connection is given up.
        say: Told when the connection is lost, and why.

    Attributes:
        gaps, repeats: How often events were missing, or came twice. A server that keeps its
            promise leaves both at 0; whatever it does, `state` is right.
        connections: How many there have been.

    Raises:
        RequestRefused: The URL is none.
        BadCursor: The cursor is none.
    """

    def __init__(
        self,
        url: str,
        *sources: str,
        channels: Sequence[str] = (),
        user: str | None = None,
        cursor: str = "",
        state: Mapping[str, Mapping[str, Mapping[str, Json]]] | None = None,
        silence_s: float = SILENCE_S,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        if not sources:
            raise ValueError("sources: got none, want at least one")
        self._held = Held(sources, not channels or "*" in channels, cursor, state)
        self._params = {"source": list(sources), "channels": ",".join(channels) or "*"}
        self._patience = ReconnectPolicy()
        self._say = say
        self._client = _client(url, user, silence_s)
        self.gaps = self.repeats = self.connections = 0

    @property
    def state(self) -> HeldState:
        """source → channel → row key → row: what all events so far add up to."""
        return self._held.state

    @property
    def sources(self) -> Sequence[str]:
        """The sources it is of."""
        return self._held.sources

    @property
    def cursor(self) -> str:
        """How far that is: `Last-Event-ID` of the next connection."""
        return self._held.cursor

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave; the stream can't be read any more, but `state` and `cursor` stay."""
        self._client.close()

    def __iter__(self) -> Iterator[Message]:
        """Yield events in order, each once, when `state` already has them.

        It ends when a source was deleted: the last event says so. `state` stays as it was.

        Raises:
            RequestRefused: The server will not send this stream.
        """
        while True:
            try:
                for message in self._connection():
                    yield message
                    if is_deleted(message):
                        return
                why = "the stream ended"
            except (httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
                raise RequestRefused(f"url: {self._client.base_url}: {error}") from None
            except httpx.RequestError as error:  # cut, refused, silent, or torn in its packing
                why = str(error) or type(error).__name__
            except Hole as hole:
                self.gaps += 1
                why = str(hole)
            wait_s = self._patience.wait_s()
            self._say(f"{why}; again in {wait_s:.1f} s")
            time.sleep(wait_s)

    def _connection(self) -> Iterator[Message]:
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        self.connections += 1
        path = "/api/v1/events"
        with self._client.stream("GET", path, params=self._params, headers=headers) as answer:
            self._check(answer)
            for sent in EventSource(answer).iter_sse():
                self._patience.heard(sent.retry)
                if sent.data:  # a block without data is not an event
                    yield from self._event(sent)

    def _event(self, sent: ServerSentEvent) -> Iterator[Message]:
        message = read(sent, self._held.sources[0])
        if message.event == "bye":
            self._patience.heard(cast(Bye, message.data)["retry_ms"])
        if self._held.take(message):
            yield message
        else:
            self.repeats += 1

    def _check(self, answer: httpx.Response) -> None:
        """See that it is a stream."""
        if answer.status_code in AWAY:
            self._patience.refused(answer.headers.get("Retry-After", ""))
            raise httpx.ReadError(f"answered {answer.status_code}")
        if answer.status_code != 200:
            answer.read()
            raise refusal(answer)
        got = answer.headers.get("Content-Type", "nothing")
        if got.partition(";")[0].strip() != "text/event-stream":
            raise RequestRefused(f"{answer.url.path}: got {got}, want text/event-stream")


def _client(url: str, user: str | None, silence_s: float) -> httpx.Client:
    name, _, password = (user or "").partition(":")
    try:
        return httpx.Client(
            base_url=url,
            headers=HEADERS,
            auth=httpx.BasicAuth(name, password) if user else None,
            timeout=httpx.Timeout(CONNECT_S, read=silence_s),
            follow_redirects=True,
        )
    except httpx.InvalidURL as error:
        want = "such as http://127.0.0.1:8000"
        raise RequestRefused(f"url: got {url!r} ({error}), want {want}") from None
