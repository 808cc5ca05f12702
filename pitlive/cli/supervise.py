"""The parts of a PitLive on one machine, kept alive by `supervisor`.

We write its configuration, start it as a child that ends when we do, and talk to it over a
Unix socket. It restarts what dies, rotates the logs, and stops the parts in turn, Redis last.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from shlex import quote
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from pitlive.errors import SettingsError
from pitlive.processes import leashed, module

RUN_DIR_LIMIT = 88
"""Bytes: the kernel takes 107 for a socket's path, of which `/up.sock.<pid>` needs 16."""

STOP_WITHIN_S = 60
"""For all parts together, Redis writing its last data included; then they are killed."""

_SUPERVISORD = """\
[supervisord]
nodaemon = true
{user}logfile = {run_dir}/logs/supervisord.log
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = {run_dir}/supervisord.pid
childlogdir = {run_dir}/logs

[unix_http_server]
file = {run_dir}/up.sock
chmod = 0700

[supervisorctl]
serverurl = unix://{run_dir}/up.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command = {command}
priority = {priority}
autorestart = {restart}
exitcodes = 0
startsecs = {settle_s}
startretries = 10
stopwaitsecs = {stop_s}
redirect_stderr = true
stdout_logfile = {run_dir}/logs/{name}.log
stdout_logfile_maxbytes = 5MB
stdout_logfile_backups = 2
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep alive.

    Attributes:
        name: Also the name of its log.
        command: Its command line.
        priority: Lower starts earlier and stops later.
        stop_s: How long it may take to stop [s].
        once: True lets it end by itself; only its failure starts it again.
    """

    name: str
    command: Sequence[str]
    priority: int
    stop_s: int = 15
    once: bool = False


class Supervisor:
    """A running supervisord with its parts, as long as this process lives."""

    def __init__(self, run_dir: Path, environment: Mapping[str, str]) -> None:
        """Prepare the folder; nothing runs yet.

        Raises:
            SettingsError: The folder's path does not suit sockets or the configuration.
        """
        self.run_dir = _fit(run_dir)
        self._environment = environment
        self._parts: list[Part] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: dict[str, int] = {}
        self._logs = run_dir / "logs"
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self._read = {log.stem: log.stat().st_size for log in self._logs.glob("*.log")}

    def start(self, parts: Sequence[Part]) -> None:
        """Start these parts, in the order of their priority."""
        self._parts = list(parts)
        file = self._write()
        self._process = subprocess.Popen(
            leashed(module("supervisor.supervisord", "-c", str(file))),
            env={**self._environment, "PYTHONUTF8": "1"},  # so it is read as it is written
            start_new_session=True,  # a Ctrl-C is ours to pass on, in order
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # it says the same in its log
        )

    def add(self, part: Part) -> None:
        """Start one more part beside those that run."""
        self._parts.append(part)
        self._write()
        self._ask().reloadConfig()
        self._ask().addProcessGroup(part.name)

    def ended(self) -> bool:
        """Tell whether supervisord itself is gone."""
        return self._process is None or self._process.poll() is not None

    def failed(self) -> list[str]:
        """Name the parts that have failed since this was last asked; they are started again."""
        before, now = self._ends, {part["name"]: part for part in self._known()}
        self._ends = before | {name: part["stop"] for name, part in now.items()}
        return [
            name
            for name, part in now.items()
            if part["stop"] != before.get(name, 0) and not _finished(part)
        ]

    def given_up(self) -> list[str]:
        """Name the parts that failed so often that they are not started again."""
        return [name for name, state in self._states().items() if state == "FATAL"]

    def troubled(self) -> list[str]:
        """Name the parts that do not run."""
        return [name for name, state in self._states().items() if state != "RUNNING"]

    def drop(self, part: str) -> None:
        """Stop one part, and leave the others."""
        with suppress(Fault, OSError):  # it is between two starts, or supervisord has ended
            self._ask().stopProcess(part)

    def stop(self) -> None:
        """Stop all parts, the last started first, and wait until they are gone."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its parts are on a leash and end with it
            self._process.wait()

    def tail(self, part: str, lines: int = 20) -> str:
        """Return the last lines of a part's log."""
        log = self._logs / f"{part}.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join(text.splitlines()[-lines:]) or "(it said nothing)"

    def last_words(self, part: str, lines: int = 20) -> str:
        """Return the last lines of a part's log that this has not returned before."""
        log = self._logs / f"{part}.log"
        text = log.read_bytes() if log.exists() else b""
        read = self._read.get(part, 0)
        self._read[part] = len(text)
        new = text[read if read <= len(text) else 0 :]  # else it was rotated
        return "\n".join(new.decode(errors="replace").splitlines()[-lines:]) or "(it said nothing)"

    def _states(self) -> dict[str, str]:
        """Part → what supervisor calls its state."""
        return {part["name"]: part["statename"] for part in self._known()}

    def _known(self) -> list[dict[str, Any]]:
        """What supervisor knows of each part; nothing while it starts or stops."""
        try:
            return list(self._ask().getAllProcessInfo())
        except (OSError, HTTPException, Fault):
            return []

    def _ask(self) -> Any:
        """Its remote interface; the address is a formality, the socket is what counts."""
        transport = SupervisorTransport(None, None, f"unix://{self.run_dir}/up.sock")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _write(self) -> Path:
        file = self.run_dir / "supervisord.conf"
        file.write_text(configuration(self._parts, self.run_dir), "utf-8", "surrogateescape")
        return file


def configuration(parts: Sequence[Part], run_dir: Path) -> str:
    """Return the text of `supervisord.conf` for these parts.

    >>> text = configuration([Part("web", ["pitlive", "web", "100%"], 20)], Path("/srv/pitlive"))
    >>> [line for line in text.splitlines() if line.startswith("command")]
    ['command = pitlive web 100%%']
    """
    user = "user = root\n" if os.geteuid() == 0 else ""  # said outright, else it warns
    folder = str(run_dir).replace("%", "%%")
    return _SUPERVISORD.format(run_dir=folder, user=user) + "".join(
        _PROGRAM.format(
            name=part.name,
            command=" ".join(quote(word) for word in part.command).replace("%", "%%"),
            priority=part.priority,
            restart="unexpected" if part.once else "true",
            settle_s=0 if part.once else 1,
            stop_s=part.stop_s,
            run_dir=folder,
        )
        for part in parts
    )


def _finished(part: Mapping[str, Any]) -> bool:
    """Whether a part has ended as it should, or was told to."""
    state: str = part["statename"]
    return state == "STOPPED" or (state == "EXITED" and not part["exitstatus"])


def _fit(run_dir: Path) -> Path:
    """Refuse a folder that sockets or the configuration file cannot name."""
    if (length := len(os.fsencode(run_dir))) > RUN_DIR_LIMIT:
        raise SettingsError(
            f"data_dir: got {run_dir} with {length} bytes, want at most {RUN_DIR_LIMIT}, "
            "for there will be Unix sockets in it"
        )
    if any(sign in str(run_dir) for sign in ";#%\n'\""):
        raise SettingsError(f"data_dir: got {run_dir}, want a path without ; # % and quotes")
    return run_dir
