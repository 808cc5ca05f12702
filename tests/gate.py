"""A relay in front of a web server that counts streams, and can be shut."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import Literal

from tests.stack import free_port

STREAM = re.compile(rb"GET (/api/v1/\S*events\?\S*) HTTP")
UNAVAILABLE = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gate:
    """Relays TCP connections to a port of this machine.

    Attributes:
        way: `open`; `shut` ends whoever comes at once; `503` says so first.
        asked: The address of every stream that was asked for, in order.
        streams: The address of each stream that is open, by connection.
        most: The greatest number of streams that were open at once.
    """

    def __init__(self, port: int) -> None:
        self.way: Literal["open", "shut", "503"] = "open"
        self.asked: list[str] = []
        self.streams: dict[socket.socket, str] = {}
        self.most = 0
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._to = port
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections."""
        for sock in list(self._open):
            with suppress(OSError):  # it may have ended by itself
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no longer."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.way == "503" and client.recv(65536):
                client.sendall(UNAVAILABLE)
            if self.way != "open":
                return
            with socket.create_connection(("127.0.0.1", self._to)) as server:
                self._open |= {client, server}
                if self.way != "open":  # it was shut meanwhile, and who was open is cut already
                    return
                back = threading.Thread(target=self._copy, args=[server, client], daemon=True)
                back.start()
                self._copy(client, server)
                back.join()
        self.streams.pop(client, None)
        self._open.discard(client)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either end may be cut
            while data := source.recv(65536):
                for path in STREAM.findall(data):
                    self.asked.append(path.decode())
                    self.streams[source] = path.decode()
                    self.most = max(self.most, len(self.streams))
                target.sendall(data)
        for sock in (source, target):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
