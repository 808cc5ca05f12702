"""A server that sends exactly the bytes it is told, to see what a reader makes of them."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What was asked; header names in small letters. `number` counts from 0, per path."""

    method: str
    path: str
    headers: dict[str, str]
    number: int
    stopping: threading.Event = field(repr=False, compare=False)

    def hold(self) -> bytes:
        """Keep the connection open, without a word, until the test is over."""
        self.stopping.wait()
        return b""


Answer = Callable[[Request], Iterable[bytes]]
"""What to send, piece by piece; at its end the connection is closed."""


class Raw:
    """A server on a free port of loopback, as a context manager.

    Attributes:
        url: Where it answers.
        requests: What was asked of it so far.
    """

    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()

        class Connection(socketserver.StreamRequestHandler):
            def handle(connection) -> None:
                with suppress(OSError):  # a reader may leave at any time
                    for piece in answer(self._asked(connection.rfile.readline)):
                        connection.request.sendall(piece)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Raw:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def asked(self, path: str) -> list[Request]:
        """The requests for one path, without its query."""
        return [one for one in self.requests if one.path.partition("?")[0] == path]

    def _asked(self, readline: Callable[[], bytes]) -> Request:
        method, path, _ = readline().decode().split(" ", 2)
        headers = {}
        while line := readline().decode("utf-8").rstrip("\r\n"):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        with self._lock:
            number = len(self.asked(path.partition("?")[0]))
            request = Request(method, path, headers, number, self._stopping)
            self.requests.append(request)
        return request


def head(status: str = "200 OK", *headers: str, type: str = "text/event-stream") -> bytes:
    """The head of an answer whose end is the connection's end."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {type}", "Connection: close", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"
