"""The Python client against servers that break off, repeat, skip, pack and refuse."""

from __future__ import annotations

import base64
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from pitlive.client import Stream
from pitlive.errors import BadCursor, RequestRefused
from pitlive.hub import sse
from tests.raw import Answer, Raw, Request, head

EVENTS = "/api/v1/events"
RETRY = sse.retry(1)


def hello(to: str | None, resumed_from: str | None = None) -> bytes:
    verdict = {"resumed": bool(resumed_from), "reason": "", "from": resumed_from, "to": to}
    return sse.control("hello", {"sources": {"a": verdict | {"channels": []}}}, to or "0.0")


def snapshot(cursor: str, lap: int) -> bytes:
    said = {"source": "a", "cursor": cursor, "channels": {"race": {"lap": lap}}}
    return sse.control("snapshot", said, cursor)


def change(cursor: str, lap: int) -> bytes:
    said = b'{"channel":"race","at_ms":1,"data":{"lap":%d}}' % lap
    return sse.event(said, id=cursor)


def streams(*bodies: bytes) -> Answer:
    """Each connection is sent the next body and closed; the last one is held open."""

    def answer(request: Request) -> Iterator[bytes]:
        yield head() + RETRY + bodies[request.number]
        if request.number == len(bodies) - 1:
            yield request.hold()

    return answer


def until(stream: Stream, lap: int) -> list[str]:
    """Read on up to a lap; return the names of the events."""
    names = []
    for message in stream:
        names.append(message.event)
        if stream.state["a"].get("race") == {"lap": lap}:
            return names
    raise AssertionError


def last_event_ids(raw: Raw) -> list[str | None]:
    return [one.headers.get("last-event-id") for one in raw.asked(EVENTS)]


def test_a_stream_cut_off_goes_on_with_the_next_event() -> None:
    """By the id of the last whole event; half a block is as if it had not been sent."""
    first = hello("e.4") + snapshot("e.4", 4) + change("e.5", 5) + change("e.6", 66)[:-1]
    with (
        Raw(streams(first, hello("e.6", "e.5") + change("e.6", 6))) as raw,
        Stream(raw.url, "a") as stream,
    ):
        names = until(stream, 6)

    assert names == ["hello", "snapshot", "message", "hello", "message"]
    assert last_event_ids(raw) == [None, "e.5"]
    assert (stream.cursor, stream.gaps, stream.repeats, stream.connections) == ("e.6", 0, 0, 2)


def test_after_a_gap_the_state_is_asked_for() -> None:
    """The event behind the hole is not handed on."""
    first = hello("e.4") + snapshot("e.4", 4) + change("e.6", 6)
    said: list[str] = []
    with (
        Raw(streams(first, hello("e.8") + snapshot("e.8", 8))) as raw,
        Stream(raw.url, "a", say=said.append) as stream,
    ):
        names = until(stream, 8)

    assert names == ["hello", "snapshot", "hello", "snapshot"]
    assert last_event_ids(raw) == [None, None]
    assert (stream.gaps, said[0].partition(";")[0]) == (1, "a: events are missing after e.4")


def test_what_comes_twice_is_handed_on_once() -> None:
    """The repeat is counted."""
    body = hello("e.4") + snapshot("e.4", 4) + change("e.5", 5) * 2 + change("e.6", 6)
    with Raw(streams(body)) as raw, Stream(raw.url, "a") as stream:
        names = until(stream, 6)

    assert names == ["hello", "snapshot", "message", "message"]
    assert (stream.repeats, stream.gaps) == (1, 0)


def test_cut_between_hello_and_snapshot_it_begins_again() -> None:
    """The cursor of a state that never came is not used."""
    with (
        Raw(streams(hello("e.4"), hello("e.4") + snapshot("e.4", 4))) as raw,
        Stream(raw.url, "a") as stream,
    ):
        until(stream, 4)

    assert last_event_ids(raw) == [None, None]


