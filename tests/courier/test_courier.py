"""Notices arrive, once each, whatever receivers, Redis and couriers do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from pitlive.courier.delivery import wall_ms
from pitlive.courier.lanes import PER_RECEIVER
from pitlive.store import outbox
from pitlive.store.keys import key
from tests.courier.conftest import Outbox
from tests.courier.receiver import SECRET, Receiver
from tests.stack import free_port, wait_for

ON = {"is_on": True, "times": 1, "began_ms": 3}
OFF = {"is_on": False, "times": 1, "began_ms": 3, "ended_ms": 4}


def test_a_notice_is_signed_as_the_standard_webhooks_have_it(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """The library of the specification takes it for genuine, and another secret does not."""
    box.declare(receiver.url)
    (told,) = box.tell({"bolt": ON})
    with make_courier():
        box.are("delivered", [told])
    (got,) = receiver.got

    assert Webhook(SECRET).verify(got.body, got.headers) == json.loads(told.body)
    assert json.loads(told.body) == {
        "type": "supplier.on",
        "timestamp": "1970-01-01T00:00:00.005000+00:00",
        "data": {"source": box.source, "webhook": "supplier", "stat": "orders", "key": "bolt",
                 "run": 1, "at_ms": 5, "row": ON},
    }  # fmt: skip
    assert got.headers["idempotency-key"] == got.id == told.id
    assert got.headers["content-type"] == "application/json"


def test_both_secrets_of_a_name_sign_while_a_receiver_goes_over(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any], secrets: Path
) -> None:
    """A second line is taken up at once, without a restart."""
    newer = "whsec_" + "QUJD" * 8
    box.declare(receiver.url)
    with make_courier():
        secrets.write_text(f"default:{SECRET}\n# the new one\ndefault:{newer}\n")
        box.are("delivered", box.tell({"bolt": ON}))
    (got,) = receiver.got

    for secret in (SECRET, newer):
        Webhook(secret).verify(got.body, got.headers)


def test_what_fails_is_sent_again_under_the_same_id_until_it_arrives(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """A receiver that is in trouble a while gets one notice, however often it was tried."""
    answers = iter([500, 503, 302, 404, 200])
    receiver.answer = lambda _: next(answers)
    box.declare(receiver.url)
    (told,) = box.tell({"bolt": ON})
    with make_courier():
        box.are("delivered", [told])
    (fate,) = box.attempts("delivered")

    assert [(got.id, got.body) for got in receiver.got] == [(told.id, told.body)] * 5
    assert (fate.attempts, fate.status, fate.reason, fate.next_ms) == (5, 200, "", 0)


def test_the_end_of_a_run_waits_until_its_beginning_has_arrived(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """Of one row all comes in order, also if the first is refused; other rows go on."""
    tried: Counter[str] = Counter()

    def answer(got: Any) -> int:
        tried[got.id] += 1
        return 500 if got.data["key"] == "bolt" and tried[got.id] < 3 else 204

    receiver.answer = answer
    box.declare(receiver.url)
    told = box.tell({"bolt": OFF | {"times": 2}, "nut": ON})
    with make_courier():
        box.are("delivered", told)
    of_bolt = [got.id for got in receiver.got if got.data["key"] == "bolt"]

    assert [(one.type, one.run) for one in told if one.key == "bolt"] == [
        ("on", 1), ("off", 1), ("on", 2), ("off", 2),
    ]  # fmt: skip
    assert of_bolt == [one.id for one in told if one.key == "bolt" for _ in range(3)]


def test_a_receiver_that_is_away_for_long_gets_all_when_it_is_sent_again(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """What was given up is kept with its reason, and arrives when an operator asks for it."""
    gone = free_port()
    box.declare(f"http://127.0.0.1:{gone}/", attempts=3)
    told = box.tell({"bolt": ON, "nut": ON})
    with make_courier():
        box.are("dead", told)
        given_up = box.attempts("dead")
        box.declare(receiver.url)
        assert [outbox.resend(box.client, box.source, one.id, wall_ms()) for one in told]
        box.are("delivered", told)

    assert {one.attempts for one in given_up} == {3}
    assert all("connect" in one.reason.lower() for one in given_up)
    assert sorted(got.id for got in receiver.got) == sorted(one.id for one in told)
    assert not outbox.resend(box.client, box.source, told[0].id, wall_ms())


def test_a_receiver_that_hangs_is_left_after_its_time(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """Time runs for the answer as a whole."""
    receiver.open.clear()
    box.declare(receiver.url, timeout_s=0.1, attempts=2)
    told = box.tell({"bolt": ON})
    with make_courier():
        box.are("dead", told)

    assert [one.reason for one in box.attempts("dead")] == ["no answer within 0.1 s"]


def test_a_receiver_that_says_when_is_not_asked_before(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """`Retry-After` holds for all that goes to the host, and for no other."""
    receiver.answer = lambda got: (429, {"Retry-After": "3000"}) if got.path == "/hook" else 204
    other = {"name": "buyer", "url": f"http://localhost:{receiver.port}/other"}
    box.declare(receiver.url, other)
    first, _ = box.tell({"bolt": ON})
    with make_courier():
        wait_for(lambda: bool(box.attempts("pending")[0].next_ms), "answer")
        later, free = box.tell({"nut": ON})
        box.are("delivered", [free])
    told = dict(zip(("nut", "bolt"), box.attempts("pending"), strict=True))

    assert [got.id for got in receiver.got if got.path == "/hook"] == [first.id]
    assert box.fate(later) == "pending"
    assert told["bolt"].next_ms >= first.made_ms + 3_000_000
    assert told["nut"].attempts == 0


def test_a_receiver_that_wants_no_more_gets_no_more(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """410 Gone is final."""
    receiver.answer = lambda _: 410
    box.declare(receiver.url)
    with make_courier():
        box.are("dead", box.tell({"bolt": ON}))

    assert len(receiver.got) == 1


def test_a_private_address_is_refused_unless_it_is_allowed(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """Whoever may declare a source cannot have this machine knock at its own doors."""
    box.declare(receiver.url.replace("127.0.0.1", "localhost"))
    with make_courier(webhook_private=False):
        box.are("dead", box.tell({"bolt": ON}))
    (fate,) = box.attempts("dead")

    assert receiver.got == []
    assert fate.reason.endswith("which is not public, want the setting webhook_private")
    assert fate.attempts == 1


def test_nothing_leaves_unsigned(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any], secrets: Path
) -> None:
    """A secret that is not in the file is waited for, and said to be missing."""
    box.declare(receiver.url, secret="other", attempts=100)  # the first 15 take some seconds
    told = box.tell({"bolt": ON})
    with make_courier():
        wait_for(lambda: bool(box.attempts("pending")[0].reason), "attempt")
        assert "'other'" in box.attempts("pending")[0].reason
        assert receiver.got == []
        secrets.write_text(f"other:{SECRET}\n")
        box.are("delivered", told)


def test_what_a_webhook_had_to_tell_is_dead_when_it_is_declared_no_longer(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """It is kept, for the webhook may come back under its name."""
    box.declare(receiver.url)
    told = box.tell({"bolt": ON})
    box.declare(receiver.url, name="another")
    with make_courier():
        box.are("dead", told)

    assert receiver.got == []


def test_a_thousand_notices_arrive_once_each_and_few_at_a_time(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """A receiver is not drowned by what happened at once."""
    box.declare(receiver.url)
    told = box.tell({str(n): ON for n in range(1000)})
    receiver.open.clear()
    with make_courier():
        wait_for(lambda: receiver.most == PER_RECEIVER, "requests")
        receiver.open.set()
        wait_for(lambda: outbox.counts(box.client, box.source)["pending"] == 0, "delivery")

    assert Counter(got.id for got in receiver.got) == Counter(one.id for one in told)
    assert receiver.most == PER_RECEIVER
    assert outbox.counts(box.client, box.source) == {"pending": 0, "delivered": 1000, "dead": 0}


def test_two_couriers_do_not_send_the_same_twice(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """Each source has one at a time; when that one ends, the other goes on."""
    box.declare(receiver.url)
    told = []
    with make_courier():
        with make_courier():
            told += box.tell({str(n): ON for n in range(50)})
            box.are("delivered", told)
        told += box.tell({str(n): OFF for n in range(50)})
        box.are("delivered", told)

    assert Counter(got.id for got in receiver.got) == Counter(one.id for one in told)


def test_a_source_where_nothing_waits_is_given_back(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any]
) -> None:
    """The next courier begins at once, whether the first then ends, is killed or goes on."""
    box.declare(receiver.url)
    lease = key(box.source, "courier")
    with make_courier():
        box.are("delivered", box.tell({"bolt": ON}))
        box.client.persist(lease)  # it does not run out meanwhile
        wait_for(lambda: not box.client.exists(lease), "the source given back")
        with make_courier():
            box.are("delivered", box.tell({"bolt": OFF}))


@pytest.mark.parametrize("line", ["default", "default:whsec_AAAA", "a b:" + SECRET, "x:???"])
def test_a_file_of_secrets_that_is_wrong_is_named_by_its_line_and_not_quoted(
    line: str, box: Outbox, receiver: Receiver, make_courier: Callable[..., Any], secrets: Path
) -> None:
    """The reason stands where anybody can read it."""
    secrets.write_text(f"# secrets\n{line}\n")
    box.declare(receiver.url, attempts=1)
    with make_courier():
        box.are("dead", box.tell({"bolt": ON}))
    (fate,) = box.attempts("dead")

    assert "line 2: want name:whsec_" in fate.reason
    assert line not in fate.reason


def test_the_first_courier_makes_the_secret_that_signs(
    box: Outbox, receiver: Receiver, make_courier: Callable[..., Any], tmp_path: Path
) -> None:
    """So that `pitlive up` signs from the beginning; nobody else can read it."""
    file = tmp_path / "made"
    box.declare(receiver.url)
    with make_courier(webhook_secrets_file=file):
        box.are("delivered", box.tell({"bolt": ON}))
    (got,) = receiver.got

    Webhook(file.read_text().strip().removeprefix("default:")).verify(got.body, got.headers)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(
    box: Outbox,
    receiver: Receiver,
    make_courier: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though the address is connected to that was looked at before."""
    receiver.encrypt(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    by_address = {"name": "buyer", "url": f"https://127.0.0.1:{receiver.port}/"}
    box.declare(f"https://localhost:{receiver.port}/hook", by_address, attempts=1)
    by_name, other = box.tell({"bolt": ON})
    with make_courier():
        box.are("delivered", [by_name])
        box.are("dead", [other])
    (fate,) = box.attempts("dead")

    assert [(got.id, got.headers["host"]) for got in receiver.got] == [
        (by_name.id, f"localhost:{receiver.port}")
    ]
    assert "certificate" in fate.reason.lower()
