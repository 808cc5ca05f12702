"""A response that gives its socket away: the view ends, the stream goes on in the hub.

Flask's hooks have run by then, so that headers, cookies and access rules are those of any
other response. Only gunicorn's gevent worker, as `StreamWorker` has it, can do this.
"""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import gevent
from flask import Response
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from pitlive.hub.acceptor import Door

TAKEN: list[bytes] = []
"""What the application returns when the socket is no longer the server's business."""

SHUT_S = 2.0
"""From the shut door to the first goodbye. Workers that are stopped together are told within
milliseconds; whoever is sent away must not come back to one of them that has not heard it yet."""

_OURS = {"connection", "content-length", "transfer-encoding"}


class Takeover(Response):
    """An event stream whose socket is given to `take` together with its head."""

    def __init__(self, take: Callable[[socket.socket, bytes], None], **given: Any) -> None:
        super().__init__(mimetype="text/event-stream", **given)
        self._take = take

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Give the socket away; HEAD is answered like any other."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        self._take(environ["gunicorn.socket"], self._head())
        return TAKEN

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status}", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in self.headers.items() if k.lower() not in _OURS]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class StreamWorker(GeventWorker):  # type: ignore[misc]  # untyped
    """gunicorn's gevent worker, which leaves a taken socket alone and drains before it ends."""

    def init_process(self) -> None:
        """Begin with no door, and not told to stop."""
        self._doors: list[Door] = []
        self._told = 0.0
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Shut the door at once when told to stop: gunicorn's own loop looks once a second.

        Requests that wait for something are told too.
        """
        super().handle_exit(sig, frame)
        self._told = time.monotonic()
        gevent.spawn(self.wsgi.extensions["ending"].set)
        for door in self._doors:
            gevent.spawn(door.shut)

    def is_already_handled(self, answer: Any) -> Any:
        """End the handling of the connection if its socket was given away."""
        if answer is TAKEN:
            raise StopIteration
        return super().is_already_handled(answer)

    def server_class(self, listener: Any, *, spawn: Any, **_unused: Any) -> Door:
        """Make what gunicorn accepts connections with: the class is its own hook for that."""
        early, comes_in = self.wsgi.extensions["early"], self.wsgi.extensions["access"].comes_in
        handle = partial(self.handle, listener)
        door = Door(listener, early.take, comes_in, handle=handle, spawn=spawn)
        self._doors.append(door)
        return door

    def run(self) -> None:
        """Serve until told to stop; requests end first, then the streams, over a window."""
        gc.collect()
        gc.freeze()  # modules and routes live as long as we do: no need to look at them again
        super().run()
        hub = self.wsgi.extensions["hub"]
        if hub.readers:
            gevent.sleep(max(0.0, self._told + SHUT_S - time.monotonic()))
        drained = gevent.spawn(hub.drain, "restart")
        while not drained.ready():
            self.notify()
            drained.join(timeout=1)
