"""Room on the disk of the embedded Redis: writes are refused before there is none.

A Redis that writes through ends when its file cannot be written, and a source would stand
still at what was half written. So the web server refuses what comes in below a reserve, which
leaves room for the figures of what was accepted; and at half of it Redis is told to refuse all
that takes room, by a limit of its memory that it is always above. It goes on reading, and what
is read goes on; when there is room again, so does writing.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

from pitlive.processes import die_with_parent

LOOK_S = 0.1
"""How often; a disk is seldom filled faster than half of the reserve in that time."""

_NOTHING, _EVERYTHING = "1", "0"
"""What `maxmemory` says so that nothing may be written [bytes], or whatever there is room for."""


def free(folder: Path) -> int:
    """Return the room that there is for us on the disk of a folder [bytes]."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def shortage(folder: Path, reserve: int) -> str | None:
    """Return why nothing is taken, None if there is room enough.

    >>> shortage(Path("/"), 0) is None
    True
    """
    if not reserve or (room := free(folder)) >= reserve:
        return None
    return (
        f"disk: {room // 2**20} MB free in {folder}, want {reserve / 2**20:g} MB: nothing more is "
        "written until there is room; what is there can be read"
    )


def watch(folder: Path, server: Path, reserve: int, lock: int) -> list[str]:
    """Have a child of this process look after the disk for as long as this process lives.

    Args:
        server: The socket on which this process will answer.
        lock: A descriptor that is not the child's to keep.

    Returns:
        What the server is to be told at its start, where there may be no room already.
    """
    parent = os.getpid()
    limit = _limit(folder, reserve, is_short=False)
    if os.fork():
        return ["--maxmemory", limit]
    os.close(lock)
    die_with_parent()
    while os.getppid() == parent:
        with suppress(OSError):  # the folder may be away for a moment
            wanted = _limit(folder, reserve, is_short=limit == _NOTHING)
            if wanted != limit and _tell(server, wanted):
                limit = wanted
        time.sleep(LOOK_S)
    os._exit(0)


def _limit(folder: Path, reserve: int, *, is_short: bool) -> str:
    """Return the limit for the room that there is; once short, it takes the whole reserve."""
    return _NOTHING if free(folder) < (reserve if is_short else reserve // 2) else _EVERYTHING


def _tell(server: Path, limit: str) -> bool:
    """Set the limit; False if the server does not answer, as at its start."""
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(5)
        connection.connect(str(server))
        connection.sendall(f"CONFIG SET maxmemory {limit}\r\n".encode())
        return connection.recv(64).startswith(b"+OK")
    return False
