"""A receiver of webhooks: a real HTTP server that answers as it is told, and remembers all."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import trustme

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Got(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        """What names the notice."""
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        """What it is about."""
        return str(json.loads(self.body)["type"])

    @property
    def data(self) -> dict[str, Any]:
        """What it tells."""
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


class Receiver:
    """A server on a free port.

    Attributes:
        url: Where notices go.
        got: All requests, in the order in which they came.
        most: How many there were at the same time.
        answer: Request → status, or status and headers.
        open: While cleared, nobody is answered.
    """

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.most = self._now = 0
        self.answer: Callable[[Got], int | tuple[int, dict[str, str]]] = lambda _: 204
        self.open = threading.Event()
        self.open.set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def encrypt(self, folder: Path, name: str) -> None:
        """Speak TLS from now on, under this name; who signed it is in the folder as `cert.pem`."""
        signer = trustme.CA()
        signer.cert_pem.write_to_path(folder / "cert.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        signer.issue_cert(name).configure_cert(context)
        plain = self._server.socket
        self._server.socket = context.wrap_socket(plain, server_side=True)

    def stop(self) -> None:
        """Close the port."""
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, got: Got) -> tuple[int, dict[str, str]]:
        with self._lock:
            self.got.append(got)
            self._now += 1
            self.most = max(self.most, self._now)
        self.open.wait()
        said = self.answer(got)
        with self._lock:
            self._now -= 1
        return said if isinstance(said, tuple) else (said, {})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, more = take(Got(self.path, headers, body))
                with suppress(OSError):  # who waited has gone
                    self.send_response(status)
                    for name, value in more.items():
                        self.send_header(name, value)
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                """It is the test that says what came."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Who breaks off a handshake is told of by the courier."""
