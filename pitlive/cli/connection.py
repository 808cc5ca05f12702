"""One PitLive server over HTTP, asked again until it answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from pitlive.client.refusal import refusal
from pitlive.errors import RequestRefused, ServerAway

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 10.0
AWAY = (429, 502, 503, 504)
"""Statuses that mean "not now": nothing was acknowledged, so asking again is safe."""

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""A batch may wait for a disk that syncs; a connection is there at once or not at all."""


class Server:
    """A PitLive server.

    Args:
        url: Where it runs.
        user: `name:password` to write as.
        patience_s: For how long to ask again when it does not answer; None is for ever.
        say: Told when it is away and when it is back.
    """

    def __init__(
        self,
        url: str,
        user: str | None = None,
        patience_s: float | None = 0.0,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.url = url.rstrip("/")
        self.patience_s = patience_s
        self.say = say
        name, _, password = (user or "").partition(":")
        auth = httpx.BasicAuth(name, password) if user else None
        try:
            self._client = httpx.Client(base_url=self.url, auth=auth, timeout=TIMEOUT)
        except httpx.InvalidURL as error:
            raise RequestRefused(f"url: got {url!r} ({error}), want such as {_EXAMPLE}") from None

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask until there is an answer other than "not now".

        Raises:
            ServerAway: It did not answer while our patience lasted.
            RequestRefused: The URL is not one that can be asked.
        """
        began = time.monotonic()
        attempt = 0
        while True:
            answer, why = self._try(method, path, request)
            if answer is not None and not why:
                if attempt:
                    self.say(f"{self.url} is back")
                return answer
            if self.patience_s is not None and time.monotonic() - began >= self.patience_s:
                raise ServerAway(f"{self.url}: {why}, want a running PitLive (`pitlive up`)")
            wait = _wait_s(attempt, answer)
            self.say(f"{self.url}: {why}; trying again in {wait:.1f} s")
            time.sleep(wait)
            attempt += 1

    def get(self, path: str, **request: Any) -> Any:
        """Get a JSON answer.

        Raises:
            ServerAway, RequestRefused: As `ask`; also any status but 200.
        """
        answer = self.ask("GET", path, **request)
        if answer.status_code != 200:
            raise refusal(answer)
        return answer.json()

    def _try(
        self, method: str, path: str, request: dict[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        """One attempt: the answer if there was one, and why it does not do."""
        try:
            answer = self._client.request(method, path, **request)
        except httpx.UnsupportedProtocol as error:
            raise RequestRefused(f"url: {self.url}: {error}, want such as {_EXAMPLE}") from None
        except httpx.TransportError as error:
            return None, str(error) or type(error).__name__
        return answer, f"answered {answer.status_code}" if answer.status_code in AWAY else ""


def _wait_s(attempt: int, answer: httpx.Response | None) -> float:
    """Back off, and differ from the other feeds that lost the same server."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt, 10))
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    least = float(asked) if asked.isdigit() else 0.0
    return min(least, LONGEST_WAIT_S) + longest * random.uniform(0.5, 1.0)


_EXAMPLE = "http://127.0.0.1:8000"
