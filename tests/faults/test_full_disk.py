"""A disk with no room left: what is read goes on, writes are told why not, nobody ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from pitlive.store.client import connect
from pitlive.store.disk import free
from tests.conftest import show_logs
from tests.lacking import mount
from tests.stack import Stack, wait_for

MB = 2**20

COUNT = """
import sys
from prometheus_client import values
if sys.argv[2] == "ours":
    import pitlive.web  # which settles how what is counted is kept
file = values.MmapedDict(sys.argv[1] + "/counter.db")
for n in range(2000):
    file.write_value(f"key {n}" + "x" * 100, float(n), 0.0)
print("counted")
"""
"""Writes more than a page of values, as a worker does."""


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk of its own."""
    with tempfile.TemporaryDirectory(prefix="pitlive-disk-") as name:
        mount(Path(name), "24m")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@pytest.fixture
def stack_there(
    disk: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    """A PitLive whose data, and the logs of whose parts, are on that disk."""
    with monkeypatch.context() as there:
        there.setattr(tempfile, "tempdir", str(disk))
        one = Stack(workers=2, courier=True, disk_reserve=8 * MB, heartbeat_s=0.3)
    try:
        yield one.start()
    finally:
        show_logs(request, one)
        one.stop()


def fill(disk: Path, but: int = 0) -> Path:
    """Take all the room that there is but for some bytes, and never more for a moment."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        for size in (MB, 4096):
            while free(disk) >= but + size:
                file.write(bytes(size))
    return filler


class Reader(threading.Thread):
    """A stream that is open all the time."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.lines, self.has_ended = url, list[str](), False

    def run(self) -> None:
        """Collect the lines until it ends."""
        with httpx.stream("GET", self.url, timeout=60) as answer:
            for line in answer.iter_lines():
                self.lines.append(line)
        self.has_ended = True


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client with a connection for each request."""
    anew = httpx.Limits(max_keepalive_connections=0)  # a late server closes what is kept
    with httpx.Client(limits=anew) as one:
        yield one


def test_a_full_disk_costs_writes_alone(
    stack_there: Stack, disk: Path, client: httpx.Client
) -> None:
    """Reads and streams go on, writes are 503 with the reason, and all comes back by itself."""
    stack = stack_there
    source = f"{stack.url}/api/v1/sources/friday"
    redis = connect(stack.redis_url)

    def post(lap: int) -> httpx.Response:
        entry = {"type": "lap", "car": "24", "lap": lap, "at_ms": lap * 16000, "lap_ms": 16000}
        return client.post(f"{source}/entries", json=entry)

    def laps() -> int:
        state = client.get(f"{source}/state?channels=standings").json()
        return int(state["channels"].get("standings", {}).get("24", {}).get("laps", 0))

    for lap in (1, 2, 3):
        assert post(lap).status_code == 200
    wait_for(lambda: laps() == 3, "figures", stack)
    wait_for(lambda: len(stack.workers()) == 2, "both workers", stack)
    parts = {part: stack.pid(part) for part in stack.running}, stack.workers()
    reader = Reader(f"{source}/events?channels=standings")
    reader.start()
    wait_for(lambda: bool(reader.lines), "hello", stack)

    filler = fill(disk, but=MB // 2)  # what is under a pen has room until the watch has seen it
    wait_for(lambda: redis.config_get("maxmemory") == {"maxmemory": "1"}, "the watch", stack)
    wait_for(lambda: "disk: 0 MB free" in client.get(f"{stack.url}/readyz").text, "it", stack)
    for name in redis.scan_iter():  # what expires is written to the file as well, and has no room
        if redis.execute_command("PTTL", name) > 0:
            redis.delete(name)
    fill(disk)
    heard = len(reader.lines)
    for path in ("", "/state", "/entries"):
        assert client.get(f"{source}{path}").status_code == 200
    assert client.get(f"{stack.url}/metrics").status_code == 200
    refused = post(4)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert "disk: 0 MB free" in refused.json()["detail"]
    assert client.put(source, json={}).status_code == 503
    assert "disk: 0 MB free" in client.get(f"{stack.url}/readyz").json()["detail"]
    wait_for(lambda: len(reader.lines) > heard + 3, "heartbeats", stack)

    stack.kill("redis")
    stack.begin("redis")  # as if the last of the room had been taken under its pen
    wait_for(lambda: client.get(f"{source}/state").status_code == 200, "state", stack)
    assert (post(4).status_code, laps()) == (503, 3)
    parts[0]["redis"] = stack.pid("redis")

    filler.unlink()
    wait_for(lambda: post(4).status_code == 200, "room", stack)
    wait_for(lambda: laps() == 4, "figures", stack)
    wait_for(lambda: client.get(f"{stack.url}/readyz").status_code == 200, "ready", stack)
    assert ({part: stack.pid(part) for part in stack.running}, stack.workers()) == parts
    assert all(process.poll() is None for process in stack.running.values())
    assert [e["lap"] for e in client.get(f"{source}/entries").json()["entries"]] == [1, 2, 3, 4]
    wait_for(lambda: any('"laps":4' in line for line in reader.lines), "lap 4", stack)
    assert not reader.has_ended


@pytest.mark.parametrize("room", ["none", "for one page"])
def test_counting_on_a_full_disk_ends_nobody(disk: Path, room: str) -> None:
    """The library alone is ended by a bus error; ours counts on, and shares what has room."""
    filler = fill(disk)
    if room != "none":
        os.truncate(filler, filler.stat().st_size - 18 * 4096)

    def count(how: str) -> int:
        command = [sys.executable, "-c", COUNT, str(disk), how]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert count("ours") == 0
    (disk / "counter.db").unlink(missing_ok=True)
    assert count("theirs") == -signal.SIGBUS
