"""The programs that load and publish: the same C for every server, built when it is needed.

`csrc/sseload.c` holds the readers and checks each delivery, `csrc/ssepub.c` publishes,
`csrc/limit.c` is the least that a server can do. Each file says how it is spoken to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.stream.machine import LOAD_CORE, on_core

SOURCES = Path(__file__).parent / "csrc"
LIBRARIES = {"sseload": ["-lz"], "ssepub": [], "limit": ["-luring"]}

INSTALL = {
    "gcc": "gcc",
    "taskset": "util-linux",
    "nginx": "nginx",
    "zlib.h": "zlib1g-dev",
    "liburing.h": "liburing-dev",
    "ngx_nchan_module.so": "libnginx-mod-nchan",
}
"""What has to be on the machine, and the Debian package that brings it."""

_PATH = f"{os.environ['PATH']}:/usr/sbin"
_MODULES = (Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules"))


class Missing(Exception):
    """The machine lacks something; the text says what to install."""


def require(names: Iterable[str] = INSTALL) -> None:
    """Look for everything at once, so that one message names all that lacks.

    Raises:
        Missing: Something is not there.
    """
    lacking = [name for name in names if not _is_there(name)]
    if lacking:
        packages = " ".join(INSTALL[name] for name in lacking)
        raise Missing(f"no {', '.join(lacking)}, want all (apt-get install {packages})")


def nginx() -> str:
    """Return where nginx is."""
    return shutil.which("nginx", path=_PATH) or "nginx"


def nchan() -> Path:
    """Return where the Nchan module is."""
    return next(one for place in _MODULES if (one := place / "ngx_nchan_module.so").exists())


def build(folder: Path) -> dict[str, str]:
    """Compile the programs into a folder; return the path of each."""
    built = {}
    for name, libraries in LIBRARIES.items():
        built[name] = str(folder / name)
        source = str(SOURCES / f"{name}.c")
        subprocess.run(["gcc", "-O2", "-o", built[name], source, *libraries], check=True)
    return built


class Tool:
    """A program that answers one line of JSON for each line it is told."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            on_core(LOAD_CORE, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def tell(self, line: str) -> None:
        """Say a line without waiting for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Wait for the answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(f"{self._process.args!r} ended with {self._process.wait()}")
        return dict(json.loads(line))

    def ask(self, line: str) -> dict[str, Any]:
        """Say a line and wait for the answer."""
        self.tell(line)
        return self.answer()

    def stop(self) -> None:
        """Have it end."""
        with suppress(BrokenPipeError):  # it has ended already
            self.tell("quit")
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes


def _is_there(name: str) -> bool:
    if name.endswith(".h"):
        return _compiles(f"#include <{name}>\n")
    if name.endswith(".so"):
        return any((place / name).exists() for place in _MODULES)
    return shutil.which(name, path=_PATH) is not None


def _compiles(text: str) -> bool:
    """Whether gcc finds a header; without gcc that is one message too many, not a wrong one."""
    if shutil.which("gcc") is None:
        return True
    command = ["gcc", "-E", "-o", os.devnull, "-x", "c", "-"]
    told = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return told.returncode == 0
