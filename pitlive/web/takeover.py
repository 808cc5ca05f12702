"""A response that gives its socket away: the view ends, the stream goes on in the hub.

Flask's hooks have run by then, so that headers, cookies and access rules are those of any
other response. Only gunicorn's gevent worker, as `StreamWorker` has it, can do this.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from flask import Response
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

TAKEN: list[bytes] = []
"""What the application returns when the socket is no longer the server's business."""

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

    def is_already_handled(self, answer: Any) -> Any:
        """End the handling of the connection if its socket was given away."""
        if answer is TAKEN:
            raise StopIteration
        return super().is_already_handled(answer)

    def run(self) -> None:
        """Serve until told to stop; requests end first, then the streams, over a window."""
        super().run()
        drained = gevent.spawn(self.wsgi.extensions["hub"].drain, "restart")
        while not drained.ready():
            self.notify()
            drained.join(timeout=1)
