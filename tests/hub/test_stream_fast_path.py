"""Streams that are answered at the door, before the web framework: nobody sees a difference."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from pitlive import operators
from pitlive.hub import plain_request
from pitlive.hub.coding import PLAIN
from pitlive.hub.hub import Hub
from pitlive.hub.ports import Everybody
from pitlive.hub.redis_log import RedisLog
from pitlive.hub.stream_fast_path import StreamFastPath
from tests import races
from tests.checker import Checker, blocks, is_sent_away
from tests.cursors import back
from tests.stack import Stack, wait_for


def answer(server: Stack, path: str, *headers: str) -> tuple[list[str], list[str]]:
    """The head of a stream line by line, and its first two events with data."""
    text = "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=90) as sock:
        sock.sendall(text.encode())
        with sock.makefile("rb") as lines:
            head = [line.decode().strip() for line in iter(lines.readline, b"\r\n")]
            events = (b for b in blocks(iter(lines.readline, b"")) if b.data is not None)
            first = next(events)
            if not is_sent_away(first):
                return head, [f"{b.name} {b.id}" for b in (first, next(events))]
    return answer(server, path, *headers)


def test_the_second_reader_is_answered_as_the_first_was(server: Stack, source: str) -> None:
    """Head, verdict and state are the same, whoever answers."""
    races.declare_quiet(server.url, source)
    races.post(server.url, source, races.small(3, 5))
    path = f"/api/v1/sources/{source}/events"
    wait_for(lambda: '"place":3' in httpx.get(f"{server.url}{path[:-6]}state").text, "state")
    answers = [answer(server, path) for _ in range(6)]  # two workers: each has its first

    assert answers == [answers[0]] * 6
    assert [name.split()[0] for name in answers[0][1]] == ["hello", "snapshot"]


def test_who_comes_back_at_once_is_given_what_it_missed(server: Stack, source: str) -> None:
    """A cursor that memory reaches resumes exactly, with the header as with the query."""
    races.declare_quiet(server.url, source)
    races.post(server.url, source, races.small(3, 5))
    checker = Checker(server.url, source).start()
    wait_for(lambda: len(checker.state.get("standings", {})) == 3, "state", server)
    checker.stop()
    path, at = f"/api/v1/sources/{source}/events", back(server, source, 2)
    want = [f"hello {at}", f"message {back(server, source, 1)}"]

    for _ in range(4):
        assert answer(server, path, f"Last-Event-ID: {at}")[1] == want
        assert answer(server, f"{path}?last_event_id={at}")[1] == want


@pytest.mark.parametrize(
    ("headers", "want"),
    [
        ("Host: elsewhere.example", "403"),
        ("Host: localhost\r\nExpect: 100-continue, or not", "417"),
    ],
)
def test_what_is_not_plain_is_answered_by_the_framework(
    server: Stack, source: str, headers: str, want: str
) -> None:
    """A foreign host is refused, an odd header is read as always, however many came before."""
    races.post(server.url, source, races.small(3, 5))
    path = f"/api/v1/sources/{source}/events"
    for _ in range(4):
        answer(server, path)
    text = f"GET {path} HTTP/1.1\r\n{headers}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=90) as sock:
        sock.sendall(text.encode())
        status = sock.recv(12)

    assert status.decode() == f"HTTP/1.1 {want}"


@pytest.mark.parametrize(
    ("line", "is_learnt"),
    [
        ("Vary: Accept-Encoding", True),
        ("X-About: Set-Cookie: none", True),
        ("Set-Cookie: a=b", False),
        ("Vary: Accept-Encoding, Cookie", False),
        ("vary: *", False),
    ],
)
def test_a_head_that_is_meant_for_some_is_not_reused(
    redis_url: str, line: str, is_learnt: bool
) -> None:
    """What varies by more than the coding, or sets a cookie, is made anew for each reader."""
    path = StreamFastPath(Hub(RedisLog.from_url(redis_url)), Everybody())
    path.learn(PLAIN, f"HTTP/1.1 200 OK\r\n{line}\r\n\r\n".encode())
    assert (PLAIN.name in path.heads) is is_learnt


def test_a_private_server_lets_nobody_in_without_a_login(
    stack: Callable[..., Stack], tmp_path: Path
) -> None:
    """Reading is refused until name and password are right, also when others are in already."""
    operators.add(tmp_path / "operators", "anna", "correct horse")
    running = stack(private="true", operators_file=tmp_path / "operators")
    right, wrong = ("anna", "correct horse"), ("anna", "battery staple")
    races_url = f"{running.url}/api/v1/sources/race/entries"
    httpx.post(races_url, json=races.small(3, 5), auth=right).raise_for_status()
    url = f"{running.url}/api/v1/sources/race/events"
    for _ in range(5):
        with httpx.stream("GET", url, auth=right, timeout=90) as stream:
            lines = (line.encode() + b"\n" for line in stream.iter_lines())
            assert orjson.loads(next(b.data for b in blocks(lines) if b.data))

    assert httpx.get(url).status_code == 401
    assert httpx.get(url, auth=wrong).status_code == 401
    assert httpx.get(f"{running.url}/api/v1/sources").status_code == 401
    assert httpx.get(f"{running.url}/healthz").status_code == 200


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=12)


@given(st.dictionaries(st.sampled_from(["source", "channels", "last_event_id", "x"]), _TEXT))
def test_a_query_is_read_as_the_framework_reads_it(query: dict[str, str]) -> None:
    """Whatever is taken as plain means what it means to everybody else."""
    built = EnvironBuilder(path="/api/v1/events", query_string=query)
    line = f"GET /api/v1/events?{built.query_string} HTTP/1.1\r\nHost: h\r\n\r\n"
    seen = plain_request.read(line.encode())
    args = Request(built.get_environ()).args

    assert seen is not None
    assert list(seen.sources) == args.getlist("source")
    assert list(seen.channels) == args.getlist("channels")
    assert seen.cursor == args.get("last_event_id", "")


@given(st.binary(max_size=200))
def test_bytes_that_are_no_request_are_left_alone(raw: bytes) -> None:
    """Nothing but a whole plain request is taken."""
    assert plain_request.read(raw) is None
    assert plain_request.read(b"GET /api/v1/events HTTP/1.1\r\n" + raw) is None or raw.endswith(
        b"\r\n\r\n"
    )
