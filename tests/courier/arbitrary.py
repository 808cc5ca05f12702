"""A receiver that answers any bytes, and ends as it likes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

Ending = Literal["close", "reset", "hang", "endless", "drip"]


class Reply(NamedTuple):
    """What is answered, and then: closed, reset, nothing, the last part again and again.

    Attributes:
        drip: As `ending`: byte by byte, ten a second.
    """

    data: bytes
    ending: Ending = "close"
    again: bytes = b""


class Arbitrary:
    """A server on a free port; the path of a request, a number, says which reply it has."""

    def __init__(self) -> None:
        self.replies: Sequence[Reply] = ()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def url(self, number: int, scheme: str = "http") -> str:
        """Where a reply is had."""
        return f"{scheme}://127.0.0.1:{self._server.getsockname()[1]}/{number}"

    def stop(self) -> None:
        """Close the port."""
        self._stopped.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with suppress(OSError), peer:
            asked = peer.recv(65_536)
            path = asked.split(b" ", 2)[1][1:] if asked.startswith(b"POST ") else b"0"
            if int(path) < len(self.replies):  # else it is of a test before
                self._end(peer, self.replies[int(path)])

    def _end(self, peer: socket.socket, reply: Reply) -> None:
        if reply.ending == "drip":
            for n in range(len(reply.data)):
                peer.sendall(reply.data[n : n + 1])
                time.sleep(0.1)
            return
        peer.sendall(reply.data)
        if reply.ending == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif reply.ending == "hang":
            self._stopped.wait(30)
        while reply.ending == "endless" and not self._stopped.is_set():
            peer.sendall((reply.again or b"x") * 1000)
