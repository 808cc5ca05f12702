"""A whole state is read once for those who ask together, and never before they asked."""

from __future__ import annotations

from collections.abc import Sequence

import gevent
import pytest

from pitlive.errors import StoreUnavailable
from pitlive.hub import states
from pitlive.messages import Cursor
from pitlive.store.snapshot import Snapshot
from pitlive.web.whole import Whole


class Log:
    """A source on which something is published all the time, and that takes its time to be read."""

    def __init__(self) -> None:
        self.seq = self.reads = 0
        self.is_away = False

    def read(self, _source: str, _patterns: Sequence[str]) -> Snapshot:
        """Return what was published before."""
        self.reads += 1
        found = Cursor("k3f9", self.seq)
        gevent.sleep(0.01)
        if self.is_away:
            raise StoreUnavailable("redis: away")
        return Snapshot(found, ["laps"], {"laps": {"1": b"5", "2": b"6"}})


def test_who_asks_while_others_read_shares_the_next_reading() -> None:
    """Ten who ask meanwhile cost one more, and have what was published before they asked."""
    log = Log()
    whole = Whole(log.read)

    def asked(patterns: Sequence[str]) -> bool:
        log.seq += 1
        published = log.seq
        return whole.state("a", patterns).cursor.seq >= published

    first = gevent.spawn(asked, ["*"])
    gevent.sleep(0)
    others = [gevent.spawn(asked, ["*"]) for _ in range(10)]
    gevent.joinall([first, *others], raise_error=True)

    assert all(one.value for one in [first, *others])
    assert log.reads == 2
    assert asked(["*"])
    assert log.reads == 3


def test_a_reading_that_fails_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked meanwhile has the next one; a large state keeps its text alone."""
    monkeypatch.setattr(states, "LARGE", 1)
    log = Log()
    whole, log.is_away = Whole(log.read), True
    failing = gevent.spawn(whole.state, "a", ["*"])
    gevent.sleep(0)
    other = gevent.spawn(whole.state, "a", ["*"])
    gevent.joinall([failing])
    log.is_away = False
    gevent.joinall([other], raise_error=True)

    assert isinstance(failing.exception, StoreUnavailable)
    assert (other.value.channels, other.value.encode()) == ({}, b'{"laps":{"1":5,"2":6}}')


def test_a_redis_that_does_not_answer_is_waited_for_once_by_all_who_ask() -> None:
    """Each in turn, the last of many would hear of it minutes later."""
    log = Log()
    whole, log.is_away = Whole(log.read), True
    first = gevent.spawn(whole.state, "a", ["*"])
    gevent.sleep(0)
    others = [gevent.spawn(whole.state, "a", ["*"]) for _ in range(10)]
    gevent.joinall([first, *others])

    assert all(isinstance(one.exception, StoreUnavailable) for one in (first, *others))
    assert log.reads == 2
    log.is_away = False
    assert whole.state("a", ["*"]).size == 2
