"""A cursor of another past is recognised, whoever restarts whatever.

Two ways in which numbers are given out again: a replica that lagged takes over, and an older
folder is put back. In both other facts follow, beyond what readers had. Every reader is told,
is given the state, and ends like one who has just come.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson
import pytest
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.processes import module
from tests import races
from tests.checker import Checker, number
from tests.faults.pasts import (
    FIRST,
    GONE,
    OTHER,
    Pair,
    backup,
    declare_quiet,
    post,
    post_other,
    put_back,
)
from tests.stack import WITHIN_S, Stack, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


class Crowd:
    """Readers of all kinds: of everything, of a channel, of two sources, packed."""

    def __init__(self, running: Stack) -> None:
        kinds = [("race", "*"), ("race", "standings"), ("race,other", "*")]
        self._stack, self._reached = running, 0
        self.readers = [
            Checker(running.url, source, channels, gzip=packed).start()
            for source, channels in kinds
            for packed in (False, True)
        ]
        self.wait(lambda: all(reader.cursor for reader in self.readers), "greetings, with states")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        wait_for(condition, what, self._stack)

    def reach(self, cursor: str) -> None:
        """Wait until all have the newest event of the race, or of a channel one that is new."""
        everything = [reader for reader in self.readers if reader.channels == "*"]
        self.wait(
            lambda: all(r.of["race"].at == cursor for r in everything), f"readers at {cursor}"
        )
        self.wait(lambda: all(r.of["race"].seq > self._reached for r in self.readers), "others")
        self._reached = number(cursor)

    def sleep(self) -> None:
        """Have those who are packed lose their connection."""
        for reader in self.readers:
            if reader.gzip:
                reader.stop()
                self.wait(lambda: not reader.thread.is_alive(), "sleep")  # noqa: B023

    def wake(self) -> None:
        """Have them come back, with what they had."""
        for reader in self.readers:
            if reader.gzip:
                reader.stopping = False
                reader.start()

    def check(self, *, began_anew: bool) -> None:
        """All were told, and have what a newcomer is given."""
        url = f"{self._stack.url}/api/v1/sources/race/state"
        for reader in self.readers:
            channels = {"channels": reader.channels}

            def is_right(reader: Checker = reader, asked: Any = channels) -> bool:
                now = httpx.get(url, params=asked).json()["channels"]
                return races.canonical(reader.of["race"].state) == races.canonical(now)

            self.wait(is_right, f"state of {reader}")
            reader.stop()
        assert [reader.faults for reader in self.readers] == [[]] * len(self.readers)
        told = {"epoch"} if began_anew else {"forked"}
        assert all(told & set(reader.reasons) for reader in self.readers if reader.gzip)
        assert all({"forked", "future", "epoch"} & set(r.reasons) for r in self.readers)


def _began_anew(had: str, now: str) -> bool:
    """Whether an engine that lived has begun a new epoch; else the numbers went on beyond."""
    is_new = had.partition(".")[0] != now.partition(".")[0]
    assert is_new or number(now) > number(had)
    return is_new


def _begin(running: Stack) -> Crowd:
    """Two sources, readers, and the past that both have."""
    for source in ("race", "other"):
        declare_quiet(running, source)
    crowd = Crowd(running)
    crowd.reach(post(running, FIRST))
    return crowd


STAYING = [(), ("web",), ("engine",), ("web", "engine")]
"""Which parts live on while Redis is changed; the others are started anew."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One of those; all of them in the long form, `--fault-runs 2` and more."""
    usual = ("web",) if "replica" in metafunc.function.__name__ else ()
    is_long = metafunc.config.getoption("--fault-runs") > 1
    if "staying" in metafunc.fixturenames:
        tried = STAYING if is_long else [usual]
        metafunc.parametrize("staying", tried, ids=lambda parts: "+".join(parts) or "none")


def test_an_older_folder_put_back_is_told(
    stack: Callable[..., Stack], staying: tuple[str, ...], tmp_path: Path
) -> None:
    """A backup is restored and other facts are entered, beyond what readers had."""
    running = stack(lease_ms=2000, heartbeat_s=1, drain_s=0)
    crowd = _begin(running)
    backup(running, tmp_path / "backup")
    had = post(running, GONE)
    crowd.reach(had)
    crowd.sleep()

    others = [part for part in ("engine", "web") if part not in staying]
    put_back(running, tmp_path / "backup", others)
    now = post_other(running)
    crowd.wake()

    wait_for(lambda: httpx.get(f"{running.url}/readyz").status_code == 200, "readiness", running)
    crowd.check(began_anew=_began_anew(had, now))


def test_a_promoted_replica_that_lagged_is_told(
    stack_of: Callable[..., Stack], staying: tuple[str, ...]
) -> None:
    """The primary is lost with what its replica had not heard, and others facts follow."""
    pair = Pair(stack_of, heartbeat_s=1, drain_s=0)
    running = pair.parts.start()
    crowd = _begin(running)
    pair.follow(free_port())
    had = post(running, GONE)
    crowd.reach(had)
    crowd.sleep()

    others = [part for part in ("engine", "web") if part not in staying]
    for part in others:
        running.kill(part)
    pair.fail_over()
    running.start(*others)
    now = post_other(running)
    crowd.wake()

    crowd.check(began_anew=_began_anew(had, now))


