"""A Redis that loses announcements: a proxy which reads just enough RESP to drop some."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

ANNOUNCEMENT = (b">3\r\n$7\r\nmessage\r\n", b"*3\r\n$7\r\nmessage\r\n")  # RESP3, RESP2


class LossyRedis:
    """Hands everything on, except a share of what is announced by pub/sub.

    Attributes:
        share: How many of all announcements get lost, 0 to 1; evenly, for chance may spare all.
        lost: How many were, so far.
    """

    def __init__(self, redis_socket: Path, share: float) -> None:
        self.share = share
        self.lost = 0
        self.url = f"unix://{redis_socket}.lossy"
        self._redis = str(redis_socket)
        self._due = 0.0
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{redis_socket}.lossy")
        self._listening.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that are open end with either side."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._redis)
                for pump in (self._commands, self._answers):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _commands(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):  # either side is gone
            while part := client.recv(65536):
                server.sendall(part)
        for side in (client, server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError, EOFError), server.makefile("rb") as stream:
            while True:
                one = frame(stream)
                if not (one.startswith(ANNOUNCEMENT) and self._is_to_be_lost()):
                    client.sendall(one)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _is_to_be_lost(self) -> bool:
        self._due += self.share
        if self._due < 1:
            return False
        self._due = 0.0
        self.lost += 1
        return True


def frame(stream: BinaryIO) -> bytes:
    """Read one RESP value as it stands on the wire.

    Raises:
        EOFError: The connection has ended.
    """
    line = stream.readline()
    if not line:
        raise EOFError
    kind, size = line[:1], line[1:-2]
    if kind in b"$=!" and int(size) >= 0:
        return line + stream.read(int(size) + 2)
    if kind in b"*>~%|":
        values = int(size) * (2 if kind in b"%|" else 1)
        return line + b"".join(frame(stream) for _ in range(values))
    return line
