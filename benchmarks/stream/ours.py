"""PitLive as it is shipped: a Redis, one `pitlive web` worker, and nginx where it is asked for.

There is no engine: the publisher sends Redis the very command that an engine sends, script,
lease token, epoch and sequence numbers included. All settings are the defaults, but for room
for more readers. Redis keeps everything in memory, as the others do.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

import httpx
import redis

from benchmarks.stream import payloads
from benchmarks.stream.payloads import CHANNEL, Message
from benchmarks.stream.servers import Server
from pitlive import operators
from pitlive.kind import kinds
from pitlive.messages import Cursor
from pitlive.processes import module
from pitlive.settings import Settings
from pitlive.store import chain, embedded, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key
from pitlive.store.publish import ChannelChange, Publication, publish
from tests.fronted import rendered
from tests.stack import free_port

SOURCE = "bench"
LINK = "00000000"
"""Of every event: a publisher that is measured sends bytes made before."""

LEASE_MS = 3_600_000
"""Longer than any measurement: nobody renews it."""

_WITHOUT_LIMITS = {"limit_conn": "streams_of_one 20000", "worker_rlimit_nofile": "20000"}


class PitLive(Server):
    """One worker, its readers connected to it directly."""

    path = f"/api/v1/sources/{SOURCE}/events"
    begin_at = 640
    settings: Mapping[str, object] = {}

    def launch(self) -> None:
        """Start Redis and the web server, and become the engine of one source."""
        self.web_port = self.port
        self.redis_url = start_redis(self)
        self._be_the_engine()
        own = {"data_dir": self.folder, "port": self.web_port, "max_streams": 20_000}
        own |= {"redis_url": self.redis_url} | dict(self.settings)
        told = {f"PITLIVE_{name.upper()}": str(value) for name, value in own.items()}
        self.spawn(module("pitlive", "web"), **told)

    def prepared(self, message: Message) -> bytes:
        """The command that `publish` would send, numbers left open."""
        recorder = Recorder(0)
        before = Cursor(self.cursor.epoch, cast(int, payloads.BEFORE.decode()), LINK)
        change = ChannelChange(CHANNEL, message.text, {"now": message.row})
        self.publish(recorder, before, [change])
        (link,) = chain.links(LINK, "0-0", [(CHANNEL, message.text)])
        return recorder.command.replace(link.encode(), LINK.encode())

    def publish(self, client: Redis, at: Cursor, changes: list[ChannelChange]) -> Cursor:
        """Publish as the engine does."""
        what = Publication("0-0", changes)
        return publish(client, SOURCE, self.token, at, what, self.keep)

    @property
    def keep(self) -> int:
        """How many events Redis keeps."""
        default = Settings.model_fields["keep_events"].default
        return int(cast(int, self.settings.get("keep_events", default)))

    def _be_the_engine(self) -> None:
        """Declare the source, take its lease, and have Redis learn the script."""
        self.client = connect(self.redis_url)
        race = kinds()["race"].spec({"kind": "race", "name": "Bench"})
        sources.declare(self.client, SOURCE, race)
        self.token = cast(str, lease.hold(self.client, SOURCE, "bench", LEASE_MS))
        self.client.hset(key(SOURCE, "meta"), "link", LINK)
        self.cursor = sources.meta(self.client, SOURCE).cursor
        self.publish(self.client, self.cursor, [])

    def check(self) -> None:
        """gunicorn listens before there is a worker: wait for an answer."""
        word = self.extra.partition("Basic ")[2].strip()
        headers = {"Authorization": f"Basic {word}"} if word else {}
        url = f"http://127.0.0.1:{self.port}/healthz"
        httpx.get(url, headers=headers, timeout=30).raise_for_status()


class PitLiveGzip(PitLive):
    """The same, for readers who accept gzip."""

    gzip = True

    def check(self) -> None:
        """Without compression this would be the plain server once more."""
        super().check()
        url = f"http://127.0.0.1:{self.port}{self.path}"
        with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}, timeout=10) as answer:
            if answer.headers.get("Content-Encoding") != "gzip":
                raise LookupError("streams are not compressed")


class PitLivePrivate(PitLive):
    """The same, for readers who have to log in: each says name and password."""

    def launch(self) -> None:
        """Make an operator, and ask for a login for reading."""
        file = self.folder / "operators"
        operators.add(file, "anna", "correct horse")
        self.settings = {"operators_file": file, "private": True}
        word = base64.b64encode(b"anna:correct horse").decode()
        self.extra = f"Authorization: Basic {word}\r\n"
        super().launch()


class PitLiveNginx(PitLive):
    """The same behind the shipped nginx.conf: one worker, and many readers of one address."""

    begin_at = 80

    def launch(self) -> None:
        """Start nginx before the web server."""
        front, self.port = self.port, free_port()
        super().launch()
        self.wait_for(self.web_port)
        self.port = front
        changes = dict(_WITHOUT_LIMITS, worker_processes="1", worker_connections="19900")
        self.spawn(rendered(self.folder, front, self.web_port, self.web_port, **changes))


def start_redis(server: Server) -> str:
    """Start the Redis of a server, which its publisher speaks to, and return its URL."""
    options = embedded.OPTIONS | {
        "port": [str(server.publish_port)],
        "bind": ["127.0.0.1"],
        "dir": [str(server.folder)],
        "unixsocket": [f"{server.folder}/redis.sock"],
        "appendonly": ["no"],
    }
    words = [word for name in options for word in (f"--{name}", *options[name])]
    server.spawn([str(embedded.find()), *words])
    server.wait_for(server.publish_port)
    return f"unix://{server.folder}/redis.sock"


class Recorder(redis.Redis):
    """A client that keeps the command it would send, and returns what it is told to."""

    command = b""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def execute_command(self, *words: Any, **_: Any) -> Any:
        """Note a command as bytes."""
        found = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in found]
        self.command = b"*%d\r\n%s" % (len(parts), b"".join(parts))
        return self._answer