def test_a_feed_sends_again_what_an_older_folder_lacks(
    stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """Its bookmark is further than the log, whose epoch is the same and whose numbers go on."""
    running = stack(drain_s=0)
    file = tmp_path / "race.jsonl"

    def feed(reported: Sequence[Any]) -> str:
        file.write_bytes(b"\n".join(map(orjson.dumps, reported)))
        own = ["--source", "race", "--url", running.url, "--data-dir", str(tmp_path), "--no-flush"]
        done = CliRunner().invoke(main, ["feed", str(file), *own])
        assert done.exit_code == 0, done.output
        return str(done.output)

    feed(FIRST)
    backup(running, tmp_path / "backup")
    assert f"{len(GONE)} accepted" in feed([*FIRST, *GONE])
    assert "nothing new in it" in feed([*FIRST, *GONE])
    put_back(running, tmp_path / "backup", ["engine", "web"])
    post(running, OTHER)
    again = feed([*FIRST, *GONE])

    assert "going on" not in again
    assert f"{len(GONE)} accepted, {len(FIRST)} repeats" in again
    assert "nothing new in it" in feed([*FIRST, *GONE])


LONG = races.small(6, 1000)
"""At an entry every 50 ms it lasts for five minutes: longer than whatever is done meanwhile."""


class Feed(NamedTuple):
    """`pitlive feed` of a long race into a stack."""

    stack: Stack
    command: list[str]
    process: subprocess.Popen[str]

    def has(self) -> list[str]:
        """The uids of what the log has of it, as soon as that can be read."""
        path = f"{self.stack.url}/api/v1/sources/race/entries?limit=10000"
        told: list[Any] = []

        def is_told() -> bool:
            with suppress(httpx.TransportError, KeyError):
                told.append(httpx.get(path).json()["entries"])
            return bool(told)

        wait_for(is_told, "the log", self.stack)
        return [one["uid"] for one in told[0] if not one["uid"].startswith("other/")]

    def go_on(self) -> int:
        """Wait until the log has more of it than now; return how many entries that are."""
        many = len(self.has()) + 20
        wait_for(lambda: len(self.has()) >= many, f"{many} entries", self.stack)
        return many

    def check(self, many: int) -> None:
        """It said what it saw; another run goes on, and the log has each of its entries once."""
        wait_for(lambda: len(self.has()) >= many, "what was lost", self.stack)
        self.go_on()  # so it has heard that the first of it was taken, and has a bookmark
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=WITHIN_S)
        again = subprocess.run(self.command, capture_output=True, text=True, check=True)
        fed = self.has()
        assert self.process.returncode == 130, said
        assert "has lost entries that it had acknowledged; so all is sent again" in said
        assert "going on after the first" in again.stderr
        assert len(fed) == len(set(fed)) == len(LONG)


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Callable[[Stack], Feed]]:
    """Start such a feed, an entry every 50 ms."""
    started: list[subprocess.Popen[str]] = []

    def start(running: Stack) -> Feed:
        declare_quiet(running, "race")
        file = tmp_path / "race.jsonl"
        file.write_bytes(b"\n".join(map(orjson.dumps, LONG)))
        own = ["--source", "race", "--url", running.url, "--data-dir", str(tmp_path)]
        command = module("pitlive", "feed", str(file), *own, "--no-flush")
        slowly = [*command, "--every", "50ms"]
        started.append(subprocess.Popen(slowly, stderr=subprocess.PIPE, text=True))
        return Feed(running, command, started[-1])

    yield start
    for process in started:
        process.kill()
        process.wait(WITHIN_S)


def _write_beside(running: Stack) -> None:
    """Have somebody else write more than the feed has lost, as soon as anything is taken."""
    notes = [{"type": "note", "uid": f"other/{n}", "text": "x"} for n in range(200)]

    def is_taken() -> bool:
        with suppress(httpx.HTTPError):
            return bool(races.post(running.url, "race", notes))
        return False

    wait_for(is_taken, "entries of others", running)


def test_a_running_feed_sends_again_what_an_older_folder_lacks(
    stack: Callable[..., Stack], fed: Callable[[Stack], Feed], tmp_path: Path
) -> None:
    """It posts on, as others do, before anybody has looked what the log has."""
    running = stack(drain_s=0)
    feed = fed(running)
    feed.go_on()
    backup(running, tmp_path / "backup")
    many = feed.go_on()
    put_back(running, tmp_path / "backup", ["engine", "web"])
    _write_beside(running)
    feed.check(many)


def test_a_running_feed_sends_again_what_a_promoted_replica_lacks(
    stack_of: Callable[..., Stack], fed: Callable[[Stack], Feed]
) -> None:
    """The parts live on; only whom they write to is another."""
    pair = Pair(stack_of, heartbeat_s=1, drain_s=0)
    feed = fed(pair.parts.start())
    feed.go_on()
    pair.follow(free_port())
    many = feed.go_on()
    pair.fail_over()
    _write_beside(pair.parts)
    feed.check(many)
