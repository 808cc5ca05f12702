"""The hub alone: the example application on a plain Redis, with nothing else of PitLive.

Beside the whole server in the same run it shows what a stream costs that is not the hub's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import orjson

from benchmarks.stream.ours import Recorder, start_redis
from benchmarks.stream.payloads import CHANNEL, Message
from benchmarks.stream.servers import ROOT, Server
from pitlive.hub.redis_log import RedisLog

SOURCE = "bench"

CONNECTIONS = "10000"
"""As the whole server has it."""


class HubAlone(Server):
    """One worker, its readers connected to it directly."""

    path = f"/api/v1/sources/{SOURCE}/events"

    def launch(self) -> None:
        """Start Redis and the application, and have Redis learn the script."""
        url = start_redis(self)
        RedisLog.from_url(url).publish(SOURCE, CHANNEL, None)
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--worker-class", "pitlive.hub.takeover.StreamWorker"]
        command += ["--worker-connections", CONNECTIONS]
        command += ["--control-socket", str(Path(self.folder, "gunicorn.ctl"))]
        command += ["--chdir", str(ROOT / "examples" / "hub"), "app:app"]
        self.spawn(command, REDIS_URL=url)

    def prepared(self, message: Message) -> bytes:
        """The command that `RedisLog.publish` would send; Redis numbers the messages itself."""
        recorder = Recorder([b"", 0, b""])
        RedisLog(recorder).publish(SOURCE, CHANNEL, {"now": orjson.loads(message.row)})
        return recorder.command

    def check(self) -> None:
        """gunicorn listens before there is a worker: wait for an answer."""
        httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=30).raise_for_status()