def test_a_silent_connection_is_given_up() -> None:
    """Nothing for so long, not even a heartbeat: another connection is tried.

    On a busy machine also one that would have spoken: each is told by where it goes on from.
    """

    def answer(request: Request) -> Iterator[bytes]:
        if "last-event-id" in request.headers:
            yield head() + hello("e.5", "e.4") + change("e.5", 5)
        else:
            yield head() + RETRY + hello("e.4") + snapshot("e.4", 4)
        yield request.hold()

    with Raw(answer) as raw, Stream(raw.url, "a", silence_s=0.3) as stream:
        until(stream, 5)

    fresh, *again = dict.fromkeys(last_event_ids(raw))
    assert (fresh, again) == (None, ["e.4"])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_not_now_is_asked_again(status: int) -> None:
    """These statuses are about this moment, not about the request."""

    def answer(request: Request) -> Iterator[bytes]:
        if request.number:
            yield head() + hello("e.4") + snapshot("e.4", 4)
            yield request.hold()
        else:
            yield head(f"{status} Not now")

    with Raw(answer) as raw, Stream(raw.url, "a") as stream:
        stream._patience.retry_s = 0.01  # nobody has said so yet
        assert until(stream, 4) == ["hello", "snapshot"]


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (head("404 Not Found", type="application/problem+json") + b'{"detail":"no"}', "404 no"),
        (head("401 Unauthorized") + b"", "401 Unauthorized, want --user"),
        (head("204 No Content"), "204 No Content"),
        (head(type="text/html") + b"<p>Log in", "got text/html, want text/event-stream"),
        (head() + b"data: hello\n\n", "want a JSON object"),
        (head() + b"data: 5\n\n", "want a JSON object"),
    ],
)
def test_what_can_never_be_a_stream_ends_it(answered: bytes, said: str) -> None:
    """With what the server said; asking again would not help."""
    with (
        Raw(lambda _: [answered]) as raw,
        Stream(raw.url, "a") as stream,
        pytest.raises(RequestRefused, match=said),
    ):
        next(iter(stream))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://127.0.0.1:port", "127.0.0.1:8000"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """At once."""
    with pytest.raises(RequestRefused, match="url: "), Stream(url, "a") as stream:
        next(iter(stream))


def test_a_cursor_that_is_none_is_refused() -> None:
    """Before anything is asked."""
    with pytest.raises(BadCursor):
        Stream("http://127.0.0.1:1", "a", cursor="nonsense")


def test_the_time_of_a_goodbye_is_kept() -> None:
    """It is this reader's own, so that not all come back at once."""
    body = hello("e.4") + sse.control("bye", {"reason": "restart", "retry_ms": 7}, "e.4")
    said: list[str] = []
    with (
        Raw(streams(body, hello("e.4") + snapshot("e.4", 4))) as raw,
        Stream(raw.url, "a", say=said.append) as stream,
    ):
        assert "bye" in until(stream, 4)

    assert stream._patience.retry_s == 0.001  # by the second `retry:`
    assert said == ["the stream ended; again in 0.0 s"]


def packed(*blocks: bytes) -> Iterator[bytes]:
    """A gzip stream as the server packs it: full flushes, and never a trailer."""
    packer = zlib.compressobj(wbits=31)
    for block in blocks:
        yield packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)


def test_a_packed_stream_is_read_block_by_block() -> None:
    """The second block is sent only when the first was read; no trailer ends the stream."""
    was_read = threading.Event()
    first, second = packed(RETRY + hello("e.4") + snapshot("e.4", 4), change("e.5", 5))

    def answer(request: Request) -> Iterator[bytes]:
        if request.number:
            yield head() + hello("e.6", "e.5") + change("e.6", 6)
            yield request.hold()
        else:
            yield head("200 OK", "Content-Encoding: gzip") + first
            was_read.wait()
            yield second

    with Raw(answer) as raw, Stream(raw.url, "a") as stream:
        for message in stream:
            if message.event == "snapshot":
                was_read.set()
            if stream.cursor == "e.6":
                break

    assert "gzip" in raw.requests[0].headers["accept-encoding"]
    assert last_event_ids(raw) == [None, "e.5"]


def test_a_loop_that_was_left_is_taken_up_where_it_was() -> None:
    """Also by another program, with the cursor and state of the first."""
    bodies = hello("e.4") + snapshot("e.4", 4), hello("e.5", "e.4") + change("e.5", 5)
    with Raw(streams(*bodies, hello("e.6", "e.5") + change("e.6", 6))) as raw:
        with Stream(raw.url, "a") as stream:
            until(stream, 4)
            until(stream, 5)
        with Stream(raw.url, "a", cursor=stream.cursor, state=stream.state) as later:
            until(later, 6)

    assert last_event_ids(raw) == [None, "e.4", "e.5"]


def test_who_asks_is_said() -> None:
    """HTTP Basic, and what is wanted in the query; a redirection is followed."""

    def answer(request: Request) -> Iterator[bytes]:
        if request.path.startswith("/there"):
            yield head() + hello("e.4") + snapshot("e.4", 4)
            yield request.hold()
        else:
            yield head(
                "307 Temporary Redirect", f"Location: /there?{request.path.partition('?')[2]}"
            )

    options: dict[str, Any] = {"channels": ["race", "laps/*"], "user": "anna:sécret"}
    with Raw(answer) as raw, Stream(raw.url, "a", **options) as stream:
        until(stream, 4)

    asked = raw.asked("/there")[0]
    assert asked.path.endswith("?source=a&channels=race%2Claps%2F%2A")
    _, _, word = asked.headers["authorization"].partition(" ")
    assert base64.b64decode(word).decode() == "anna:sécret"
