"""The push contract, read off the wire of a real server."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from tests import races
from tests.checker import Block, Checker, blocks, is_sent_away
from tests.cursors import back
from tests.stack import Stack, wait_for


def first(server: Stack, path: str, size: int, **headers: str) -> list[Block]:
    """The first events of a stream that have data; who is told to come back does."""
    at = urlsplit(server.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=90)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    found: Iterator[Block] = (b for b in blocks(iter(answer.readline, b"")) if b.data is not None)
    taken = list(islice(found, size))
    connection.close()
    if is_sent_away(taken[0]):
        return first(server, path, size, **headers)
    assert len(taken) == size
    return taken


def said(block: Block) -> Any:
    """The value an event carries."""
    return orjson.loads(block.data or "null")


def fed(server: Stack, source: str, reported: list[dict[str, Any]]) -> str:
    """Feed a race, wait until it is folded, and return the cursor."""
    races.declare_quiet(server.url, source)
    answer = races.post(server.url, source, reported)
    assert answer["accepted"] == len(reported)

    def about() -> dict[str, Any]:
        known = httpx.get(f"{server.url}/api/v1/sources").json()["sources"]
        return next((one for one in known if one["source"] == source), {})

    wait_for(lambda: about().get("folded") == answer["last"], "folding", server)
    return str(about()["cursor"])


def test_a_fresh_reader_is_greeted_and_given_the_state(server: Stack, source: str) -> None:
    """Hello says fresh, then one snapshot at one cursor."""
    cursor = fed(server, source, races.small(3, 5))
    hello, snapshot = first(server, f"/api/v1/sources/{source}/events?channels=standings", 2)

    assert (hello.name, hello.id, said(hello)["cursor"]) == ("hello", None, cursor)
    assert said(hello)["sources"][source]["reason"] == "fresh"
    assert (snapshot.name, snapshot.id) == ("snapshot", cursor)
    assert set(said(snapshot)["channels"]) == {"standings"}


def test_a_reader_with_a_cursor_gets_exactly_what_it_missed(server: Stack, source: str) -> None:
    """Hello says ok, then the events after the cursor and no snapshot."""
    cursor = fed(server, source, races.small(3, 5))
    two_back, one_back = (back(server, source, by) for by in (2, 1))
    path = f"/api/v1/sources/{source}/events"
    hello, *rest = first(server, path, 3, **{"Last-Event-ID": two_back})

    assert said(hello)["sources"][source] | {"channels": []} == {
        "resumed": True,
        "reason": "ok",
        "from": two_back,
        "to": cursor,
        "channels": [],
    }
    assert [(b.name, b.id) for b in rest] == [
        ("message", one_back),
        ("message", cursor),
    ]


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        ("gone.5.00000000", "epoch"),
        ("{epoch}.999999999.00000000", "future"),
        ("{epoch}.2.00000000", "forked"),
        ("{epoch}.2", "forked"),
        ("no cursor at all", "unknown"),
    ],
)
def test_a_cursor_that_cannot_go_on_is_told_why(
    server: Stack, source: str, cursor: str, reason: str
) -> None:
    """The reader is given the state instead, never a silent hole."""
    top = fed(server, source, races.small(2, 5))
    asked = cursor.format(epoch=top.partition(".")[0])
    path = f"/api/v1/sources/{source}/events"
    hello, snapshot = first(server, path, 2, **{"Last-Event-ID": asked})

    assert (said(hello)["sources"][source]["reason"], snapshot.name) == (reason, "snapshot")


def test_a_reader_who_is_cut_off_before_it_has_the_state_is_given_it_again(
    server: Stack, source: str
) -> None:
    """No id is told before all that it stands for: what a browser sends back is never too new."""
    cursor = fed(server, source, races.small(3, 5))
    other = f"{source}-b"
    fed(server, other, races.small(3, 5))
    path = f"/api/v1/events?source={source}&source={other}"
    hello, one, two = first(server, path, 3)
    part = first(server, path, 2, **{"Last-Event-ID": f"{cursor}_"})

    assert (hello.id, one.id) == (None, None)
    assert said(part[0])["sources"][source]["reason"] == "ok"
    assert (part[0].id, part[1].name, part[1].id) == (None, "snapshot", two.id)


def test_the_header_wins_over_the_query(server: Stack, source: str) -> None:
    """A browser that reconnects by itself keeps its place, whatever its URL says."""
    cursor = fed(server, source, races.small(2, 5))
    path = f"/api/v1/sources/{source}/events?last_event_id=gone.1"
    (hello,) = first(server, path, 1, **{"Last-Event-ID": cursor})
    (queried,) = first(server, path, 1)

    assert said(hello)["sources"][source]["reason"] == "ok"
    assert said(queried)["sources"][source]["reason"] == "epoch"


def test_several_sources_share_a_stream_and_a_cursor(server: Stack, source: str) -> None:
    """The id has a part for each source, and resumes each where it was."""
    other = f"{source}-b"
    one, two = fed(server, source, races.small(2, 5)), fed(server, other, races.small(2, 6))
    path = f"/api/v1/events?source={source}&source={other}&channels=race,standings"
    hello, *states = first(server, path, 3)
    (again,) = first(server, path, 1, **{"Last-Event-ID": f"{one}_{two}"})

    assert said(hello)["cursor"] == f"{one}_{two}"
    assert [said(state)["source"] for state in states] == [source, other]
    assert [hello.id, *(state.id for state in states)] == [None, None, f"{one}_{two}"]
    assert {s["reason"] for s in said(again)["sources"].values()} == {"ok"}


def test_a_reader_may_wait_for_a_source_that_does_not_exist_yet(server: Stack, source: str) -> None:
    """It is greeted as unknown, and is asked to come back when the source appears."""
    checker = Checker(server.url, source).start()
    wait_for(lambda: checker.reasons == ["unknown"], "greeting", server)
    given = races.small(2, 5)
    fed(server, source, given)
    expected = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(checker.state) == expected, "state", server)
    checker.stop()

    assert checker.faults == []


@pytest.mark.timeout(600)
def test_readers_who_join_in_a_burst_miss_nothing_and_repeat_nothing(
    server: Stack, source: str
) -> None:
    """Twenty readers join while four hundred publishes go by; all end in the same state."""
    given = races.small(20, 40)
    races.declare_quiet(server.url, source)
    races.post(server.url, source, given[:1])
    checkers = []
    for n, batch in enumerate(races.batches(given, 2)):
        races.post(server.url, source, batch)
        if n % 20 == 0:
            checkers.append(Checker(server.url, source).start())
    expected = races.canonical(races.state(races.checked(given)))

    for checker in checkers:
        wait_for(lambda: races.canonical(checker.state) == expected, "state", server)  # noqa: B023
        checker.stop()
    assert [checker.faults for checker in checkers] == [[]] * len(checkers)
    assert len(checkers) >= 20


def test_a_reader_of_some_channels_keeps_up_with_the_cursor(server: Stack, source: str) -> None:
    """Patches of the asked channels alone add up to their state."""
    given = races.small(5, 20)
    fed(server, source, given[:10])
    checker = Checker(server.url, source, "standings,laps/1").start()
    wait_for(lambda: bool(checker.state), "state", server)
    fed(server, source, given[10:])
    whole = races.final(races.checked(given))
    expected = races.canonical({name: whole[name] for name in ("standings", "laps/1")})
    wait_for(lambda: races.canonical(checker.state) == expected, "state", server)
    checker.stop()

    assert checker.faults == []


def test_a_name_that_is_none_is_refused_as_a_problem(server: Stack) -> None:
    """What can never be served is not an event stream."""
    answer = httpx.get(f"{server.url}/api/v1/sources/No%20Name/events")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
