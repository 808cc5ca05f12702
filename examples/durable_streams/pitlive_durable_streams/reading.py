"""What readers are answered: a page at once, the next one by long poll, or all that come by SSE.

Who waits holds a greenlet of the worker, and nothing else: no connection to Redis and no page.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha1

import structlog
from flask import Request, Response

from pitlive.errors import PitLiveError
from pitlive_durable_streams import sse
from pitlive_durable_streams.asked import Read
from pitlive_durable_streams.cursor import next_cursor
from pitlive_durable_streams.log import Log, Page
from pitlive_durable_streams.offset import NOW, START
from pitlive_durable_streams.refusals import Refused
from pitlive_durable_streams.waker import Waker

logger = structlog.get_logger()

LOOK_S = 5.0
"""How long a lost announcement can go unnoticed."""

SSE_LIFE_S = 60.0
"""How long one response by SSE lasts: then caches may put its readers together again."""

KEEP_S = 60
"""How long caches may keep a page that will never change; its stream may be deleted meanwhile."""


APART = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""What was appended may say that it is a page: shown by a browser, it is to be none of ours."""


class Readers:
    """Those who read in one worker.

    Args:
        most_waiting: How many may wait at a time.
        wait_s: How long a long poll waits, and how often who reads by SSE hears that we live [s].
        private: Whether only who has logged in may read, so that shared caches keep nothing.
    """

    def __init__(self, waker: Waker, most_waiting: int, wait_s: float, *, private: bool) -> None:
        self._waker, self._most, self._wait_s = waker, most_waiting, wait_s
        self._shared = "private" if private else "public"

    def answer(self, log: Log, request: Request) -> Response:
        """Answer a reader.

        Raises:
            Refused: There is no such stream, or the request is none.
        """
        asked = Read.of(request)
        if not asked.live:
            return self._page(log, asked, request)
        if self._waker.waiting >= self._most:
            raise Refused(503, "live: too many wait here, try again", {"Retry-After": "2"})
        if asked.live == "sse":
            return self._sse(log, asked)
        return self._long_poll(log, asked, request)

    def _page(self, log: Log, asked: Read, request: Request) -> Response:
        page = log.read(asked.after)
        keep = {"Cache-Control": self._keep(asked, is_final=not page.is_tail)}
        return _tagged(_response(page, keep), page, asked, request)

    def _long_poll(self, log: Log, asked: Read, request: Request) -> Response:
        page = self._next(log, log.read(asked.after), self._wait_s)
        known = {"Cache-Control": self._keep(asked, is_final=bool(page.records))}
        if page.records or not page.is_closed:
            known["Stream-Cursor"] = next_cursor(asked.cursor)
        if not page.records:
            return Response(status=204, headers=_places(page) | known)
        return _tagged(_response(page, known), page, asked, request)

    def _keep(self, asked: Read, *, is_final: bool) -> str:
        """What caches may do: after an offset of a stream the same records follow for ever.

        A page at the tail grows, so it is asked for anew; one by long poll has brought the reader
        on already, to another address.
        """
        if asked.after == NOW:
            return "no-store"
        if is_final and asked.after != START:
            return f"{self._shared}, max-age={KEEP_S}"
        return "no-cache"

    def _next(self, log: Log, page: Page, within_s: float) -> Page:
        """Return a page, or if it is empty the next one, which may come in time."""
        if page.records or page.is_closed:
            return page
        until = time.monotonic() + within_s
        with self._waker.hearing(log.channel) as news:
            while True:
                news.clear()
                page = log.read(page.after)
                left = until - time.monotonic()
                if page.records or page.is_closed or left <= 0 or self._waker.is_ending:
                    return page
                news.wait(min(left, LOOK_S))

    def _sse(self, log: Log, asked: Read) -> Response:
        page = log.read(asked.after)
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        if sse.is_binary(page.media):
            headers["Stream-SSE-Data-Encoding"] = "base64"
        events = self._events(log, page, asked.cursor)
        return Response(events, headers=headers, content_type="text/event-stream")

    def _events(self, log: Log, page: Page, cursor: str) -> Iterator[bytes]:
        """Yield what comes until the stream is closed or gone, or the response is old enough."""
        until = time.monotonic() + SSE_LIFE_S
        while True:
            yield sse.encode(page, next_cursor(cursor))
            left = until - time.monotonic()
            if page.is_closed or left <= 0 or self._waker.is_ending:
                return
            try:
                page = log.read(page.after)
                if page.is_tail:
                    page = self._next(log, page, min(left, self._wait_s))
            except (Refused, PitLiveError) as error:  # the reader comes back, and is told
                logger.info("stream ends", why=str(error))
                return


def _response(page: Page, headers: dict[str, str]) -> Response:
    known = _places(page) | APART | headers
    return Response(page.body, headers=known, content_type=page.media)


def _places(page: Page) -> dict[str, str]:
    known = {"Stream-Next-Offset": page.after}
    if page.is_tail:
        known["Stream-Up-To-Date"] = "true"
    if page.is_closed:
        known["Stream-Closed"] = "true"
    return known


def _tagged(response: Response, page: Page, asked: Read, request: Request) -> Response:
    """A page is the same wherever it begins and ends at the same places of the same life."""
    marks = (asked.after, page.after, str(page.is_tail), str(page.is_closed))
    response.set_etag(sha1(" ".join(marks).encode(), usedforsecurity=False).hexdigest()[:20])
    return response.make_conditional(request)  # type: ignore[return-value]
