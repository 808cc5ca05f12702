"""Where a receiver is, and whether notices may go there.

Whoever may declare a source names the URLs. So that they cannot make this machine knock at
doors that only it can reach, receivers have public addresses, unless the setting
`webhook_private` allows others. The address that was looked at is the one connected to: a
name that means another address a moment later gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from pitlive.errors import PitLiveError

MOST_HANGING = 32
"""Names asked for at a time that have hung before: half of the threads that ask."""

REMEMBERED = 10_000
"""Names of which it is known that they hung; the oldest are forgotten."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_NOT_PUBLIC = tuple(
    map(ipaddress.ip_network, ("::/96", "64:ff9b:1::/48", "fec0::/10", "192.88.99.0/24"))
)
"""What Python may take for public: IPv4 in IPv6 as it was once written, NAT64 of one's own,
site-local addresses, relays of 6to4."""


class PrivateAddress(PitLiveError):
    """A receiver is not at a public address."""


class NoRoom(OSError):
    """Too many names are being asked for that have hung before."""


class Resolver:
    """Asks what addresses hosts have.

    A thread asks, and cannot be stopped: who asks for a name while it is being asked for
    waits for the same answer, so that a name that hangs holds one thread and no more. Names
    that have hung hold at most half of them, however many there are.
    """

    def __init__(self, most_hanging: int = MOST_HANGING) -> None:
        self._most_hanging = most_hanging
        self._asking: dict[tuple[str, int], asyncio.Future[list[Any]]] = {}
        self._hung: dict[tuple[str, int], None] = {}
        """What somebody waited for in vain, and has not been answered since."""

    async def find(self, host: str, port: int, *, private: bool) -> list[str]:
        """Return the addresses of a host, in the order in which to try them.

        Raises:
            PrivateAddress: One of them is not public, and it must be.
            NoRoom: It has hung before, and so have too many that are being asked for.
            OSError: The name is not known.
        """
        addresses = list(dict.fromkeys(str(info[4][0]) for info in await self._ask(host, port)))
        for address in addresses:
            if not private and not is_public(address):
                raise PrivateAddress(
                    f"{host}: got {address}, which is not public, want the setting webhook_private"
                )
        return addresses

    async def _ask(self, host: str, port: int) -> list[Any]:
        asked = host, port
        if (asking := self._asking.get(asked)) is None:
            if (
                asked in self._hung
                and len(self._hung.keys() & self._asking.keys()) >= self._most_hanging
            ):
                raise NoRoom(f"{host}: its address was not found in time, as those of others")
            loop = asyncio.get_running_loop()
            ask = loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            asking = self._asking[asked] = asyncio.ensure_future(ask)
            asking.add_done_callback(lambda done: self._answered(asked, done))
        try:
            await asyncio.wait([asking])  # which goes on when whoever waits has had enough
        except asyncio.CancelledError:
            self._hung[asked] = None
            if len(self._hung) > REMEMBERED:
                del self._hung[next(iter(self._hung))]
            raise
        self._hung.pop(asked, None)
        return asking.result()

    def _answered(self, asked: tuple[str, int], done: asyncio.Future[list[Any]]) -> None:
        self._asking.pop(asked, None)
        if not done.cancelled():
            done.exception()  # whoever waited may have gone on


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open Internet, whatever it is wrapped in.

    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    >>> [is_public(a) for a in ("2606:4700::1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1")]
    [True, False, False, False]
    >>> said = ("fec0::1", "::127.0.0.1", "64:ff9b:1::8.8.8.8", "192.88.99.1")
    >>> [is_public(a) for a in said]
    [False, False, False, False]
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner:
            return is_public(str(inner))
    if any(ip in net for net in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast
