"""What is caused is what is counted: each fault moves its own metric, and no other."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests import races
from tests.checker import Checker, number
from tests.cursors import back
from tests.stack import Stack, wait_for

Figures = dict[str, float]
"""Every series by its name and labels, as the text has it."""


def figures(running: Stack) -> Figures:
    """Everything that is counted now, but buckets, and what only our looking moves."""
    answer = httpx.get(f"{running.url}/metrics", timeout=90)
    assert answer.headers["Content-Type"].startswith("text/plain")
    samples = (s for f in text_string_to_metric_families(answer.text) for s in f.samples)
    return {
        f"{s.name}{{{','.join(v for k, v in sorted(s.labels.items()) if k != 'engine')}}}": s.value
        for s in samples
        if "le" not in s.labels and s.labels.get("route") != "/metrics"
    }


def moved(before: Figures, after: Figures, *about: str) -> Figures:
    """What has changed among the series whose names begin so."""
    return {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if value != before.get(name, 0)
        and name.startswith(tuple(f"pitlive_{one}" for one in about))
    }


SENT_AWAY = b'"reason":"unavailable"'
"""What is said to whoever comes before its worker follows the source: it may hear late of Redis."""


def but_those_sent_away(now: Figures) -> Figures:
    """The same without those who were."""
    return {name: n for name, n in now.items() if "{unavailable}" not in name}


@pytest.fixture
def reader() -> Iterator[Callable[..., socket.socket]]:
    """Open streams by hand; closed after the test."""
    opened: list[socket.socket] = []

    def one(
        running: Stack, cursor: str = "", buffer: int = 0, more: Sequence[str] = ()
    ) -> socket.socket:
        sock = opens(running, cursor, buffer, more)
        while SENT_AWAY in sock.recv(65536, socket.MSG_PEEK):  # who is told to come back does
            sock.close()
            sock = opens(running, cursor, buffer, more)
        return sock

    def opens(running: Stack, cursor: str, buffer: int, more: Sequence[str]) -> socket.socket:
        sock = socket.socket()
        opened.append(sock)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.connect(("127.0.0.1", running.port))
        said = ["GET /api/v1/sources/race/events HTTP/1.1", "Host: 127.0.0.1", *more]
        said += [f"Last-Event-ID: {cursor}"] if cursor else []
        sock.sendall("\r\n".join([*said, "", ""]).encode())
        sock.settimeout(60)
        sock.recv(1, socket.MSG_PEEK)  # it is answered, so it is counted
        return sock

    yield one
    for sock in opened:
        sock.close()


def read_to_end(sock: socket.socket) -> None:
    """Read until the connection ends, however it ends."""
    with suppress(ConnectionResetError):
        while sock.recv(65536):
            pass


def note(n: int) -> dict[str, Any]:
    """An entry that makes exactly one event."""
    return {"type": "note", "uid": f"n{n}", "text": "x"}


def seq(cursor: str) -> int:
    """The number of the event that a cursor has reached."""
    return number(cursor)


def fed(running: Stack) -> str:
    """Feed a small race, wait for its state and return the cursor."""
    races.declare_quiet(running.url, "race")
    last = races.post(running.url, "race", races.small(3, 5))["last"]

    def known() -> dict[str, Any]:
        return next(iter(httpx.get(f"{running.url}/api/v1/sources").json()["sources"]), {})

    wait_for(lambda: known().get("folded") == last, "folding", running)
    return str(known()["cursor"])


def settled(running: Stack, want: Callable[[Figures], bool], what: str) -> Figures:
    """The figures as soon as they are as wanted."""
    seen: Figures = {}

    def look() -> bool:
        seen.clear()
        seen.update(figures(running))
        return want(seen)

    wait_for(look, what, running)
    return seen


def test_nothing_is_repaired_while_nothing_is_wrong(stack: Callable[..., Stack]) -> None:
    """The look once a second takes nothing for lost that is merely on its way."""
    running = stack()
    fed(running)
    checker = Checker(running.url, "race").start()
    wait_for(lambda: bool(checker.cursor), "state", running)
    before, joined, longest_s = figures(running), seq(checker.cursor), 0.0
    for n in range(200):
        began = time.monotonic()
        races.post(running.url, "race", [note(n)])
        longest_s = max(longest_s, time.monotonic() - began)
    wait_for(lambda: len(checker.state.get("notes", {})) == 200, "notes", running)
    checker.stop()
    came = seq(checker.cursor) - joined  # a busy engine has published several notes as one event
    now = settled(running, lambda now: now["pitlive_events_total{}"] >= came, "events")

    found = moved(before, now, "repair", "resub", "redis_away", "streams_refused")
    if longest_s > 0.5:  # a worker that stands still waits no second look for what is on its way
        found = {name: n for name, n in found.items() if not name.endswith("{look}")}
    assert found == {}
    assert 0 < now["pitlive_lag_seconds_count{}"] <= now["pitlive_events_total{}"]


def test_a_cut_subscription_is_one_repair(stack: Callable[..., Stack]) -> None:
    """What was announced meanwhile is counted as read from the log, once."""
    running = stack()
    fed(running)
    checker = Checker(running.url, "race").start()
    wait_for(lambda: bool(checker.state), "state", running)
    before = figures(running)
    client = redis.Redis.from_url(running.redis_url)
    told = client.pubsub_numsub("pitlive:{race}:live")[0][1]
    with client.pipeline() as pipe:  # in one go: nobody hears what is published in between
        pipe.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        pipe.execute()
    races.post(running.url, "race", [note(1)])
    wait_for(lambda: "notes" in checker.state, "note", running)
    now = moved(before, figures(running), "repair", "resub", "streams_refused", "streams_ended")
    checker.stop()

    assert told == 1
    assert now.pop("pitlive_resubscriptions_total{}") == 1
    assert set(now) <= {
        "pitlive_repairs_total{resubscribe}",
        "pitlive_repaired_events_total{resubscribe}",
    }
    assert checker.faults == []


def test_a_lost_announcement_is_one_repair_by_the_look(stack: Callable[..., Stack]) -> None:
    """An event that is only in the log is found within a second or two, and counted."""
    running = stack(engines=0)
    client = redis.Redis.from_url(running.redis_url)
    httpx.put(f"{running.url}/api/v1/sources/race", json={"kind": "race"})
    checker = Checker(running.url, "race").start()
    wait_for(lambda: bool(checker.reasons), "hello", running)
    before = figures(running)
    message = b'{"channel":"notes","at_ms":1,"data":{"n":{"text":"x"}}}'
    with client.pipeline(transaction=True) as pipe:  # a publish whose announcement gets lost
        pipe.xadd("pitlive:{race}:events", {"c": "notes", "m": message}, id="1-0")
        pipe.hset("pitlive:{race}:meta", "seq", 1)
        pipe.execute()
    wait_for(lambda: "notes" in checker.state, "note", running)
    checker.stop()

    assert moved(before, figures(running), "repair", "resub", "redis_away") == {
        "pitlive_repairs_total{look}": 1,
        "pitlive_repaired_events_total{look}": 1,
    }


def test_a_reader_who_stalls_is_one_end(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """It is behind, then it is gone; the others are not counted with it."""
    running = stack(stall_s=1, stream_backlog=64 * 2**20)
    fed(running)
    other = Checker(running.url, "race").start()
    wait_for(lambda: bool(other.state), "state", running)
    before, sent = figures(running), 0
    reader(running, buffer=4096)  # a second is all it has from now on
    while "pitlive_streams_ended_total{stalled}" not in moved(before, figures(running), ""):
        for _ in range(5):  # to look costs more than to post
            notes = [{**note(sent + n), "text": "x" * 1900} for n in range(25)]
            races.post(running.url, "race", notes)  # what fits into the other's kernel
            sent += 25
            wait_for(lambda: len(other.state.get("notes", {})) == sent, "notes", running)  # noqa: B023
        assert sent < 20_000
    now = settled(running, lambda now: now["pitlive_streams{plain}"] == 1, "one stream")
    other.stop()

    assert moved(before, now, "streams_ended", "conflations", "streams_refused") == {
        "pitlive_streams_ended_total{stalled}": 1
    }
    assert sum(moved(before, now, "streams_opened").values()) == 1
    assert (now["pitlive_streams_behind{}"], now["pitlive_backlog_bytes{}"]) == (0, 0)


def test_a_reader_who_is_given_the_state_is_one_conflation(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """Whoever is too far behind for the way is not ended."""
    running = stack(stall_s=300, stream_backlog=2**19)
    fed(running)
    reader(running, buffer=4096)
    ahead = Checker(running.url, "race").start()
    wait_for(lambda: bool(ahead.state), "state", running)
    before, sent = figures(running), 0
    while not (seen := moved(before, figures(running), "conflations", "streams_ended")):
        notes = [{**note(sent + n), "text": "x" * 1900} for n in range(30)]  # 1/8 of a backlog
        races.post(running.url, "race", notes)
        sent += 30
        wait_for(lambda: len(ahead.state.get("notes", {})) == sent, "notes", running)  # noqa: B023
        assert sent < 20_000
    ahead.stop()

    assert seen == {"pitlive_conflations_total{}": 1}


def test_every_verdict_is_counted_with_where_it_was_served_from(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """Fresh, resumed, of another life or past, from the future, and no cursor at all."""
    running = stack()
    cursor = fed(running)
    epoch, top, link = cursor.split(".")
    before = figures(running)
    reader(running)
    reader(running)
    reader(running, cursor)
    reader(running, back(running, "race", 1))
    reader(running, f"other.{top}.{link}")
    reader(running, f"{epoch}.{int(top) + 9}.{link}")
    reader(running, f"{epoch}.{int(top) - 1}.{link}")
    reader(running, "nonsense")
    seen = moved(before, figures(running), "replays")

    by_reason: Figures = {}
    for name, size in seen.items():
        reason = name.partition("{")[2].partition(",")[0]
        by_reason[reason] = by_reason.get(reason, 0) + size
    assert by_reason == {"fresh": 2, "ok": 2, "epoch": 1, "forked": 1, "future": 1, "unknown": 1}
    assert seen["pitlive_replays_total{ok,memory}"] == 2
    assert seen["pitlive_replays_total{epoch,redis}"] == 1


def test_every_stream_that_was_opened_is_open_or_has_ended_once(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """By coding, by what ended it, and those that were never let in."""
    running = stack(max_streams=3)
    fed(running)
    first, second = reader(running), reader(running, more=["Accept-Encoding: gzip"])
    reader(running)
    read_to_end(reader(running))
    now = settled(running, lambda now: now["pitlive_streams{plain}"] == 2, "streams")
    assert but_those_sent_away(moved({}, now, "streams{", "streams_refused", "groups")) == {
        "pitlive_streams{plain}": 2,
        "pitlive_streams{gzip}": 1,
        "pitlive_streams_refused_total{full}": 1,
        "pitlive_groups{}": 1,
    }
    first.close()
    second.close()
    now = settled(running, lambda now: now["pitlive_streams{plain}"] == 1, "one stream")

    assert moved({}, now, "streams_ended") == {"pitlive_streams_ended_total{gone}": 2}
    assert sum(moved({}, now, "streams_opened").values()) == 3


def test_a_drain_is_seen_while_it_lasts_and_each_end_is_a_restart(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """The server is reloaded: new workers tell how far the old one's drain is."""
    running = stack(drain_s=12)
    fed(running)
    for _ in range(30):
        reader(running)
    now = settled(running, lambda now: now["pitlive_streams{plain}"] == 30, "streams")
    assert now["pitlive_workers{}"] == 1
    seen: list[float] = []
    (old,) = running.workers()
    os.kill(old, signal.SIGSTOP)  # it begins when the new one is there, which tells of it
    os.kill(running.pid("web"), signal.SIGHUP)
    settled(running, lambda now: now["pitlive_workers{}"] == 2, "a new worker")
    os.kill(old, signal.SIGCONT)

    def ended() -> bool:
        now = figures(running)
        seen.append(now["pitlive_streams_draining{}"])
        return now["pitlive_streams_ended_total{restart}"] == 30 and now["pitlive_workers{}"] == 1

    wait_for(ended, "drain", running)
    draining = [left for left in seen if left]
    assert draining
    assert draining == sorted(draining, reverse=True)
    assert seen[-1] == 0


