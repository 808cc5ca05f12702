"""Plain requests for streams, answered before the framework: from memory, and without waiting.

It accepts what is certain and leaves the rest to the web framework, untouched: a request that
is not plain, a reader who may not be let in, a state that has to be read. So there is one
place for every rule and every refusal, and a crowd that comes back does not pass it.
"""

from __future__ import annotations

import socket

from pitlive.errors import PitLiveError
from pitlive.hub import coding, plain_request
from pitlive.hub.hub import Hub
from pitlive.hub.plain_request import PREFIX, PlainRequest
from pitlive.hub.ports import Gate

LONGEST = 8190
"""Bytes of a request; gunicorn takes no longer line either."""

SHARED_BY = {b"accept-encoding", b""}
"""What a head may vary by and be reused: there is one for each coding."""

_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)


class StreamFastPath:
    """Answers for one worker.

    Args:
        gate: Says who is sure to be let in.
        prefix: What the paths of the two routes begin with.

    Attributes:
        heads: The head that the framework made for a stream, by coding.
    """

    def __init__(self, hub: Hub, gate: Gate, prefix: str = PREFIX) -> None:
        self._hub, self._gate, self._prefix = hub, gate, prefix
        self.heads: dict[str, bytes] = {}

    def learn(self, coded: coding.Coding, head: bytes) -> None:
        """Remember a head that the framework made, unless it says that others get another."""
        if _is_for_all(head):
            self.heads.setdefault(coded.name, head)

    def accept(self, sock: socket.socket) -> bool:
        """Take a connection over if its request is certain; else leave it as it is."""
        try:
            raw = sock.recv(LONGEST, _PEEK)
            request = plain_request.read(raw, self._prefix)
            return request is not None and self._answer(sock, request, len(raw))
        except (PitLiveError, OSError):  # it is refused, or is gone: the framework sees to both
            return False

    def _answer(self, sock: socket.socket, request: PlainRequest, size: int) -> bool:
        coded = coding.accepted(request.headers.get("accept-encoding", ""))
        head = self.heads.get(coded.name)
        if head is None or self._hub.refusal or not self._gate.admits(request.headers):
            return False
        ready = self._hub.catch_up(request.stream, coded).from_memory()
        if ready is None:
            return False
        sock.recv(size)
        group, first = ready
        self._hub.accept(sock, group, coded, head + coded.opening + first)
        return True


def _is_for_all(head: bytes) -> bool:
    """Tell whether a head says nothing that is meant for one reader, or for some."""
    lines = head.lower().splitlines()
    varies = [line.removeprefix(b"vary:") for line in lines if line.startswith(b"vary:")]
    names = {name.strip() for line in varies for name in line.split(b",")}
    return names <= SHARED_BY and not any(line.startswith(b"set-cookie:") for line in lines)
