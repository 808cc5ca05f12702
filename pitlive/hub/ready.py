"""Which of the hub's descriptors can take more, and which are gone: one epoll set for all."""

from __future__ import annotations

import select
from collections.abc import Callable

import gevent
from gevent import monkey

EVENTS_AT_ONCE = 4096
GONE = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
WATCHED = select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
"""Edge-triggered: a descriptor is reported once when it can take more again."""

_READABLE = 1  # libev's EV_READ


class Ready:
    """Calls `writable` and `gone` with descriptors, from gevent's own loop; neither may block."""

    def __init__(self, writable: Callable[[int], None], gone: Callable[[int], None]) -> None:
        self._writable = writable
        self._gone = gone
        self._epoll = monkey.get_original("select", "epoll")()
        self._watcher = gevent.get_hub().loop.io(self._epoll.fileno(), _READABLE)
        self._watcher.start(self._report)

    def watch(self, fd: int) -> None:
        """Report on a descriptor until it is closed."""
        self._epoll.register(fd, WATCHED)

    def _report(self) -> None:
        for fd, events in self._epoll.poll(0, EVENTS_AT_ONCE):
            if events & GONE:
                self._gone(fd)
            else:
                self._writable(fd)
