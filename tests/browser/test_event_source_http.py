"""What a real EventSource makes of answers: statuses, redirections, packing, other origins.

Re-told from the web platform tests, as far as a server can get it wrong; and the facts about
`Last-Event-ID` and preflights that the form of our cursors follows from.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pitlive.hub.coding import GZIP
from tests.browser.event_source import THE_END, listen, stream_ids
from tests.raw import Raw, Request, head
from tests.stack import WITHIN_S
from tests.standard import Dispatched

pytestmark = pytest.mark.browser

PAGE = head(type="text/html")
ANY_ORIGIN = "Access-Control-Allow-Origin: *"

Stream = Callable[[Request], Iterator[bytes]]


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    """One page for all cases."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def serving(stream: Stream) -> Raw:
    """A server with a page and a stream."""
    return Raw(lambda request: [PAGE] if request.path == "/page" else stream(request))


def heard(tab: Any, stream: Stream, **options: bool) -> tuple[list[str], str, list[Request]]:
    """What a page hears of a stream of its own origin, how it ends, and what was asked."""
    with serving(stream) as raw:
        tab.goto(f"{raw.url}/page")
        events, why = listen(tab, "/stream", **options)
        asked = [one for one in raw.requests if one.path not in ("/page", "/favicon.ico")]
        return [event.data for event in events], why, asked


REFUSALS = ["204 No Content", "205 Reset Content", "206 Partial Content", "400 Bad Request"]
REFUSALS += ["401 Unauthorized", "403 Forbidden", "404 Not Found", "410 Gone", "429 Too Many"]
REFUSALS += ["500 Internal", "502 Bad Gateway", "503 Unavailable", "504 Gateway Timeout"]
MOVES = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]


@pytest.mark.parametrize("status", REFUSALS)
def test_any_status_but_200_ends_it_for_good(tab: Any, status: str) -> None:
    """Also 503, also as an event stream with a time to come back."""

    def stream(request: Request) -> Iterator[bytes]:
        yield head(status, "Retry-After: 1") + b"retry: 1\ndata: x\n\n"

    events, why, asked = heard(tab, stream)
    assert (events, why) == ([], "closed")
    assert [one.path for one in asked] == ["/stream"]


def test_a_status_on_the_way_back_ends_it_for_good(tab: Any) -> None:
    """A stream that ran for hours is lost by one 503; hence our answers of 200."""

    def stream(request: Request) -> Iterator[bytes]:
        if request.number:
            yield head("503 Service Unavailable")
        else:
            yield head() + b"retry: 1\n\ndata: x\n\n"

    assert heard(tab, stream)[:2] == (["x"], "closed")


