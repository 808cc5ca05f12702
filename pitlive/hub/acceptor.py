"""Where connections come in: gevent's server, which lets streams be answered at once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import gevent
from gevent import monkey
from gevent.server import StreamServer
from gevent.socket import socket as GeventSocket

ACCEPT_BATCH = 64
"""Streams accepted before whatever else waits has a turn."""

WAIT_FOR_REQUEST_S = 1
"""A connection is of no interest before it says something, or that much time has passed."""

MAPPED = "::ffff:"
"""How an IPv4 address is written by a socket that takes both."""


class Acceptor(StreamServer):
    """Offers every new connection to `fast_path`; what that leaves goes the usual way.

    So a stream costs no greenlet and no watcher of its own, not even while it begins.
    """

    def __init__(
        self,
        listener: Any,
        fast_path: Callable[[socket.socket], bool],
        comes_in: Callable[[str], bool],
        **options: Any,
    ) -> None:
        super().__init__(listener, **options)
        self._fast_path, self._comes_in = fast_path, comes_in
        self._has_addresses = listener.family in (socket.AF_INET, socket.AF_INET6)
        self._plain = monkey.get_original("socket", "socket")
        if self._has_addresses:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, WAIT_FOR_REQUEST_S)

    def shut(self) -> None:
        """Accept nobody from now on; close as soon as whoever was accepted has begun."""
        self.stop_accepting()
        gevent.sleep(0)
        self.close()

    @property
    def _listening(self) -> Any:
        return self.socket  # the bare one, which gevent has put there when it started

    def do_read(self) -> Any:
        """Accept connections until one is left to the framework; None when nobody waits."""
        for _ in range(ACCEPT_BATCH):
            try:
                fd, address = self._listening._accept()
            except BlockingIOError:
                return None
            sock = self._plain(fileno=fd)
            if not self._may_connect(address):
                sock.close()
                continue
            if not self._fast_path(sock):
                family, kind, proto = sock.family, sock.type, sock.proto
                return GeventSocket(family, kind, proto, fileno=sock.detach()), address
        return None

    def _may_connect(self, address: Any) -> bool:
        """Ask who may connect; at a Unix socket the permissions of its file have said so."""
        return not self._has_addresses or self._comes_in(address[0].removeprefix(MAPPED))
