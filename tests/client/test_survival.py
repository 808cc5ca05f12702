"""The Python client and a real server whose parts die: every event once, and the right state."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from pitlive.client import Message, Stream
from tests import races
from tests.faults.scene import Writer
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def restart_web(running: Stack) -> None:
    """Stop the web server as an operator does."""
    running.restart("web", signal.SIGTERM)


def kill_web(running: Stack) -> None:
    """Kill arbiter and workers."""
    workers = running.workers()
    running.kill("web")
    wait_for(lambda: not any(map(is_alive, workers)), "end of the workers", running)
    running.start("web")


def kill_worker(running: Stack) -> None:
    """Kill the one worker; the arbiter starts another."""
    (worker,) = running.workers()
    os.kill(worker, signal.SIGKILL)


def restart_redis(running: Stack) -> None:
    """Kill Redis and start it on its append-only file."""
    running.restart("redis")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def follow(stream: Stream, messages: Iterator[Message], want: bytes) -> list[str]:
    """Read until the state is as wanted; return the verdicts of the hellos."""
    reasons: list[str] = []
    for message in messages:
        if message.event == "hello":
            reasons += [verdict["reason"] for verdict in message.data["sources"].values()]
        if races.canonical(stream.state["race"]) == want:
            return reasons
    raise AssertionError


def state(given: Sequence[dict[str, Any]]) -> bytes:
    return races.canonical(races.state(races.checked(given)))


@pytest.mark.parametrize("fault", [restart_web, kill_web, kill_worker, restart_redis])
def test_a_program_that_follows_a_source_notices_nothing(
    stack: Callable[..., Stack], fault: Callable[[Stack], None]
) -> None:
    """It loops on: nothing is missed or repeated, whatever was restarted."""
    running, given = stack(heartbeat_s=1, drain_s=0), races.small(6, 20)
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", given[:60])
    with Stream(running.url, "race") as stream:
        messages = iter(stream)
        follow(stream, messages, state(given[:60]))
        before = stream.connections
        fault(running)
        Writer(running.url, {"race": given[60:]}).run()
        reasons = follow(stream, messages, state(given))

    assert set(reasons) <= {"ok"}
    assert (stream.gaps, stream.repeats) == (0, 0)
    assert (stream.connections > before) == (fault is not restart_redis)


def test_several_sources_are_followed_on_one_connection(server: Stack, source: str) -> None:
    """Each has its state, and one cursor goes on in both."""
    given, other = races.small(3, 6), f"{source}-b"
    want = races.final(races.checked(given))["standings"]
    for name in (source, other):
        races.post(server.url, name, given[:10])
    rest: list[dict[str, Any]] = []
    with Stream(server.url, source, other, channels=["standings"]) as stream:
        for message in stream:
            if message.event == "hello" and not rest:
                rest = [races.post(server.url, name, given[10:]) for name in (source, other)]
                first = stream.connections  # a busy worker asks those before it to come back
            if all(stream.state[name].get("standings") == want for name in (source, other)):
                break
        cursor, last = stream.cursor, stream.connections
        assert next(one for one in stream if one.event == "hello").id == cursor

    assert [answer["accepted"] for answer in rest] == [len(given) - 10] * 2
    assert (stream.gaps, stream.repeats, last) == (0, 0, first)
    assert stream.connections > last
