"""Whatever a receiver answers costs that receiver alone."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pitlive.courier.post import LONGEST_REASON, LONGEST_WAIT_S, retry_after
from pitlive.declared.webhooks import MOST_WEBHOOKS
from pitlive.store import outbox
from tests.courier.arbitrary import Arbitrary, Reply
from tests.courier.conftest import Outbox
from tests.courier.receiver import Receiver
from tests.stack import wait_for

ON = {"is_on": True, "times": 1, "began_ms": 3}

WAITS = [
    "Thu, 01 Jan 99999999999 00:00:00 GMT",
    "Thu, 01 Jan 2030 00:00:00 +99999999999999",
    "Thu, 01 Jan 0000 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "9" * 5000,
    "-1",
    "1e999",
    "nan",
    "٣٣",
    "120, 120",
    ",",
]
"""What a receiver may ask us to wait for, and no clock or calendar has."""

NASTY = [
    *(Reply(f"HTTP/1.1 503 No\r\nRetry-After: {one}\r\n\r\n".encode()) for one in WAITS),
    Reply(b""),
    Reply(b"", "reset"),
    Reply(b"", "hang"),
    Reply(b"HTTP/1.1 204 No Content\r\n", "hang"),
    Reply(b"HTTP/1.1 204 No Content\r\n", "reset"),
    Reply(b"HTTP/1.1 500 Slow\r\n\r\n", "drip"),
    Reply(b"", "endless", b"HTTP/1.1 100 Continue\r\n\r\n"),
    Reply(b"HTTP/1.1 200 OK\r\n", "endless", b"X: y\r\n"),
    Reply(b"HTTP/1.1 200 OK\r\nX: ", "endless"),
    Reply(b"HTTP/1.1 500 ", "endless", b"No"),
    Reply(b"HTTP/1.1 500 No\r\nContent-Length: 9999999999999999999\r\n\r\n", "endless"),
    Reply(b"HTTP/1.1 500 No\r\nContent-Length: -1\r\n\r\n"),
    Reply(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n", "endless"),
    Reply(b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(10**7))),
    Reply(b"HTTP/1.1 000 \r\n\r\n"),
    Reply(b"HTTP/1.1 999 \xff\xfe\x1b[2J\r\n\r\n"),
    Reply(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", "endless"),
    Reply(b"HTTP/9.9 200 OK\r\n\r\n"),
    Reply(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n"),
    Reply(b"HTTP/1.1 301 Moved\r\nLocation: \xff\x00://[::1\r\n\r\n"),
    Reply(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "hang"),
    Reply(bytes(range(256)) * 300, "reset"),
]  # fmt: skip

HEADERS = st.sampled_from(
    [b"Retry-After: ", b"Content-Length: ", b"Transfer-Encoding: ", b"Location: ", b"X: ", b""]
)
LINES = st.tuples(
    HEADERS, st.one_of(st.binary(max_size=30), st.sampled_from(WAITS).map(str.encode))
)
STATUS = st.one_of(
    st.binary(max_size=20),
    st.integers(0, 9999).map(lambda code: f"HTTP/1.1 {code} x".encode()),
)
REPLIES = st.builds(
    lambda status, lines, body, ending: Reply(
        b"\r\n".join([status, *map(b"".join, lines), b"", body]), ending, body[:5]
    ),
    STATUS,
    st.lists(LINES, max_size=4),
    st.binary(max_size=50),
    st.sampled_from(["close", "close", "reset", "hang", "endless"]),
)


@pytest.fixture(scope="module")
def arbitrary() -> Iterator[Arbitrary]:
    """A receiver that answers anything."""
    made = Arbitrary()
    yield made
    made.stop()


def tell_all(box: Outbox, arbitrary: Arbitrary, receiver: Receiver, replies: list[Reply]) -> None:
    """Tell a row to a receiver for each reply, and to one that is well; see all of them end."""
    arbitrary.replies = replies
    limits = {"timeout_s": 0.3, "attempts": 2, "give_up_s": 8}
    bad = [{"name": f"bad{n}", "url": arbitrary.url(n), **limits} for n in range(len(replies))]
    box.declare(receiver.url, *bad)
    told = box.tell({f"row{len(receiver.got)}": ON})
    (good,) = [one for one in told if one.webhook == "supplier"]

    box.are("delivered", [good])
    wait_for(lambda: not outbox.counts(box.client, box.source)["pending"], "end of all")
    found = [*box.attempts("dead"), *box.attempts("delivered")]
    assert all(1 <= one.attempts <= 2 and len(one.reason) <= LONGEST_REASON for one in found)
    assert all(one.reason for one in box.attempts("dead"))


@pytest.mark.parametrize("part", [NASTY[:17], NASTY[17:]], ids=["first", "second"])
def test_answers_that_receivers_have_been_seen_or_dreamt_to_give(
    part: list[Reply],
    box: Outbox,
    receiver: Receiver,
    arbitrary: Arbitrary,
    make_courier: Callable[..., Any],
) -> None:
    """Twice: the courier is as well after the first as before."""
    assert len(part) < MOST_WEBHOOKS
    with make_courier():
        for _ in range(2):
            tell_all(box, arbitrary, receiver, part)

    assert len(receiver.got) == 2


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies=st.lists(REPLIES, min_size=10, max_size=MOST_WEBHOOKS - 1))
def test_any_bytes_cost_the_receiver_that_answers_them_alone(
    replies: list[Reply],
    box: Outbox,
    receiver: Receiver,
    arbitrary: Arbitrary,
    make_courier: Callable[..., Any],
) -> None:
    """A receiver that is well gets everything, whoever else is ill."""
    with make_courier():
        tell_all(box, arbitrary, receiver, replies)


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.text(), st.sampled_from(WAITS), st.floats().map(str), st.integers().map(str)))
def test_any_wait_that_is_asked_for_is_a_time_of_ours(text: str) -> None:
    """Of none is made more than a notice may be tried for."""
    assert 0 <= retry_after(text, 1_800_000_000) <= LONGEST_WAIT_S


@given(
    st.sampled_from(["Thu", "", "xyz"]),
    st.integers(-(10**20), 10**20),
    st.sampled_from(["Jan", "Dec", "x", ""]),
    st.integers(-(10**20), 10**20),
    st.tuples(*[st.integers(-10, 10**9)] * 3),
    st.one_of(st.sampled_from(["GMT", "EST", ""]), st.integers(-(10**20), 10**20).map(str)),
)
def test_no_date_is_beyond_us(
    day: str, number: int, month: str, year: int, time: tuple[int, ...], zone: str
) -> None:
    """Each number of a date may be any."""
    text = f"{day}, {number} {month} {year} {':'.join(map(str, time))} {zone}"
    assert 0 <= retry_after(text, 1_800_000_000) <= LONGEST_WAIT_S


def test_a_receiver_that_asks_for_an_hour_does_not_stop_its_neighbours(
    box: Outbox, receiver: Receiver, arbitrary: Arbitrary, make_courier: Callable[..., Any]
) -> None:
    """Many share a host; each path is a receiver of its own."""
    receiver.answer = lambda got: (503, {"Retry-After": "3600"}) if got.path != "/hook" else 204
    box.declare(receiver.url, {"name": "bad", "url": receiver.url.replace("hook", "bad")})
    with make_courier():
        for key in ("bolt", "nut"):
            told = box.tell({key: ON})
            box.are("delivered", [one for one in told if one.webhook == "supplier"])
            wait_for(lambda: any(one.next_ms for one in box.attempts("pending")), "its answer")
    assert len([got for got in receiver.got if got.path == "/bad"]) == 1


def test_receivers_that_hang_leave_room_for_those_that_do_not(
    box: Outbox, receiver: Receiver, arbitrary: Arbitrary, make_courier: Callable[..., Any]
) -> None:
    """Ten of them, of a hundred rows each, would need a minute for each to be given up."""
    arbitrary.replies = [Reply(b"", "hang")] * 10
    bad = [{"name": f"bad{n}", "url": arbitrary.url(n)} for n in range(10)]
    box.declare(receiver.url, *({**one, "timeout_s": 0.5} for one in bad), attempts=100)
    with make_courier(webhook_backoff_ms=1000):
        told = box.tell({str(n): ON for n in range(100)})
        box.are("delivered", [one for one in told if one.webhook == "supplier"])
    assert len(receiver.got) == 100
    assert outbox.counts(box.client, box.source)["pending"] == 1000
    box.forget()


def test_nonsense_for_tls_is_an_answer_too(
    box: Outbox, receiver: Receiver, arbitrary: Arbitrary, make_courier: Callable[..., Any]
) -> None:
    """A handshake with somebody who speaks no TLS, refuses, or resets."""
    replies = [
        Reply(b"HTTP/1.1 200 OK\r\n\r\n"),
        Reply(b"\x15\x03\x03\x00\x02\x02\x28"),
        Reply(b"", "reset"),
    ]
    box.declare(receiver.url, {"name": "bad", "url": arbitrary.url(0, "https")}, attempts=3)
    with make_courier():
        for reply in replies:
            arbitrary.replies = [reply]
            told = box.tell({repr(reply): ON})
            box.are("delivered", [one for one in told if one.webhook == "supplier"])
            box.are("dead", [one for one in told if one.webhook == "bad"])
    assert all(one.attempts == 3 for one in box.attempts("dead"))
