"""The network between reader and server, to be stopped, torn and made to vanish.

Nothing here needs to be root: what netfilter would drop on the way is dropped by a filter
on the reader's own socket, before its kernel can acknowledge it.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import threading
from contextlib import suppress

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # asm-generic/socket.h
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF_RET | BPF_K with 0: no byte of it is taken


def deafen(sock: socket.socket) -> None:
    """Let nothing arrive at a socket any more, as if its packets were dropped on the way."""
    program = ctypes.create_string_buffer(DROP_ALL, len(DROP_ALL))
    filter = struct.pack("HL", 1, ctypes.addressof(program))  # struct sock_fprog
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, filter)


def undeafen(sock: socket.socket) -> None:
    """Let packets arrive again; what was sent meanwhile comes as soon as it is sent again."""
    sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


class Wire:
    """A TCP proxy on a port of its own, whose connections can be stopped and torn.

    Args:
        port: Of the server.
        buffer: Bytes that the kernel may hold on the way; 0 leaves it to the kernel.

    Attributes:
        buffer: The same, of connections to come.
        url: Where readers connect.
    """

    def __init__(self, port: int, buffer: int = 0) -> None:
        self._port = port
        self.buffer = buffer
        self._flows = threading.Event()
        self._flows.set()
        self._tears = threading.Event()
        self._before = b""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Hand nothing on and take nothing from the server, but stay connected."""
        self._flows.clear()

    def go_on(self) -> None:
        """Hand on again."""
        self._flows.set()

    def tear(self, before: bytes = b"") -> None:
        """Cut every connection in the middle of what comes next, or before some words in it."""
        self._before = before
        self._tears.set()

    def mend(self) -> None:
        """Let new connections be."""
        self._tears.clear()

    def close(self) -> None:
        """Take no more connections; those that are open end with either side."""
        self._flows.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket()
                if self.buffer:
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
                server.connect(("127.0.0.1", self._port))
                for pump in (self._ask, self._answer):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while part := client.recv(65536):
                server.sendall(part)
        _hang_up(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while self._flows.wait() and (part := server.recv(65536)):
                self._flows.wait()
                if self._tears.is_set() and self._before in part:
                    client.sendall(part[: part.index(self._before) or len(part) // 2])
                    break
                client.sendall(part)
        for side in (client, server):
            _hang_up(side)
        client.close()
        server.close()


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):  # it has gone already
        sock.shutdown(socket.SHUT_RDWR)
