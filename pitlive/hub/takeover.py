"""A response that gives its socket away: the view ends, the stream goes on in the hub.

Flask's hooks have run by then, so that headers, cookies and access rules are those of any
other response. Only gunicorn's gevent worker, as `StreamWorker` has it, can do this:

    gunicorn --worker-class pitlive.hub.takeover.StreamWorker module:app

gunicorn's arbiter imports this before gevent has patched anything, so it imports nothing else
of the hub: an application says with `serve_with` what its workers have to do.
"""

from __future__ import annotations

import atexit
import gc
import logging
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import gevent
from flask import Response
from flask.sansio.app import App
from gevent.event import Event
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from pitlive.hub.acceptor import Acceptor

TAKEN_OVER: list[bytes] = []
"""What the application returns when the socket is no longer the server's business."""

SHUT_S = 2.0
"""From when a worker accepts nobody more to the first goodbye. Workers that are stopped together
are told within milliseconds; whoever is sent away must not come back to one of them that has not
heard it yet."""

EXTENSION = "pitlive.hub"
"""Where an application keeps what its worker has to know."""

_OWN_HEADERS = {"connection", "content-length", "transfer-encoding"}


class Served(NamedTuple):
    """What a worker does for the streams of its application.

    Attributes:
        drain: Ends all streams, with a reason.
        readers: Tells how many there are.
        fast_path: Takes a new connection over if that is certain to be right.
        comes_in: Tells whether an address may connect.
        ending: Set when the worker is told to stop.
    """

    drain: Callable[[Any], None]
    readers: Callable[[], int]
    fast_path: Callable[[socket.socket], bool]
    comes_in: Callable[[str], bool]
    ending: Event


def serve_with(app: App, served: Served) -> None:
    """Have the worker of an application serve its streams; one hub is one application's."""
    if app.extensions.setdefault(EXTENSION, served) is not served:
        raise ValueError(f"{app.name}: got a second hub, want one: a worker drains one")


class Takeover(Response):
    """An event stream whose socket is given to `begin` together with its head."""

    def __init__(self, begin: Callable[[socket.socket, bytes], None], **options: Any) -> None:
        super().__init__(mimetype="text/event-stream", **options)
        self._begin = begin

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Give the socket away; HEAD is answered like any other."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        self._begin(environ["gunicorn.socket"], self._head())
        return TAKEN_OVER

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status}", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in self.headers.items() if k.lower() not in _OWN_HEADERS]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class StreamWorker(GeventWorker):  # type: ignore[misc]  # untyped
    """gunicorn's gevent worker, which leaves a taken socket alone and drains before it ends."""

    def init_process(self) -> None:
        """Begin with nobody accepted, and not told to stop.

        Raises:
            ValueError: It is to serve TLS: streams are written to bare sockets.
        """
        if self.cfg.is_ssl:
            raise ValueError(
                "certfile, keyfile: got TLS, want none: StreamWorker serves plain HTTP, "
                "behind a proxy such as nginx that terminates TLS"
            )
        self._acceptors: list[Acceptor] = []
        self._stopped_at = 0.0
        atexit.register(_end_log)
        gc.disable()  # until `run`: hardly anything of what is loaded is garbage
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Accept nobody more at once when told to stop: gunicorn's own loop looks once a second.

        Requests that wait for something are told too.
        """
        super().handle_exit(sig, frame)
        self._stopped_at = time.monotonic()
        if self._acceptors:  # else it has not begun
            gevent.spawn(self._served().ending.set)
        for acceptor in self._acceptors:
            gevent.spawn(acceptor.shut)

    def is_already_handled(self, answer: Any) -> Any:
        """End the handling of the connection if its socket was given away."""
        if answer is TAKEN_OVER:
            raise StopIteration
        return super().is_already_handled(answer)

    def server_class(self, listener: Any, *, spawn: Any, **_unused: Any) -> Acceptor:
        """Make what gunicorn accepts connections with: the class is its own hook for that."""
        served = self._served()
        handle = partial(self.handle, listener)
        acceptor = Acceptor(listener, served.fast_path, served.comes_in, handle=handle, spawn=spawn)
        self._acceptors.append(acceptor)
        return acceptor

    def run(self) -> None:
        """Serve until told to stop; requests end first, then the streams, over a window."""
        served = self._served()
        gc.collect()
        gc.freeze()  # modules and routes live as long as we do: no need to look at them again
        gc.enable()
        super().run()
        if served.readers():
            gevent.sleep(max(0.0, self._stopped_at + SHUT_S - time.monotonic()))
        drained = gevent.spawn(served.drain, "restart")
        while not drained.ready():
            self.notify()
            drained.join(timeout=1)

    def _served(self) -> Served:
        """Return what the application has said.

        Raises:
            ValueError: It has no streams, or is no Flask application: something wraps it.
        """
        served = getattr(self.wsgi, "extensions", {}).get(EXTENSION)
        if not isinstance(served, Served):
            raise ValueError(
                f"application: got {type(self.wsgi).__name__} without streams, want a Flask "
                "application with the blueprint of `pitlive.hub.routes`"
            )
        return served


def _end_log() -> None:
    """End logging after a worker's last line: its list of handlers is locked with gevent's lock.

    The interpreter forgets gevent before the handlers, each of which wants to leave that list
    then, and complains in the log of every worker that it cannot.
    """
    logging.shutdown()
    logging._handlerList.clear()  # type: ignore[attr-defined]  # there is no public way
