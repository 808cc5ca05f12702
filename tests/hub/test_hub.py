"""Groups of one hub, on real sockets: what fails costs its own readers alone, nobody waits long."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence

import gevent
import pytest
from structlog.testing import capture_logs

from pitlive.hub.catch_up import CatchUp
from pitlive.hub.coding import PLAIN
from pitlive.hub.dialect import NATIVE, Dialect, Native
from pitlive.hub.feed import SourceFeed
from pitlive.hub.hub import Hub
from pitlive.hub.position import Position
from pitlive.hub.redis_log import RedisLog
from pitlive.hub.start import Start
from pitlive.hub.stream_request import StreamRequest
from pitlive.messages import Cursor, Event

BEGUN = Cursor("k3f9", 4, "a1")
NEWS = [
    Event(5, "gold", b'{"channel":"gold"}', "b2"),
    Event(6, "gold", b'{"channel":"gold"}', "c3"),
]


class Broken(Native):
    """A dialect that fails half way through what is new."""

    name = "broken"  # type: ignore[assignment]  # native has none

    def news(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Go over one event, and no further."""
        position.messages(source, [next(iter(events))])
        raise ZeroDivisionError


@pytest.fixture
def hub(redis_url: str) -> Iterator[Hub]:
    """A hub that nobody wakes but the test."""
    log = RedisLog.from_url(redis_url)
    yield Hub(log)
    log._client.close()


@pytest.fixture
def feed(hub: Hub, source: str) -> SourceFeed:
    """A source that is followed, at its fourth event."""
    feed = hub.feeds.add(source)
    feed.begin_at(BEGUN)
    feed.subscribed.set()
    return feed


def reader(hub: Hub, feeds: Sequence[SourceFeed], dialect: Dialect) -> socket.socket:
    """A reader who has everything so far."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname(), timeout=9)
        hub.accept(server.accept()[0], hub.feeds.group(feeds, ["*"], dialect), PLAIN, b"")
    return theirs


def test_a_dialect_that_fails_ends_its_own_readers_alone(hub: Hub, feed: SourceFeed) -> None:
    """They are told where they really are, and come back; the log says which group it was."""
    with reader(hub, [feed], Broken()) as theirs, reader(hub, [feed], NATIVE) as other:
        feed.extend(NEWS)
        with capture_logs() as logs:
            for group in hub.feeds.groups:
                hub._flush(group)
        assert f"id: {BEGUN.at(NEWS[-1])}\n" in other.recv(9999).decode()
        with theirs.makefile("r") as lines:
            goodbye = lines.read()
    assert '"reason":"behind"' in goodbye
    assert f"id: {BEGUN}\n" in goodbye
    assert hub.readers == 1
    (line,) = logs
    assert (line["sources"], line["dialect"]) == ((feed.source,), "broken")


def test_who_waits_for_a_group_that_is_dropped_goes_on_with_the_new_one(
    hub: Hub, feed: SourceFeed
) -> None:
    """A group without readers is nobody's, and is never sent what the reader waits for."""
    request = StreamRequest([feed.source], ["*"], {}, "")
    starts = {feed.source: Start("ok", BEGUN.at(NEWS[-1]))}
    feeds = hub.feeds
    waits = gevent.spawn(CatchUp(feeds, request, PLAIN)._group, [feed], starts, feed.used_at + 60)
    gevent.sleep(0)
    assert len(feeds.groups) == 1, "it waits"
    feeds.forget_unused(feed.used_at)
    feed.extend(NEWS)
    assert waits.get(timeout=5).position.reached == {feed.source: BEGUN.at(NEWS[-1])}
