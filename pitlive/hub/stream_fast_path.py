"""Plain requests for streams, answered at the door: from memory, and without waiting.

It takes what is certain and leaves the rest to the web framework, untouched: a request that
is not plain, a reader who may not be let in, a state that has to be read. So there is one
place for every rule and every refusal, and a crowd that comes back does not pass it.
"""

from __future__ import annotations

import socket

from pitlive.errors import PitLiveError
from pitlive.hub import asked, coding
from pitlive.hub.catch_up import Greeting
from pitlive.hub.hub import Hub
from pitlive.web.access import Access

LONGEST = 8190
"""Bytes of a request; gunicorn takes no longer line either."""


_LOOK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)


class Early:
    """Answers for one worker.

    Attributes:
        heads: The head that the framework made for a stream, by coding.
    """

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub = hub
        self._access = access
        self.heads: dict[str, bytes] = {}

    def learn(self, coded: coding.Coding, head: bytes) -> None:
        """Remember a head that the framework made; it is the same for everybody."""
        if b"set-cookie:" not in head.lower():
            self.heads.setdefault(coded.name, head)

    def take(self, sock: socket.socket) -> bool:
        """Take a connection over if its request is certain; else leave it as it is."""
        try:
            raw = sock.recv(LONGEST, _LOOK)
            request = asked.read(raw)
            return request is not None and self._answer(sock, request, len(raw))
        except (PitLiveError, OSError):  # it is told, or is gone: the framework sees to both
            return False

    def _answer(self, sock: socket.socket, request: asked.Asked, size: int) -> bool:
        coded = coding.accepted(request.headers.get("accept-encoding", ""))
        head = self.heads.get(coded.name)
        if head is None or self._hub.refusal or not self._access.admits(request.headers):
            return False
        ready = Greeting(self._hub, request.wish, coded).at_once()
        if ready is None:
            return False
        sock.recv(size)
        group, first = ready
        self._hub.take_over(sock, group, coded, head + coded.opening + first)
        return True
