"""The setting `peers`: who is not named is not even read."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.stack import WITHIN_S, Stack

PROXY, NEIGHBOUR = "127.0.0.9", "127.0.0.5"


def said(
    server: Stack, address: str, path: str, host: str = "127.0.0.1", at: str = "127.0.0.1"
) -> bytes:
    """The first bytes that a client at an address is answered, none if it is hung up on."""
    ask = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    try:
        with socket.create_connection((at, server.port), WITHIN_S, (address, 0)) as client:
            client.sendall(ask)
            return client.recv(12)
    except ConnectionError:
        return b""


def test_only_the_proxy_and_this_machine_are_let_in(stack: Callable[..., Stack]) -> None:
    """Requests and streams alike: others are closed before a byte of them is read."""
    server = stack(peers=PROXY)
    for path in ("/healthz", "/race/x", "/api/v1/sources/x/events"):
        assert said(server, NEIGHBOUR, path) == b""
        assert said(server, PROXY, path).startswith(b"HTTP/1.1 ")
        assert said(server, "127.0.0.1", path).startswith(b"HTTP/1.1 ")
    assert said(server, PROXY, "/api/v1/me", PROXY) == b"HTTP/1.1 200"
    assert said(server, PROXY, "/api/v1/me", NEIGHBOUR) == b"HTTP/1.1 403"
    assert said(server, PROXY, "/api/v1/me", "evil.example") == b"HTTP/1.1 403"
