"""Processes that have imported their modules already, from which parts of a PitLive are forked.

An engine needs half a second of CPU to import what it needs, and the tests start hundreds. So
each test process keeps some that have imported it, and asks one to fork: what is forked is a
process of its own, and goes on as `python -m pitlive` does. A web server is forked from one
that has imported what its arbiter has before it forks its workers, numpy and pydantic, in which
gevent changes nothing, and no more.

It differs from what a command line starts in that those forked from the same one hash strings
alike: sets of them have the same order. So there are two of each, which take turns.

What `pitlive up` starts is not started this way, nor what a test starts by its command line.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from pitlive.plugins import OF_ENGINE, plugins
from pitlive.processes import die_with_parent

MODULES = {
    "engine": ("pitlive.cli.main", "pitlive.cli.engine", "pitlive.engine.run"),
    "courier": ("pitlive.cli.main", "pitlive.cli.courier", "pitlive.courier.run"),
    "web": ("pitlive.cli.main", "pitlive.cli.web", "pitlive.hub.takeover", "numpy", "pydantic"),
}
"""Command → what is imported before it is known with which settings it runs."""

GROUPS = {"engine": OF_ENGINE}
"""Command → groups of entry points that it loads."""


class Part:
    """A process that was forked, as `subprocess.Popen` would have it; its status is not kept."""

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._pidfd = pidfd

    def __del__(self) -> None:
        """Let go of it; it runs on."""
        os.close(self._pidfd)

    def poll(self, timeout: float = 0) -> int | None:
        """Return None while it runs."""
        ended = select.poll()
        ended.register(self._pidfd, select.POLLIN)
        return 0 if ended.poll(1000 * timeout) else None

    def wait(self, timeout: float) -> None:
        """Wait until it has ended."""
        if self.poll(timeout) is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)

    def send_signal(self, sign: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, sign)

    def kill(self) -> None:
        """End it now."""
        self.send_signal(signal.SIGKILL)


class Warm:
    """A process that has imported what a command needs; it ends with us, and what it forked too."""

    def __init__(self, name: str) -> None:
        self._asking, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            command = [sys.executable, "-P", __file__, str(there.fileno()), name]
            self._process = subprocess.Popen(
                command,
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # what is forked buffers its output as into a file
            )
        atexit.register(self._end)

    def run(self, command: list[str], environment: Mapping[str, str], log: int) -> Part:
        """Fork a process that goes on as `pitlive` with these arguments, and prints to a file."""
        asked = {"command": command, "environment": dict(environment), "folder": str(Path.cwd())}
        socket.send_fds(self._asking, [json.dumps(asked).encode()], [log])
        pid, pidfds, _, _ = socket.recv_fds(self._asking, 20, 1)
        assert pid, f"the process that {command} is forked from has ended"
        return Part(int(pid), pidfds[0])

    def _end(self) -> None:
        self._asking.close()
        self._process.wait()


def warm(command: str) -> Warm:
    """A process that has imported what this command needs: another one than the last."""
    return _kept(command, next(_turns[command]) % 2)


@cache
def _kept(command: str, _which: int) -> Warm:
    return Warm(command)


_turns: defaultdict[str, count[int]] = defaultdict(count)


def _fork_for_ever(asking: socket.socket) -> Any:
    """Fork whenever asked, until nobody can ask; in what was forked, return what it is to be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    signal.signal(signal.SIGCHLD, _reap)
    here = os.getpid()
    while True:
        text, logs, _, _ = socket.recv_fds(asking, 2**20, 1)
        if not text:
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # else it may be gone already
        pid = os.fork()
        if not pid:
            die_with_parent()
            if os.getppid() != here:  # it ended before we could be told
                os._exit(0)
            asking.close()
            for name in (1, 2):
                os.dup2(logs[0], name)
            os.close(logs[0])
            return json.loads(text)
        pidfd = os.pidfd_open(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        socket.send_fds(asking, [str(pid).encode()], [pidfd])
        os.close(pidfd)
        os.close(logs[0])


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(command: list[str], environment: dict[str, str], folder: str) -> None:
    """Go on as `python -m pitlive` would."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = command
    runpy.run_module("pitlive", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for module in MODULES[sys.argv[2]]:
        importlib.import_module(module)
    for group in GROUPS.get(sys.argv[2], ()):
        plugins(group)
    _become(**_fork_for_ever(socket.socket(fileno=int(sys.argv[1]))))