@pytest.mark.parametrize(
    ("type", "is_taken"),
    [
        ("text/event-stream", True),
        ("text/event-stream; charset=utf-8", True),
        ("text/event-stream;charset=UTF-8", True),
        ("TEXT/Event-Stream", True),
        ("text/event-stream; foo=bar", True),
        ("text/event-stream; charset=windows-1252", False),
        ("text/event-streamx", False),
        ("text/x-bogus", False),
        ("text/plain", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_only_an_event_stream_in_utf_8_is_taken(tab: Any, type: str, is_taken: bool) -> None:
    """Anything else ends it for good."""

    def stream(request: Request) -> Iterator[bytes]:
        yield head(type=type) + "data: é\n\n".encode() + THE_END

    assert heard(tab, stream)[:2] == ((["é"], "end") if is_taken else ([], "closed"))


@pytest.mark.parametrize("status", MOVES)
def test_a_redirection_is_followed_and_the_cursor_goes_along(tab: Any, status: str) -> None:
    """Coming back, Chromium asks where it was sent to, so a way around must not be for once."""

    def stream(request: Request) -> Iterator[bytes]:
        if request.path == "/stream":
            yield head(status, "Location: /there", "Cache-Control: no-store")
        elif request.number:
            yield head() + THE_END
        else:
            yield head() + b"retry: 1\nid: e.1\ndata: x\n\n"

    events, why, asked = heard(tab, stream)
    assert (events, why) == (["x"], "end")
    came = [(one.path, one.headers.get("last-event-id")) for one in asked]
    assert came == [("/stream", None), ("/there", None), ("/there", "e.1")]


@pytest.mark.parametrize("location", ["/gone", "http://127.0.0.1:1/", "data:text/plain,x"])
def test_a_redirection_to_nowhere_is_no_stream(tab: Any, location: str) -> None:
    """It ends, or is tried again, but never dispatches."""

    def stream(request: Request) -> Iterator[bytes]:
        if request.path == "/gone":
            yield head("404 Not Found")
        elif request.number:
            yield head("204 No Content")
        else:
            yield head("302 Found", f"Location: {location}", "Cache-Control: no-store")

    assert heard(tab, stream)[:2] == ([], "closed")


TELLS = b"""<script>
  const Native = EventSource
  EventSource = class extends Native {
    constructor(...given) {
      super(...given)
      this.addEventListener('message', () => fetch('/heard'))
    }
  }
</script>"""
"""Has the page tell the server of what it hears."""


def test_a_body_cut_short_is_come_back_from(tab: Any) -> None:
    """A connection that breaks is as good as one that ends."""
    is_heard = threading.Event()

    def answer(request: Request) -> Iterator[bytes]:
        if request.path == "/page":
            yield PAGE + TELLS
        elif request.path == "/heard":
            is_heard.set()
        elif request.number:
            yield head() + THE_END
        else:
            yield head("200 OK", "Content-Length: 100000")
            yield b"retry: 1\nid: e.1\ndata: x\n\nid: e.2\ndata: half"
            is_heard.wait(WITHIN_S)  # what comes at once with its error Chromium may not hand on

    with Raw(answer) as raw:
        tab.goto(f"{raw.url}/page")
        events, why = listen(tab, "/stream")
        came_back = raw.asked("/stream")[-1]
    assert ([event.data for event in events], why) == (["x"], "end")
    assert came_back.headers["last-event-id"] == "e.1"


def test_a_connection_that_breaks_before_its_head_is_come_back_from(tab: Any) -> None:
    """Unlike an answer with a status, an end without one does not end it for good."""

    def stream(request: Request) -> Iterator[bytes]:
        if request.number == 0:
            yield head() + b"retry: 1\nid: e.1\ndata: x\n\n"
        elif request.number >= 3:
            yield head() + THE_END

    assert heard(tab, stream)[:2] == (["x"], "end")


def test_what_is_asked_says_what_it_wants(tab: Any) -> None:
    """An event stream that no cache keeps; no cursor until there was an id."""

    def stream(request: Request) -> Iterator[bytes]:
        yield head() + THE_END

    (asked,) = heard(tab, stream)[2]
    said = {name: asked.headers.get(name) for name in ("accept", "cache-control", "last-event-id")}
    assert asked.method == "GET"
    assert said == {
        "accept": "text/event-stream",
        "cache-control": "no-cache",
        "last-event-id": None,
    }
    assert "gzip" in asked.headers["accept-encoding"]


@pytest.mark.parametrize("joins_at", [0, 2])
def test_shared_packed_blocks_are_dispatched_as_they_come(tab: Any, joins_at: int) -> None:
    """From any block on, each before the next is sent; the end has no trailer."""
    texts = [b"retry: 1\nid: e.%d\ndata: %s\n\n" % (n, b"x" * n) for n in range(1, 5)]
    shared = [GZIP.alone(b": hello\n\n") + GZIP.shared(text) for text in texts]
    goes_on = threading.Event()

    def stream(request: Request) -> Iterator[bytes]:
        if request.path == "/read":
            goes_on.set()
            yield head(type="text/plain")
        elif request.number:
            yield head() + THE_END
        else:
            yield head("200 OK", "Content-Encoding: gzip") + GZIP.opening + shared[joins_at]
            goes_on.wait()
            yield b"".join(shared[joins_at + 1 :])

    with serving(stream) as raw:
        tab.goto(f"{raw.url}/page")
        events = tab.evaluate(READ_ONE_BY_ONE)
        ids = stream_ids(raw)

    assert events == ["x" * n for n in range(joins_at + 1, 5)]
    assert ids == [None, "e.4"]


READ_ONE_BY_ONE = """() => new Promise(done => {
  const data = [], source = new EventSource('/stream')
  source.onmessage = event => {
    if (data.push(event.data) === 1) fetch('/read')
  }
  source.addEventListener('the-end', () => { source.close(); done(data) })
})"""


def across(tab: Any, stream: Stream, **options: bool) -> tuple[list[Dispatched], str, list[str]]:
    """What a page hears of a stream of another origin, how it ends, and the methods asked."""
    with serving(stream) as page, serving(stream) as other:
        tab.goto(f"{page.url}/page")
        events, why = listen(tab, f"{other.url}/stream", **options)
        return events, why, [one.method for one in other.asked("/stream")]


def twice(id: str, *headers: str) -> Stream:
    """A stream of one event that is come back to."""

    def stream(request: Request) -> Iterator[bytes]:
        if request.method == "OPTIONS":
            yield head("204 No Content", *headers, "Access-Control-Allow-Headers: last-event-id")
        elif "last-event-id" in request.headers:
            yield head("200 OK", *headers) + THE_END
        else:
            yield head("200 OK", *headers) + f"retry: 1\nid: {id}\ndata: x\n\n".encode()

    return stream


@pytest.mark.parametrize("id", ["k3f9.41", "k3f9.41_0.0", "-".join(["a.1"] * 31)])
def test_a_cursor_costs_no_preflight(tab: Any, id: str) -> None:
    """Letters, digits, `.`, `-`, `_`, under 128 bytes: the standard lets them pass unasked."""
    events, why, methods = across(tab, twice(id, ANY_ORIGIN))

    assert ([event.data for event in events], why) == (["x"], "end")
    assert methods == ["GET", "GET"]


@pytest.mark.parametrize(
    ("headers", "credentials", "is_taken"),
    [
        ([], False, False),
        (["Access-Control-Allow-Origin: http://elsewhere.example"], False, False),
        ([ANY_ORIGIN], False, True),
        ([ANY_ORIGIN], True, False),
        ([ANY_ORIGIN, "Access-Control-Allow-Credentials: true"], True, False),
    ],
)
def test_another_origin_must_be_allowed(
    tab: Any, headers: list[str], credentials: bool, is_taken: bool
) -> None:
    """By name or, without credentials, by `*`; refused is refused for good."""
    events, why, methods = across(tab, twice("e.1", *headers), withCredentials=credentials)

    assert (bool(events), why) == (is_taken, "end" if is_taken else "closed")
    assert methods == ["GET"] * (2 if is_taken else 1)