def test_a_killed_worker_takes_its_gauges_along_and_leaves_its_counts(
    stack: Callable[..., Stack], reader: Callable[..., socket.socket]
) -> None:
    """Two workers are one server; what the dead one counted stays counted."""
    running = stack(workers=2)
    fed(running)
    for _ in range(20):
        reader(running)
    settled(running, lambda now: now["pitlive_streams{plain}"] == 20, "streams")
    before = figures(running)
    assert sum(moved({}, before, "streams_opened").values()) == 20
    for worker in running.workers():
        os.kill(worker, signal.SIGKILL)
    now = settled(
        running,
        lambda now: now["pitlive_streams{plain}"] == 0 and now["pitlive_workers{}"] == 2,
        "new workers",
    )

    assert sum(moved({}, now, "streams_opened").values()) == 20
    assert now["pitlive_entries_total{accepted}"] == before["pitlive_entries_total{accepted}"]


def test_a_restarted_server_counts_from_the_beginning(stack: Callable[..., Stack]) -> None:
    """As after any restart, which Prometheus knows what to do with."""
    running = stack()
    fed(running)
    running.restart("web", signal.SIGTERM)

    assert figures(running)["pitlive_entries_total{accepted}"] == 0


def test_while_redis_is_away_its_absence_is_what_is_told(stack: Callable[..., Stack]) -> None:
    """The rest goes on being told; afterwards the time is counted."""
    running = stack()
    fed(running)
    checker = Checker(running.url, "race").start()
    wait_for(lambda: bool(checker.state), "state", running)
    before = figures(running)
    running.kill("redis", signal.SIGTERM)
    away = settled(running, lambda now: now["pitlive_redis_up{}"] == 0, "absence")
    assert not [name for name in away if name.startswith(("pitlive_source", "pitlive_engine"))]
    running.start("redis")
    now = settled(
        running,
        lambda now: now["pitlive_redis_up{}"] == 1 and now["pitlive_resubscriptions_total{}"] > 0,
        "return",
    )
    checker.stop()

    assert set(moved(before, now, "redis_away", "resub", "repair", "streams_ended")) == {
        "pitlive_redis_away_seconds_total{}",
        "pitlive_resubscriptions_total{}",
    }


def test_engines_tell_what_they_did_and_who_follows_what(stack: Callable[..., Stack]) -> None:
    """From any web server, though engines have no port; a dead one falls silent."""
    running = stack()
    entries = len(races.small(3, 5))
    fed(running)
    count, publishes = "pitlive_engine_delay_seconds_count{}", "pitlive_engine_publishes_total{}"

    def has_told(now: Figures) -> bool:
        """Also of the publish: it may have told its figures between that and the fold."""
        is_folded = now.get("pitlive_engine_entries_total{}") == entries
        return is_folded and 1 <= now[count] <= now[publishes]

    now = settled(running, has_told, "engine")

    assert now["pitlive_source_entries{race}"] == entries
    assert now["pitlive_source_lag_seconds{race}"] == 0
    assert now["pitlive_source_held{race}"] == 1
    assert now["pitlive_engine_leases{}"] == 1
    running.kill("engine", signal.SIGTERM)
    races.post(running.url, "race", [note(1)])
    now = settled(running, lambda now: "pitlive_engine_leases{}" not in now, "silence")
    assert now["pitlive_source_lag_seconds{race}"] > 0
