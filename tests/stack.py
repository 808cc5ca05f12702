"""A private PitLive for tests: its own Redis, engines and web server, to kill and restart.

Parts are `redis`, `web`, `engine`, `engine2`, …, and `courier` if asked for. Each is a real
process with a log file.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

import httpx

from pitlive.processes import leashed, module
from tests.warm import Part, warm

WITHIN_S = 150.0
"""Generous: the machine may be busy with other tests, and nothing is timed here."""


class Stack:
    """Processes of one PitLive on a free port and a Redis of their own.

    Args:
        forked: Fork the parts from processes that have imported their modules (`tests/warm.py`),
            but for those that have variables of their own; what is timed is not forked.

    Attributes:
        folder: Its data dir: `redis/`, `redis.sock` and `logs/`.
        url: Where its web server answers.
        redis_url: Its Redis.
        own: Part → variables of the environment that only it has, from its next start on.
    """

    def __init__(
        self,
        *,
        engines: int = 1,
        workers: int = 1,
        courier: bool = False,
        disk_reserve: int = 0,
        forked: bool = True,
        **settings: object,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pitlive-"))  # short, for the sockets in it
        (self.folder / "logs").mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.redis_url = f"unix://{self.folder / 'redis.sock'}"
        self.commands = _commands(self.folder, engines, courier, disk_reserve)
        self.forked = forked
        self.own: dict[str, dict[str, str]] = {}
        self.running: dict[str, subprocess.Popen[bytes] | Part] = {}
        own = {"data_dir": self.folder, "port": self.port, "workers": workers, "redis_url": ""}
        own["disk_reserve"] = disk_reserve
        own["open_sources"] = True  # most tests are about something else than declaring
        self.environment = os.environ | {
            f"PITLIVE_{name.upper()}": str(value) for name, value in (own | settings).items()
        }

    def start(self, *parts: str) -> Stack:
        """Start these parts, by default all, and wait until they answer."""
        self.begin(*parts)
        wait_for(self._answers, "an answer", self)
        return self

    def begin(self, *parts: str) -> None:
        """Start these parts, by default all, which may not be ready for long."""
        for part in parts or tuple(self.commands):
            self.running[part] = self._run(part)

    def kill(self, part: str, sign: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one part, and wait until it is gone."""
        self.running[part].send_signal(sign)
        self.running[part].wait(WITHIN_S)
        del self.running[part]

    def restart(self, part: str, sign: signal.Signals = signal.SIGKILL) -> None:
        """Kill one part and start it anew."""
        self.kill(part, sign)
        self.start(part)

    def stop(self) -> None:
        """Stop what runs, Redis last, and remove the data."""
        for part in reversed(list(self.commands)):
            if part in self.running:
                with suppress(subprocess.TimeoutExpired):  # what does not stop is killed below
                    self.kill(part, signal.SIGTERM)
        for part in list(self.running):
            self.kill(part)
        shutil.rmtree(self.folder)

    def pid(self, part: str) -> int:
        """The process of a part that runs; for `web` that is gunicorn's arbiter."""
        return self.running[part].pid

    def workers(self) -> list[int]:
        """The web worker processes."""
        pid = self.pid("web")
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def log(self, part: str, lines: int = 40) -> str:
        """The last lines that a part has printed."""
        file = self.folder / "logs" / f"{part}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])

    def logs(self) -> str:
        """The last lines of all parts, to be shown when a test fails."""
        started = [
            part for part in self.commands if (self.folder / "logs" / f"{part}.log").exists()
        ]
        return "\n".join(f"--- {part} ---\n{self.log(part)}" for part in started)

    def _run(self, part: str) -> subprocess.Popen[bytes] | Part:
        command, own = self.commands[part], self.own.get(part, {})
        environment = self.environment | own
        with (self.folder / "logs" / f"{part}.log").open("ab") as log:
            if command[0] == "pitlive" and self.forked and not own:
                return warm(command[1]).run(command, environment, log.fileno())
            if command[0] == "pitlive":  # such a variable may be one that Python or ld reads
                command = leashed(module(*command))
            return subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _answers(self) -> bool:
        """Whether all that runs is ready; a part that ended by itself is an error."""
        for part, process in self.running.items():
            assert process.poll() is None, f"{part} ended\n{self.log(part)}"
        redis = "redis" not in self.running or _accepts(self.folder / "redis.sock")
        return redis and ("web" not in self.running or self._ready())

    def _ready(self) -> bool:
        """Whether everything answers, if everything runs; else whether the web server does."""
        is_whole = "engine" in self.running and len(self.running) == len(self.commands)
        page = "readyz" if is_whole else "healthz"
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/{page}", timeout=60).status_code == 200
        return False


def _commands(folder: Path, engines: int, courier: bool, reserve: int) -> dict[str, list[str]]:
    """Each part's command line, in the order of their start; all end when the tests do."""
    names = ["engine", *(f"engine{n}" for n in range(2, engines + 1))]
    return {
        "redis": module("pitlive.store.embedded", str(folder), str(reserve)),
        **{name: ["pitlive", "engine"] for name in names[:engines]},
        **({"courier": ["pitlive", "courier"]} if courier else {}),
        "web": ["pitlive", "web"],
    }


def wait_for(
    condition: Callable[[], bool],
    what: str,
    stack: Stack | None = None,
    within_s: float = WITHIN_S,
    every_s: float | None = None,
) -> None:
    """Wait until the condition holds; if it does not, fail with the stack's logs.

    Args:
        every_s: How often to look, for what is timed; by default the less, the longer it takes,
            for each look takes CPU from what is waited for.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < within_s, f"no {what}\n{stack.logs() if stack else ''}"
        time.sleep(every_s or min(max(0.02, waited / 20), 0.25))


def free_port() -> int:
    """A port on loopback that nobody uses now, and nobody is given before whoever asked has it.

    Not one of those that the kernel gives to connections, and not one of another test process:
    a server that is started a second later finds it taken now and then.
    """
    for port in islice(_PORTS, PORTS_OF_ONE):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def _own_ports() -> Iterator[int]:
    """The ports of this process, over and over, from a place that no earlier run began at."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", f"gw{PORT_SLICES - 1}").removeprefix("gw")
    first = FIRST_PORT + PORTS_OF_ONE * (int(worker) % PORT_SLICES)
    for n in count(os.getpid()):
        yield first + n % PORTS_OF_ONE


FIRST_PORT, PORTS_OF_ONE, PORT_SLICES = 12_000, 2500, 8
"""All of them lie below those that Linux gives to connections, from 32,768 on."""

_PORTS = _own_ports()


def _accepts(path: Path) -> bool:
    """Whether a Redis on that socket answers, and has loaded its file."""
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(str(path))
        probe.sendall(b"PING\r\n")
        return probe.recv(64).startswith(b"+PONG")
    return False
