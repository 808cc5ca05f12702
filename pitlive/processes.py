"""What keeps a process from outliving its parent, and from being started twice.

    python -P -m pitlive.processes COMMAND [ARGUMENT...]

runs COMMAND in place of itself and asks the kernel to end it when its parent ends, so that
`kill -9` of a supervisor leaves nothing behind that still writes. Only Linux can do that;
elsewhere the command simply runs.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from pitlive.errors import SettingsError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(sign: int = signal.SIGTERM) -> None:
    """Have the kernel send `sign` to this process when its parent ends; survives exec.

    Raises:
        OSError: The kernel refused.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, sign) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it ended before the kernel knew that we care
        os.kill(os.getpid(), sign)


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this Python, whatever the current folder holds.

    `python -m` looks for modules in the current folder first: a folder `pitlive` there, or a
    file `json.py`, would be taken for the real one. `-P` has it look only where we found ours.

    >>> module("pitlive", "engine")[1:]
    ['-P', '-m', 'pitlive', 'engine']
    """
    return [sys.executable, "-P", "-m", name, *arguments]


def leashed(command: list[str]) -> list[str]:
    """Return the command that runs `command` so that it ends with its parent."""
    return module("pitlive.processes", *command)


def hold(file: Path, what: str) -> int:
    """Lock `file` for the life of this process, write the pid into it, return its descriptor.

    The descriptor is inherited by what this process execs, so the lock is too.

    Args:
        file: Made if it is not there; its folder must be there.
        what: Said in the error: which thing is there only once.

    Raises:
        SettingsError: Another process holds it; the message names its pid.
    """
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SettingsError(
            f"data_dir: {what} is already running on {file.parent} as process {_pid(file)}, "
            "want another data_dir, or stop that process first"
        ) from None
    with suppress(OSError):  # a full disk: what counts is the lock
        os.write(lock, f"{os.getpid():<19}\n".encode())  # over what was there, in the same block
    os.set_inheritable(lock, True)
    return lock


def holder(file: Path) -> int | None:
    """Return the pid of the process that holds `file`, None if nobody does."""
    if not file.exists():
        return None
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid(file)
    return None


def _pid(file: Path) -> int | None:
    """The pid that the holder wrote; None in the instant before it did."""
    text = file.read_text().strip()
    return int(text) if text.isdigit() else None


if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - an argument list, no shell
