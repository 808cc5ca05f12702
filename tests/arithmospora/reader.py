"""A page of the programme, as far as it listens: what it holds of each stat, by event name."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.checker import blocks, lines_of, merge
from tests.stack import wait_for


class Page:
    """Keeps the newest payload of every stat, and all milestones, of one connection.

    Attributes:
        events: Names of the messages in their order.
        stats: `group:key` → payload.
        sizes: Bytes of each message about a stat, in their order.
        ids: The ids of the messages, None where there is none.
    """

    def __init__(self, url: str, path: str, cursor: str = "") -> None:
        self.events: list[str] = []
        self.stats: dict[str, Any] = {}
        self.available: dict[str, list[str]] = {}
        self.milestones: list[Any] = []
        self.sizes: list[int] = []
        self.ids: list[str | None] = []
        self.named: list[tuple[str, Any]] = []
        at = urlsplit(url)
        self._connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": cursor} if cursor else {})
        self._connection.request("GET", path, headers=headers)
        self._socket = self._connection.sock  # which the answer then takes over
        self.answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> Page:
        """Listen from now on."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Leave."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(90)
        self.answer.close()
        self._connection.close()

    @property
    def cursor(self) -> str:
        """The newest id."""
        return next((id for id in reversed(self.ids) if id), "")

    def data(self, stat: str, *points: str) -> Any:
        """The data of a stat or of one of its data points, None if it is not there."""
        point = self.stats.get(stat)
        for name in points:
            point = (point or {}).get("dataPoints", {}).get(name)
        return None if point is None else point["data"]

    def _listen(self) -> None:
        with suppress(OSError, ValueError, http.client.HTTPException):
            for block in blocks(lines_of(self.answer)):
                if block.data is None:
                    continue
                if block.name != "message":
                    self.named.append((block.name, orjson.loads(block.data)))
                    continue
                self.ids.append(block.id)  # before anybody can see what it belongs to
                self._take(orjson.loads(block.data), len(block.data))

    def _take(self, said: Any, size: int) -> None:
        event, _, stat = said["event"].partition(":")
        payload = said["payload"]
        if event == "available":
            self.available = payload
        elif event == "milestone":
            self.milestones.append(payload)
        elif event == "stats":
            self.stats[stat] = payload
        else:
            self.stats[stat] = merge(self.stats[stat], payload)
        if stat:
            self.sizes.append(size)
        self.events.append(said["event"])


def opened(url: str, path: str, cursor: str = "") -> Page:
    """A page that was greeted; sent away because Redis is slow, it comes back as browsers do."""
    while True:
        page = Page(url, path, cursor).start()
        wait_for(lambda: bool(page.named), "greeting")  # noqa: B023
        if page.named[0][0] == "hello":
            return page
        page.close()
