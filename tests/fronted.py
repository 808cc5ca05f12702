"""A private PitLive in parts, as Compose runs it: streams apart from the rest, nginx in front.

What is run is the shipped `nginx/nginx.conf` on ports and folders of our own.
"""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import trustme

from pitlive.processes import leashed
from tests import lacking
from tests.conftest import ROOT
from tests.stack import WITHIN_S, Stack, free_port, wait_for

SHIPPED = ROOT / "nginx"


def program() -> str:
    """The nginx of this machine."""
    return lacking.program("nginx", package="nginx")


def rendered(folder: Path, listen: int, web: int, streams: int, **changes: str) -> list[str]:
    """The command of an nginx with the shipped file on our own ports and folders.

    Args:
        changes: Directive of the file → what it is changed to in this test.
    """
    text = (SHIPPED / "nginx.conf").read_text()
    own = {
        "listen 8080": f"listen 127.0.0.1:{listen}",
        "/var/cache/pitlive": f"{folder}/cache",
        "http {\n": f"http {{\n    access_log off;\n{_temporary(folder)}",
    }
    for old, new in own.items():
        assert old in text
        text = text.replace(old, new)
    upstreams = (SHIPPED / "upstreams.conf").read_text()
    for old, new in (("127.0.0.1:8000", web), ("127.0.0.1:8001", streams)):
        assert old in upstreams
        upstreams = upstreams.replace(old, f"127.0.0.1:{new}")
    (folder / "upstreams.conf").write_text(upstreams)
    for name, value in changes.items():
        text, found = re.subn(rf"\b{name} [^;]+;", f"{name} {value};", text)
        assert found, name
    own_process = f"{_user()} daemon off; pid {folder}/pid; error_log stderr;\n"
    file = folder / "nginx.conf"
    file.write_text(own_process + text)
    return [program(), "-c", str(file)]


def certified(folder: Path, listen: int) -> None:
    """Link the shipped TLS file beside a certificate that nobody knows."""
    tls = folder / "tls"
    tls.mkdir()
    text = (SHIPPED / "tls.conf").read_text()
    (tls / "tls.conf").write_text(text.replace("listen 8443", f"listen 127.0.0.1:{listen}"))
    made = trustme.CA().issue_cert("127.0.0.1", "localhost")
    made.private_key_pem.write_to_path(tls / "privkey.pem")
    made.cert_chain_pems[0].write_to_path(tls / "fullchain.pem")


@contextmanager
def running(folder: Path, web: int, streams: int, **changes: str) -> Iterator[str]:
    """An nginx before servers that run, or do not; yields its address."""
    port = free_port()
    command = rendered(folder, port, web, streams, **changes)
    with (folder / "nginx.log").open("ab") as log:
        process = subprocess.Popen(leashed(command), stderr=log)
    try:
        wait_for(lambda: answers(port) or process.poll() is not None, "nginx")
        assert process.poll() is None, (folder / "nginx.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def answers(port: int) -> bool:
    """Whether an HTTP server on that port answers, whatever it says."""
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code > 0
    return False


class Fronted(Stack):
    """A stack with the parts `streams` and `nginx` besides; `url` and `port` are nginx's.

    Args:
        nginx: Directive of the shipped file → what it is changed to.

    Attributes:
        web: Port of the web server.
        tls: Port of nginx for TLS and HTTP/2.
    """

    def __init__(self, *, nginx: Mapping[str, str] | None = None, **settings: Any) -> None:
        program()  # before anything is made
        super().__init__(**settings)
        self.web, self.port, self.tls, streams = self.port, free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ports = {"web": self.web, "streams": streams, "nginx": self.port}
        certified(self.folder, self.tls)
        own = ["--port", str(streams), "--data-dir", str(self.folder / "streams")]
        own += ["--redis-url", self.redis_url]
        self.commands["streams"] = ["pitlive", "web", *own]
        self._nginx = rendered(self.folder, self.port, self.web, streams, **nginx or {})
        self.commands["nginx"] = leashed(self._nginx)

    def reload(self) -> None:
        """Have nginx read its file again: `nginx -s reload`."""
        subprocess.run([*self._nginx, "-s", "reload"], check=True, capture_output=True)

    def _answers(self) -> bool:
        """Whether each of what runs answers; all of it, through nginx, if all of it runs."""
        return all(answers(self.ports[p]) for p in self.ports if p in self.running) and (
            "nginx" not in self.running or super()._answers()
        )


def _temporary(folder: Path) -> str:
    """Where nginx puts what does not fit its memory."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)


def _user() -> str:
    """Whom the workers run as; only root has a choice."""
    return f"user {getpass.getuser()};" if os.getuid() == 0 else ""
