"""A native EventSource in a page, and what it makes of the bytes it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.raw import Answer, Raw, Request, head
from tests.standard import Dispatched

LISTEN = """([url, names, options]) => new Promise(done => {
  const heard = [], source = new EventSource(url, options)
  const note = event => {
    heard.push([event.type, event.data, event.lastEventId])
  }
  for (const name of names) source.addEventListener(name, note)
  const end = why => { source.close(); done({ heard, why }) }
  source.addEventListener('the-end', () => end('end'))
  source.addEventListener('error', () => source.readyState === EventSource.CLOSED && end('closed'))
})"""
"""Ends with the event `the-end`, or when the browser gives the stream up for good."""

THE_END = b"event: the-end\ndata\n\n"


def listen(
    tab: Any, url: str, names: Sequence[str] = ("message",), **options: bool
) -> tuple[list[Dispatched], str]:
    """Return what an EventSource of the open page dispatches, and `end` or `closed`."""
    said = tab.evaluate(LISTEN, [url, list(names), options])
    return [Dispatched(*one) for one in said["heard"]], said["why"]


def twice(first: Iterable[bytes], *headers: str) -> Answer:
    """Serve a page, and a stream that is cut off after these pieces; coming back is the end."""

    def answer(request: Request) -> Iterator[bytes]:
        if request.path == "/page":
            yield head(type="text/html")
        elif request.number:
            yield head("200 OK", *headers) + THE_END
            yield request.hold()
        else:
            yield head("200 OK", *headers)
            yield from first

    return answer


def stream_ids(raw: Raw) -> list[str | None]:
    """The `Last-Event-ID` of each connection."""
    return [one.headers.get("last-event-id") for one in raw.asked("/stream")]


def dispatched(
    tab: Any, pieces: Iterable[bytes], names: Sequence[str] = ("message",), *headers: str
) -> tuple[list[Dispatched], str]:
    """Return what Chromium dispatches of a stream, and the cursor it comes back with."""
    with Raw(twice(pieces, *headers)) as raw:
        tab.goto(f"{raw.url}/page")
        heard, _ = listen(tab, "/stream", names)
        return heard, stream_ids(raw)[1] or ""
