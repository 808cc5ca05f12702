"""`pitlive up` from any folder, and what it says of parts that end at their start."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pitlive.processes import hold, leashed
from tests.stack import WITHIN_S, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
PITLIVE = str(Path(sys.executable).with_name("pitlive"))
"""As a user starts it: the console script."""

Up = Callable[..., "Said"]


class Said:
    """A `pitlive up` in a folder, and all that it has printed so far."""

    def __init__(self, where: Path, data: Path, *options: str) -> None:
        command = [PITLIVE, "up", "--data-dir", str(data), "--port", str(free_port()), *options]
        self.process = subprocess.Popen(
            leashed(command), cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.text = ""
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def waits_for(self, words: str) -> None:
        """Wait until it has printed these."""
        wait_for(lambda: words in self.text or self.process.poll() is not None, words)
        self._listener.join(0 if self.process.poll() is None else None)
        assert words in self.text, self.text

    def url(self) -> str:
        """The address that it has printed, without the page."""
        found = re.search(r"PitLive is running: (http://[^/\s]+)", self.text)
        assert found, self.text
        return found[1]

    def end(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(WITHIN_S)
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as printed:
            for line in printed:
                self.text += line


@pytest.fixture
def up(data: Path) -> Iterator[Up]:
    """Start one: `up(where, *options)`."""
    started: list[Said] = []

    def start(where: Path, *options: str) -> Said:
        started.append(Said(where, data, *options))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, with a space in its name as some have."""
    return tmp_path_factory.mktemp("my data")


def test_it_starts_in_a_folder_that_holds_modules_of_our_names(up: Up, tmp_path: Path) -> None:
    """The parent of a checkout holds a folder `pitlive`; anybody's folder may hold a `json.py`."""
    for name in ("pitlive", "numpy", "redis", "supervisor", "gunicorn", "gevent"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not this one')\n")
    for name in ("json", "random", "ctypes", "tomllib", "click", "httpx"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('nor this one')\n")
    (tmp_path / "races.jsonl").write_text('{"type": "lap", "car": "7", "lap": 1, "at_ms": 1}\n')
    one = up(tmp_path, "--feed", "races.jsonl", "--source", "here")
    one.waits_for("PitLive is running: ")
    entries = f"{one.url()}/api/v1/sources/here/entries"
    wait_for(lambda: b'"car":"7"' in httpx.get(entries).content, "the entry fed")

    one.end()
    assert "failed" not in one.text
    assert one.process.returncode == 0


def test_it_starts_in_a_folder_that_its_locale_cannot_name(
    up: Up, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service has often no locale at all, and names are bytes to a kernel."""
    for name, value in (("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0")):
        monkeypatch.setenv(name, value)
    one = up(tmp_path, "--no-feed", "--data-dir", str(data / "ünï"))
    one.waits_for("PitLive is running: ")
    assert (data / "ünï" / "redis").is_dir()


def test_a_namespace_of_our_name_is_not_taken_for_us(up: Up, tmp_path: Path) -> None:
    """A checkout is a folder `pitlive` without `__init__.py`."""
    (tmp_path / "pitlive" / "pitlive").mkdir(parents=True)
    one = up(tmp_path, "--no-feed")
    one.waits_for("PitLive is running: ")


def test_a_part_that_cannot_start_is_said_at_once_and_ends_it(
    up: Up, tmp_path: Path, data: Path
) -> None:
    """Which one, and its last words; not after a wait for an answer that cannot come."""
    broken = data / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    broken.parent.mkdir(parents=True)
    broken.write_text("this is no manifest\n")
    one = up(tmp_path)
    one.waits_for("redis has failed, and is started again:\n")
    one.waits_for("Error: redis: it fails again and again\n--- redis.log ---\n")
    assert one.process.wait(WITHIN_S) == 1
    one.end()  # all that it said is read

    assert "Invalid AOF manifest" in one.text.partition("Error:")[0]
    assert "Invalid AOF manifest" in one.text.partition("Error:")[2]


def test_what_hinders_a_part_may_pass(up: Up, tmp_path: Path, data: Path) -> None:
    """A Redis that is still about to end is said, and waited for."""
    (data / "redis").mkdir()
    other = hold(data / "redis" / "lock", "another Redis")
    one = up(tmp_path, "--no-feed")
    hindered = f"Redis is already running on {data / 'redis'} as process {os.getpid()}"
    log = data / "logs" / "redis.log"  # it has three tries, and says so when it looks
    wait_for(lambda: log.exists() and hindered in log.read_text(), "a first try")
    os.close(other)
    one.waits_for(hindered)
    one.waits_for("PitLive is running: ")


def test_a_feed_that_cannot_go_on_is_said_and_left_alone(up: Up, tmp_path: Path) -> None:
    """The reason is printed, it is not tried without end, and the server stays."""
    (tmp_path / "laps.csv").write_text("a,b\n1,2\n")
    one = up(tmp_path, "--feed", "laps.csv")
    one.waits_for(
        "feed has failed, and is started again:\nError: laps.csv, line 1: got the columns"
    )
    one.waits_for("The feed is not started again.\n")

    wait_for(lambda: httpx.get(f"{one.url()}/readyz").status_code == 200, "readiness")
    assert one.text.count("feed has failed") == 3
