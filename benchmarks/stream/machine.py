"""Two cores, kept apart, and what each process takes of them.

Everything of the server (itself, its Redis, nginx, their children) is on one core; load,
publisher and this driver are on the other. So the server's processor time does not depend
on how dear the client is. What neither of us took, somebody else did: the share is noted
beside each figure, and a measurement that was disturbed is repeated.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pitlive.processes import leashed

SERVER_CORE, LOAD_CORE = 0, 1
LOOK_S = 0.5
"""How long the cores have to be calm before something is measured."""

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOPBACK = "0100007F"  # as a little-endian machine writes 127.0.0.1
_HELD = {"01", "04", "08", "09"}  # established, FIN_WAIT1, CLOSE_WAIT, LAST_ACK: net/tcp_states.h


def on_core(core: int, command: list[str]) -> list[str]:
    """Return the command that runs `command` on one core, and no longer than this driver."""
    return leashed(["taskset", "-c", str(core), *command])


def tree(pid: int) -> Iterator[int]:
    """A process and all that it started, as far as they still run."""
    yield pid
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def cpu_s(pid: int) -> float:
    """Processor time of one process so far [s], to the nanosecond; 0 if it has ended."""
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    return 0.0


def pss_kb(pid: int) -> int:
    """Memory of one process [KiB], its part of what is shared; 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def connections(port: int) -> int:
    """How many connections to a port of this machine the server has not closed, or not freed."""
    here = f"{_LOOPBACK}:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1] == here and line.split()[3] in _HELD for line in lines)


def kernel_kb() -> int:
    """Memory of the kernel for sockets and their like, of all processes [KiB]."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("SUnreclaim:"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What had been used up at one moment [s]."""

    at: float
    server: Mapping[int, float]
    ours: float
    busy: tuple[float, float]


def reading(server: Iterable[int], ours: Iterable[int]) -> Reading:
    """Read all clocks."""
    used = {pid: cpu_s(pid) for pid in server}
    own = sum(map(cpu_s, ours)) + cpu_s(os.getpid())
    return Reading(time.monotonic(), used, own, (_busy(SERVER_CORE), _busy(LOAD_CORE)))


def spent(before: Reading, after: Reading) -> dict[str, float]:
    """What was used between two readings.

    Returns:
        `cpu_s` of the server, `client_cpu_s`, `wall_s`, and `foreign`, the larger of the
        shares of the two cores that somebody else had.
    """
    wall = after.at - before.at
    server = sum(used - before.server.get(pid, 0.0) for pid, used in after.server.items())
    ours = after.ours - before.ours
    busy = [now - then for now, then in zip(after.busy, before.busy, strict=True)]
    foreign = max((busy[0] - server) / wall, (busy[1] - ours) / wall, 0.0)
    return {"cpu_s": server, "client_cpu_s": ours, "wall_s": wall, "foreign": foreign}


def wait_for_calm(foreign: float, patience_s: float) -> None:
    """Wait until others leave both cores alone, at most so long."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        before = reading([], [])
        time.sleep(LOOK_S)
        if spent(before, reading([], []))["foreign"] <= foreign:
            return


def names(pids: Iterable[int]) -> dict[int, str]:
    """What each process is called."""
    found = {}
    for pid in pids:
        with suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
    return found


def _busy(core: int) -> float:
    """Time that a core has not been idle, or was another guest's of the same host [s]."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _idle, _wait, irq, soft, steal, *_ = map(int, line.split()[1:])
            return (user + nice + system + irq + soft + steal) / _TICKS
    raise OSError(f"/proc/stat: no cpu{core}, want two cores")
