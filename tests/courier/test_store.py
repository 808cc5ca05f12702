"""What is found broken in the store costs the notice, or the source, that it is of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from pitlive.store import outbox, sources
from pitlive.store.client import connect
from pitlive.store.keys import key
from tests.courier.conftest import Outbox
from tests.courier.receiver import SECRET, Receiver
from tests.stack import wait_for

ON = {"is_on": True, "times": 1, "began_ms": 3}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("notices", b""),
        ("notices", b"{"),
        ("notices", b"[1]"),
        ("notices", b'"text"'),
        ("notices", b"\xff\xfe"),
        ("notices", b'{"webhook": "supplier"}'),
        ("notices", b'{"webhook": "supplier", "body": 3}'),
        ("fates", b"{"),
        ("fates", b"[]"),
        ("fates", b'{"attempts": "x"}'),
        ("fates", b'{"next_ms": 1e400}'),
        ("fates", b'{"next_ms": -5}'),
    ],
)
def test_a_notice_that_cannot_be_read_is_dead_with_the_reason(
    part: str, text: bytes, box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """What stands behind it and beside it arrives."""
    box.declare(receiver.url)
    (broken,) = box.tell({"bolt": ON})
    box.client.hset(key(box.source, part), broken.id, text)
    others = box.tell({"bolt": ON | {"is_on": False, "ended_ms": 9}, "nut": ON})
    with make_courier():
        box.are("dead", [broken])
        box.are("delivered", others)
    (dead,) = outbox.listed(box.client, box.source, "dead", 0, 10)

    assert "cannot be read" in dead[1].reason
    assert dead[0].id == broken.id


def test_a_time_that_no_retry_has_is_not_waited_for(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """Nothing is tried later than it is given up."""
    box.declare(receiver.url, give_up_s=1)
    told = box.tell({"bolt": ON})
    box.client.hset(key(box.source, "fates"), told[0].id, orjson.dumps({"next_ms": 2**52}))
    with make_courier():
        box.are("delivered", told)


@pytest.mark.parametrize(
    "broken",
    [
        lambda r, s: r.hset(key(s, "meta"), "spec", b"{"),
        lambda r, s: r.hset(key(s, "meta"), "version", b"x"),
        lambda r, s: r.hset(key(s, "meta"), "spec", b'{"webhooks": 3}'),
        lambda r, s: (r.delete(key(s, "notices")), r.set(key(s, "notices"), b"x")),
        lambda r, s: (r.delete(key(s, "fates")), r.set(key(s, "fates"), b"x")),
        lambda r, s: (r.delete(key(s, "pending")), r.set(key(s, "pending"), b"x")),
        lambda r, s: r.rpush(key(s, "courier"), b"x"),
    ],
    ids=["spec", "version", "webhooks", "notices", "fates", "pending", "courier"],
)
def test_a_source_that_cannot_be_read_stops_no_other(
    broken: Callable[..., Any],
    box: Outbox,
    redis_url: str,
    receiver: Receiver,
    make_courier: Callable[..., Any],
) -> None:
    """Whichever of its keys it is."""
    other = Outbox(connect(redis_url), f"{box.source}-other")
    for one in (box, other):
        one.declare(receiver.url)
        one.tell({"bolt": ON})
    broken(box.client, box.source)
    with make_courier():
        for n in range(2):
            other.are("delivered", other.tell({str(n): ON}))
    box.forget()


def test_a_source_whose_fates_cannot_be_noted_is_left_alone(
    box: Outbox,
    redis_url: str,
    receiver: Receiver,
    make_courier: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else all that waits there would be sent, and sent again after the rest."""
    monkeypatch.setattr("pitlive.courier.outboxes.REST_S", 600)  # longer than any machine takes
    fates = key(box.source, "fates")

    def spoil(got: Any) -> int:
        if got.data["source"] == box.source:
            box.client.delete(fates)
            box.client.set(fates, b"x")
        return 204

    receiver.answer = spoil
    other = Outbox(connect(redis_url), f"{box.source}-other")
    box.declare(receiver.url)
    other.declare(receiver.url)
    for times in range(1, 6):
        box.tell({"bolt": ON | {"is_on": bool(times % 2), "times": times}})
    with make_courier():
        for n in range(3):
            other.are("delivered", other.tell({str(n): ON}))
            wait_for(lambda: any(one.data["source"] == box.source for one in receiver.got), "one")
    assert sum(one.data["source"] == box.source for one in receiver.got) == 1
    box.forget()


def test_a_webhook_that_is_declared_wrong_is_dead_with_the_reason(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """A declaration of another version of PitLive may hold one; its neighbours go on."""
    box.declare(receiver.url, {"name": "old", "url": receiver.url + "2"})
    told = box.tell({"bolt": ON})
    spec = dict(sources.meta(box.client, box.source).spec)
    spec["webhooks"][1] |= {"give_up_s": "soon"}
    sources.declare(box.client, box.source, spec)
    with make_courier():
        box.are("delivered", [one for one in told if one.webhook == "supplier"])
        box.are("dead", [one for one in told if one.webhook == "old"])

    assert "declared wrong: give_up_s" in box.attempts("dead")[0].reason


@pytest.mark.parametrize("line", [b"other", b"\xff\xfe\x00", b"other:\xc3\xa9\xc3\xa9", b"x:???"])
def test_a_line_of_another_secret_that_is_wrong_costs_nothing(
    line: bytes,
    box: Outbox,
    receiver: Receiver,
    make_courier: Callable[..., Any],
    secrets: Path,
) -> None:
    """Who has found its own signs with it; who looks for that one is told the line."""
    secrets.write_bytes(line + f"\ndefault:{SECRET}\n".encode())
    wanting = {"name": "wanting", "url": receiver.url + "2", "secret": "other", "attempts": 1}
    box.declare(receiver.url, wanting)
    told = box.tell({"bolt": ON})
    with make_courier():
        box.are("delivered", [one for one in told if one.webhook == "supplier"])
        box.are("dead", [one for one in told if one.webhook == "wanting"])

    assert "line 1: want name:whsec_" in box.attempts("dead")[0].reason


def test_a_fault_of_ours_is_a_failed_attempt(
    box: Outbox,
    receiver: Receiver,
    make_courier: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is counted and its reason kept; others arrive."""
    import pitlive.courier.post as post

    said = post._said

    def faulty(answer: Any) -> Any:
        if answer.status_code == 418:
            raise ZeroDivisionError("of all things")
        return said(answer)

    monkeypatch.setattr(post, "_said", faulty)
    receiver.answer = lambda got: 418 if got.path != "/hook" else 204
    box.declare(receiver.url, {"name": "bad", "url": receiver.url + "2"}, attempts=3)
    told = box.tell({"bolt": ON})
    with make_courier():
        box.are("delivered", [one for one in told if one.webhook == "supplier"])
        box.are("dead", [one for one in told if one.webhook == "bad"])
    (dead,) = box.attempts("dead")

    assert (dead.attempts, dead.reason) == (3, "ZeroDivisionError: of all things")


def test_marks_that_cannot_be_read_are_as_none(box: Outbox, receiver: Receiver) -> None:
    """A run may be told of again under the same id, and the engine goes on."""
    box.declare(receiver.url)
    box.tell({"bolt": ON, "nut": ON})
    told = key(box.source, "told")
    marks = outbox.marks(box.client, box.source, 1)
    box.client.hset(told, "supplier/on/bolt", b"x y z")

    assert len(marks) == 2
    assert [*outbox.marks(box.client, box.source, 1)] == ["supplier/on/nut"]
