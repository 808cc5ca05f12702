"""The servers side by side: each starts afresh, on loopback ports and a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.stream import payloads, tools
from benchmarks.stream.machine import SERVER_CORE, connections, on_core, pss_kb, tree
from benchmarks.stream.payloads import Message
from tests.stack import free_port

ROOT = Path(__file__).parent.parent.parent
START_WITHIN_S = 30.0


class Server:
    """One server and its processes.

    Attributes:
        path: Where it streams.
        extra: Header lines that its readers send besides.
        gzip: Whether its readers accept it.
        ack: What stands once in each answer to its publisher, empty if there is none.
        begin_at: Events a second at which a search for its highest rate begins.
        catches_up: Whether a reader who comes back gets what it missed.
    """

    path = "/events"
    extra = ""
    gzip = False
    ack = ""
    begin_at = 20
    catches_up = True

    def __init__(self, programs: dict[str, str]) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.folder.chmod(0o755)  # nginx's worker has another user
        self.port, self.publish_port = free_port(), free_port()
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Server:
        try:
            self.launch()
            self.wait_for(self.port)
            self.check()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def launch(self) -> None:
        """Start the processes."""
        raise NotImplementedError

    def check(self) -> None:
        """Make sure that it does what it is measured for."""

    def prepared(self, message: Message) -> bytes:
        """Return a message as its publisher sends it."""
        raise NotImplementedError

    def spawn(self, command: list[str], **environment: str) -> None:
        """Start a process of this server on the server's core."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("PITLIVE_")}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                on_core(SERVER_CORE, command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=own | {"PYTHONPATH": str(ROOT)} | environment,
            )
        self._running.append(process)

    def wait_for(self, port: int) -> None:
        """Wait until somebody listens on a port.

        Raises:
            ChildProcessError: A process of this server has ended, or nobody did in time.
        """
        give_up = time.monotonic() + START_WITHIN_S
        while time.monotonic() < give_up and all(p.poll() is None for p in self._running):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            time.sleep(0.05)
        raise ChildProcessError(f"nobody on port {port}: {self.log()}")

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal to the process that was started last: the server itself."""
        self._running[-1].send_signal(sign)

    def pids(self) -> list[int]:
        """All its processes."""
        return [pid for process in self._running for pid in tree(process.pid)]

    def memory_kb(self) -> int:
        """Memory of all its processes [KiB]."""
        return sum(map(pss_kb, self.pids()))

    def connections(self) -> int:
        """How many readers it still holds."""
        return connections(self.port)

    def log(self) -> str:
        """The end of what it has printed."""
        return (self.folder / "log").read_text(errors="replace")[-800:]

    def stop(self) -> None:
        """End what was started here, and remove its folder."""
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            self._end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        """It may drain its readers for a while; we have seen enough."""
        children = list(tree(process.pid))
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            for pid in children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


class LimitEvent(Server):
    """The least that one core can do: one write per reader and event, in C."""

    begin_at = 60
    mode = "event"

    def launch(self) -> None:
        """Start the C program."""
        self.spawn([self.programs["limit"], self.mode, str(self.port), str(self.publish_port)])

    def prepared(self, message: Message) -> bytes:
        """Frames, ready to be sent on."""
        return payloads.frame(message.text)


class LimitBatch(LimitEvent):
    """The same, but everything that waits for a reader leaves in one write."""

    begin_at = 640
    mode = "batch"


class FullState(LimitEvent):
    """What is saved by patches: the cheapest of servers, but each event is the whole state."""


class Nchan(Server):
    """nginx with Nchan, one worker, messages in its own memory."""

    ack = "HTTP/1.1 20"

    def launch(self) -> None:
        """Start nginx."""
        self.publish_port = self.port
        (self.folder / "nginx.conf").write_text(self._configuration())
        self.spawn([tools.nginx(), "-p", str(self.folder), "-c", f"{self.folder}/nginx.conf"])

    def prepared(self, message: Message) -> bytes:
        """A POST."""
        return payloads.post("/publish", message.text)

    def _configuration(self) -> str:
        return "\n".join(
            [
                *alone(self.folder),
                f"load_module {tools.nchan()};",
                "worker_processes 1; worker_rlimit_nofile 20000;",
                "events { worker_connections 19900; multi_accept on; }",
                "http { access_log off; tcp_nodelay on; keepalive_requests 100000000;",
                *temporary(self.folder),
                "nchan_shared_memory_size 1024M;",
                f"server {{ listen 127.0.0.1:{self.port} backlog=4096;",
                "location = /events { nchan_subscriber eventsource; nchan_channel_id bench;",
                "  nchan_subscriber_first_message newest; nchan_eventsource_ping_interval 0; }",
                "location = /publish { nchan_publisher http; nchan_channel_id bench;",
                "  nchan_message_buffer_length 20000; nchan_message_timeout 10m; } } }",
            ]
        )


def alone(folder: Path) -> Iterator[str]:
    """What lets an nginx run beside others, all its files in one folder."""
    yield f"daemon off; pid {folder}/pid; error_log {folder}/error.log;"
    if os.geteuid() == 0:
        yield "user root;"  # else the worker could not write there


def temporary(folder: Path) -> Iterator[str]:
    """The same within `http`."""
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        yield f"{kind}_temp_path {folder}/{kind};"
