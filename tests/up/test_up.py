"""The main job: one command, one address, a race on it; and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pitlive.processes import module
from pitlive.store.client import connect
from tests.stack import WITHIN_S, Stack, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
PITLIVE = module("pitlive")
SUPERVISORCTL = module("supervisor.supervisorctl")

IN_FLIGHT = 100
"""More entries than can be on their way when a part is killed; the demo brings some 30 a second."""


class Up:
    """A `pitlive up` on a data folder; what it prints is read line by line."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [*PITLIVE, "up", "--data-dir", str(folder), "--port", str(free_port())]
        command += options  # the last port counts
        self.folder = folder
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def address(self) -> str:
        """The address it prints once it runs."""
        assert self.process.stdout
        printed = ""
        for line in self.process.stdout:
            if found := re.fullmatch(r"PitLive is running: (http://\S+)\n", line):
                return found[1]
            printed += line
        raise AssertionError(printed)

    def processes(self) -> set[int]:
        """Everything that runs below it."""
        return set(descendants(self.process.pid))

    def part(self, name: str) -> int:
        """The process of a part, as supervisor knows it."""
        told = subprocess.run(
            [*SUPERVISORCTL, "-c", str(self.folder / "supervisord.conf"), "pid", name],
            capture_output=True,
            text=True,
            check=False,
        )
        return int(told.stdout) if told.stdout.strip().isdigit() else 0

    def end(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal, and wait for its end."""
        self.process.send_signal(sign)
        return self.process.wait(WITHIN_S)

    def close(self) -> None:
        """Close our end of what it prints to."""
        assert self.process.stdout
        self.process.stdout.close()


def descendants(pid: int) -> Iterator[int]:
    """The children of a process, and theirs."""
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def _state(pid: int) -> str:
    """The letter that the kernel has for what a process does, empty if there is none."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder with a short path, for the sockets in it."""
    with tempfile.TemporaryDirectory(prefix="pitlive-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    """A `pitlive up` with its demo race."""
    started = Up(folder, "--demo")
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.end()
        started.close()


def entries(address: str) -> int:
    """How many entries the source behind a page's address holds; 0 while nobody answers."""
    url, _, source = address.partition("/race/")
    try:
        told = httpx.get(f"{url}/api/v1/sources", timeout=90).raise_for_status().json()
    except httpx.HTTPError:
        return 0
    return next((one["entries"] for one in told["sources"] if one["source"] == source), 0)


def test_one_command_gives_one_address_where_a_race_runs(up: Up) -> None:
    """The page is there, and its stream moves."""
    address = up.address()
    url, _, source = address.partition("/race/")
    assert source == "demo"
    assert "<!doctype html>" in httpx.get(address).text.lower()
    wait_for(lambda: entries(address) > 0, "entries of the demo")

    while (first := moves(f"{url}/api/v1/sources/demo/events?channels=race")) == "event: bye":
        pass  # its worker may hear late of Redis: then one comes back
    assert first == "event: hello"


def moves(stream: str) -> str:
    """The first event of a stream; unless it is a goodbye, something has changed since."""
    with httpx.stream("GET", stream, timeout=90) as answer:
        lines = answer.iter_lines()
        first = next(line for line in lines if line.startswith("event:"))
        if first != "event: bye":
            assert next(line for line in lines if '"channel":"race"' in line)
    return first


def test_an_example_app_gives_the_address_of_its_page(folder: Path) -> None:
    """Declared and fed by one command, and its figures are there."""
    started = Up(folder, "--app", "assessment", "--speed", "max", "--port", "0")
    try:
        address = started.address()
        url, _, source = address.partition("/source/")
        assert source == "assessment"
        assert "<!doctype html>" in httpx.get(address).text.lower()
        wait_for(lambda: counted(url, source) > 0, "figures of the app")
    finally:
        started.end()
        started.close()


def test_a_table_is_live_by_one_command(folder: Path) -> None:
    """Declared by what it shows, fed whole, and on a page."""
    table = folder / "Exam Scores.csv"
    table.write_text("pupil,school,score\n" + "".join(f"p{n},s{n % 3},{n}\n" for n in range(90)))
    started = Up(folder, "--declare", str(table))
    try:
        url, _, source = started.address().partition("/source/")
        assert source == "exam-scores"
        wait_for(
            lambda: (
                shown(url, source, "score_school")
                == {
                    f"s{n}": {"count": 30, "sum": 1305 + 30 * n, "mean": 43.5 + n} for n in range(3)
                }
            ),
            "means",
        )
    finally:
        started.end()
        started.close()


def counted(url: str, source: str) -> int:
    """How many the figure of the app counts, 0 while there is none."""
    return int((shown(url, source) or {}).get("", {}).get("count", 0))


def shown(url: str, source: str, channel: str = "scores") -> Any:
    """The rows of one figure, none while there are none."""
    answer = httpx.get(f"{url}/api/v1/sources/{source}/state?channels={channel}", timeout=90)
    return answer.json()["channels"].get(channel) if answer.status_code == 200 else None


def test_ctrl_c_leaves_no_process_behind_and_the_data_survives(up: Up, folder: Path) -> None:
    """Exit code 0, all children gone, and a second start goes on with the same race."""
    address = up.address()
    wait_for(lambda: entries(address) > 0, "entries of the demo")
    below = up.processes()
    assert len(below) >= 5  # supervisord, Redis, engine, gunicorn and its worker

    watch = set(descendants(up.part("redis")))  # of its disk, which hears of the end by the kernel
    assert up.end(signal.SIGINT) == 0
    assert alive(below - watch) == set()
    wait_for(lambda: not alive(watch), "end of the watch")

    again = Up(folder, "--no-feed", "--source", "demo")
    address = again.address()
    wait_for(lambda: entries(address) > 0, "entries of before")
    assert again.end(signal.SIGTERM) == 0
    again.close()


def test_kill_9_of_up_leaves_nothing_that_still_writes(up: Up) -> None:
    """The kernel tells supervisord, and supervisord the parts."""
    up.address()
    below = up.processes()
    up.end(signal.SIGKILL)
    wait_for(lambda: not alive(below), "end of all parts")


def test_kill_9_of_the_supervisor_leaves_nothing_that_still_writes(up: Up) -> None:
    """Each part ends with its parent, and `up` says that it had to give up."""
    up.address()
    below = up.processes()
    os.kill(int((up.folder / "supervisord.pid").read_text()), signal.SIGKILL)
    wait_for(lambda: not alive(below), "end of all parts")
    assert up.process.wait(WITHIN_S) == 1


@pytest.mark.parametrize("parts", [("redis", "engine"), ("courier", "web")])
def test_a_part_that_is_killed_comes_back(up: Up, parts: Sequence[str]) -> None:
    """`kill -9` of any part heals by itself, and the race goes on."""
    address = up.address()
    wait_for(lambda: entries(address) > 0, "entries of the demo")
    for part in parts:
        _kill_and_wait(up, address, part)


def _kill_and_wait(up: Up, address: str, part: str) -> None:
    before, had = up.part(part), entries(address)
    assert before > 0  # 0 would be ourselves
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: up.part(part) not in (0, before), f"new {part}")
    wait_for(lambda: ready(address.partition("/race/")[0]), "readiness")
    wait_for(lambda: entries(address) > had + IN_FLIGHT, "entries after the repair")


def ready(url: str) -> bool:
    """Whether everything answers."""
    try:
        return httpx.get(f"{url}/readyz", timeout=90).status_code == 200
    except httpx.TransportError:
        return False


def test_a_second_up_is_told_about_the_first_and_down_stops_it(up: Up, folder: Path) -> None:
    """Two of them would fight for the same Redis; `down` says so when there is nothing to stop."""
    up.address()
    second = subprocess.run(
        [*PITLIVE, "up", "--data-dir", str(folder)], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"PitLive is already running on {folder} as process {up.process.pid}" in second.stderr

    down = [*PITLIVE, "down", "--data-dir", str(folder)]
    assert subprocess.check_output(down, text=True) == "PitLive has stopped.\n"
    assert up.process.wait(WITHIN_S) == 0
    assert subprocess.check_output(down, text=True).startswith("Nothing is running on ")


def test_a_port_in_use_is_said_before_anything_starts(folder: Path) -> None:
    """Nothing is left half started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = subprocess.run(
            [*PITLIVE, "up", "--data-dir", str(folder), "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 1
    assert f"port: got {port} on 127.0.0.1: Address already in use" in told.stderr
    assert not (folder / "redis").exists()


def test_an_open_address_without_operators_is_refused(folder: Path) -> None:
    """Whoever can reach it could write."""
    told = subprocess.run(
        [*PITLIVE, "up", "--data-dir", str(folder), "--host", "0.0.0.0"],  # noqa: S104
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "pitlive operator add" in told.stderr


def test_a_redis_that_is_away_is_said_before_anything_starts(folder: Path) -> None:
    """Not after a long wait for something that cannot come."""
    told = subprocess.run(
        [*PITLIVE, "up", "--data-dir", str(folder), "--redis-url", f"unix://{folder}/nobody.sock"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "redis: " in told.stderr
    assert list(folder.iterdir()) == []


def test_a_redis_of_ones_own_is_used_and_left_alone(
    folder: Path, stack: Callable[..., Stack]
) -> None:
    """No embedded one is started beside it, and it is there when all has stopped."""
    own = stack(["redis"])
    up = Up(folder, "--redis-url", own.redis_url, "--no-feed")
    url = up.address()
    wait_for(lambda: ready(url), "readiness")
    assert not (folder / "redis").exists()
    assert up.end() == 0
    up.close()
    assert connect(own.redis_url).ping()
