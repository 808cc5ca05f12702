"""What webhooks told, over HTTP and in the terminal, and how it is told again."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from pitlive.cli.main import main
from pitlive.store import outbox
from pitlive.store.client import connect
from pitlive.store.keys import key
from pitlive.store.notice import Attempts
from tests.courier.conftest import Outbox
from tests.stack import Stack

ON = {"is_on": True, "times": 1}


@pytest.fixture
def box(redis_url: str, source: str) -> Outbox:
    """Three notices: one delivered, one dead, one that waits."""
    return filled(Outbox(connect(redis_url), source))


def filled(box: Outbox) -> Outbox:
    """Tell of three rows, and note what became of two."""
    box.declare("http://127.0.0.1:9/")
    sent, given_up, _ = box.tell({"a": ON, "b": ON, "c": ON})
    done = Attempts(attempts=1, status=204, done_ms=7, took_ms=3)
    outbox.settle(box.client, box.source, sent.id, "delivered", done)
    failed = Attempts(attempts=9, status=500, reason="answered 500", done_ms=8)
    outbox.settle(box.client, box.source, given_up.id, "dead", failed)
    return box


def test_the_newest_come_first_with_what_became_of_them(web: FlaskClient, box: Outbox) -> None:
    """What is not known is absent."""
    address = f"/api/v1/sources/{box.source}/webhooks"
    said = web.get(address).json
    dead = web.get(address + "?fate=dead").json["notices"]
    older = web.get(address + f"?limit=1&before={said['notices'][1]['number']}").json["notices"]

    assert said["counts"] == {"pending": 1, "delivered": 1, "dead": 1}
    assert [(one["key"], one["fate"]) for one in said["notices"]] == [
        ("c", "pending"), ("b", "dead"), ("a", "delivered"),
    ]  # fmt: skip
    assert dead == [said["notices"][1]]
    assert older == [said["notices"][2]]
    assert dead[0] | {"body": {}, "id": "", "made_ms": 0} == {
        "id": "", "number": 2, "webhook": "supplier", "stat": "orders", "key": "b", "type": "on",
        "run": 1, "made_ms": 0, "body": {}, "fate": "dead", "attempts": 9,
        "reason": "answered 500", "status": 500, "done_ms": 8,
    }  # fmt: skip


def test_what_is_dead_is_sent_again_and_nothing_else(web: FlaskClient, box: Outbox) -> None:
    """Behind all that waits, and as if it had not been tried."""
    address = f"/api/v1/sources/{box.source}/webhooks"
    waits, dead, sent = web.get(address).json["notices"]
    answers = [
        web.post(f"{address}/{one['id']}/resend").status_code for one in (dead, dead, waits, sent)
    ]
    first = web.get(address).json["notices"][0]

    assert answers == [202, 409, 409, 409]
    assert web.post(f"{address}/msg_{'0' * 32}/resend").status_code == 404
    assert (first["id"], first["fate"], first["attempts"]) == (dead["id"], "pending", 0)
    assert first["number"] == 4
    assert "reason" not in first


def test_the_terminal_lists_and_sends_again(server: Stack, source: str) -> None:
    """One, or all that are dead."""
    client = connect(server.redis_url)
    client.set(key(source, "lease"), "test", px=600_000)  # before the engine can have it
    box = filled(Outbox(client, source))
    url = ["--url", server.url]
    told = CliRunner().invoke(main, ["webhooks", source, "--dead", "--json", *url])
    again = CliRunner().invoke(main, ["webhooks", source, "--resend", "all", *url])
    gone = CliRunner().invoke(main, ["webhooks", source, "--resend", "msg_1", *url])
    listed = CliRunner().invoke(main, ["webhooks", source, *url], env={"COLUMNS": "200"})

    assert [json.loads(line)["key"] for line in told.stdout.splitlines()] == ["b"]
    assert again.stdout == f"{source}: 1 sent again\n"
    assert gone.exit_code == 1
    assert listed.stdout.startswith("2 pending, 1 delivered, 0 dead\n")
    assert [one.key for one, _ in outbox.waiting(box.client, source, 0)] == ["c", "b"]
