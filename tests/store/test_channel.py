"""Publish is atomic, and a reader is told exactly whether it can go on."""

from __future__ import annotations

import pytest

from pitlive.errors import LeaseLost, LogWentBack
from pitlive.hub.ports import LONGEST_ANNOUNCEMENT
from pitlive.messages import Cursor
from pitlive.store import announcements, channel, events, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.publish import ChannelChange, Publication, publish
from pitlive.store.snapshot import snapshot


class Writer:
    """An engine's hand: holds the lease of a source and publishes to it."""

    def __init__(self, redis_url: str, source: str, keep: int = 1000) -> None:
        self.client: Redis = connect(redis_url)
        self.source = source
        sources.declare(self.client, source, {"kind": "race"})
        self.token = lease.hold(self.client, source, "writer", 60_000) or ""
        self.cursor = sources.meta(self.client, source).cursor
        self.keep = keep

    def publish(self, name: str, rows: dict[str, bytes | None], folded: str = "1-0") -> Cursor:
        """Publish one change."""
        change = ChannelChange(name, b'{"channel":"%s"}' % name.encode(), rows)
        what = Publication(folded, [change])
        self.cursor = publish(self.client, self.source, self.token, self.cursor, what, self.keep)
        return self.cursor


@pytest.fixture
def writer(redis_url: str, source: str) -> Writer:
    """A writer of a fresh source."""
    return Writer(redis_url, source)


def test_events_are_numbered_without_holes_from_one(writer: Writer) -> None:
    """A reader can see by the numbers alone whether it has everything."""
    reached = [writer.publish("standings", {"24": b"1"}).seq for _ in range(5)]
    found = events.events(writer.client, writer.source, 0)

    assert reached == [1, 2, 3, 4, 5] == [event.seq for event in found]


def test_the_snapshot_holds_the_newest_rows_of_the_asked_channels(writer: Writer) -> None:
    """State and cursor are read in one step, and gone rows are gone."""
    writer.publish("laps/24", {"1": b"[1]", "2": b"[2]"})
    writer.publish("laps/24", {"1": None, "2": b"[22]"})
    writer.publish("standings", {"24": b"{}"})
    found = snapshot(writer.client, writer.source, ["laps/*"])

    assert found.cursor == writer.cursor
    assert found.available == ["laps/24", "standings"]
    assert found.encode() == b'{"laps/24":{"2":[22]}}'


def test_a_reader_is_told_why_it_can_or_cannot_go_on(writer: Writer) -> None:
    """Each reason has its word, and only `ok` brings events."""
    at = [writer.publish("standings", {"24": b"1"}) for _ in range(3)]
    epoch, other = writer.cursor.epoch, "00000000"

    def verdict(cursor: Cursor) -> tuple[str, list[int]]:
        found = events.resume(writer.client, writer.source, cursor)
        return found.reason, [event.seq for event in found.events]

    assert verdict(Cursor(epoch, 0)) == ("ok", [1, 2, 3])
    assert verdict(at[0]) == ("ok", [2, 3])
    assert verdict(at[2]) == ("ok", [])
    assert verdict(Cursor(epoch, 1, other)) == verdict(Cursor(epoch, 3, other)) == ("forked", [])
    assert verdict(Cursor(epoch, 1)) == verdict(Cursor(epoch, 0, other)) == ("forked", [])
    assert verdict(Cursor(epoch, 4, other)) == ("future", [])
    assert verdict(Cursor("other", 1)) == ("epoch", [])


def test_a_cursor_that_left_the_log_is_told_so(redis_url: str, source: str) -> None:
    """A reader who slept too long is never given a silent hole."""
    writer = Writer(redis_url, source, keep=100)
    for _ in range(500):
        writer.publish("turnout", {"current": b"1"})

    verdict = events.resume(writer.client, source, Cursor(writer.cursor.epoch, 1))
    assert (verdict.reason, verdict.events) == ("trimmed", [])


def test_an_engine_that_lost_its_lease_cannot_write(writer: Writer) -> None:
    """A newer token outranks an older one, even if the older engine still believes."""
    lease.release(writer.client, writer.source, "writer")
    assert lease.hold(writer.client, writer.source, "other", 60_000)

    with pytest.raises(LeaseLost):
        writer.publish("standings", {"24": b"1"})
    assert channel.top(writer.client, writer.source) == writer.cursor


def test_a_publish_from_another_place_changes_nothing(writer: Writer) -> None:
    """A publish sent twice, or by an engine that missed one, is refused whole."""
    before = writer.cursor
    writer.publish("standings", {"24": b"1"})
    writer.cursor = before

    with pytest.raises(LogWentBack):
        writer.publish("standings", {"24": b"2"})
    assert snapshot(writer.client, writer.source).encode() == b'{"standings":{"24":1}}'


def test_a_lease_is_kept_by_its_holder_and_refused_to_others(writer: Writer) -> None:
    """One writer per source; the same engine keeps its token."""
    assert lease.hold(writer.client, writer.source, "writer", 60_000) == writer.token
    assert lease.hold(writer.client, writer.source, "other", 60_000) is None


def test_a_long_announcement_is_only_a_number(writer: Writer) -> None:
    """Hubs read what is too long for pub/sub from the log."""
    listening = announcements.listen(writer.client)
    listening.subscribe(announcements.live(writer.source))
    assert (listening.get_message(timeout=90) or {})["type"] == "subscribe"
    message = b'{"data":"%s"}' % (b"x" * LONGEST_ANNOUNCEMENT)
    what = Publication("1-0", [ChannelChange("standings", message, {"24": b"1"})])
    before = writer.cursor
    after = publish(writer.client, writer.source, writer.token, before, what, 1000)

    said = announcements.heard(listening.get_message(timeout=90) or {})
    listening.close()
    assert (said.source, said.after, said.last, said.events) == (writer.source, before, after, [])


def test_a_new_epoch_forgets_events_and_state(writer: Writer) -> None:
    """After Redis lost a part, nobody can go on from a cursor of before."""
    before = writer.publish("standings", {"24": b"1"})
    fresh = lease.restart(writer.client, writer.source, writer.token)

    assert fresh.epoch != before.epoch
    assert snapshot(writer.client, writer.source).encode() == b"{}"
    assert events.resume(writer.client, writer.source, before).reason == "epoch"


def test_a_restart_of_a_redis_that_writes_through_loses_nothing(writer: Writer) -> None:
    """The embedded Redis acknowledges what is on disk, so its restart is no new epoch."""
    writer.client.hset(f"pitlive:{{{writer.source}}}:meta", "run", "an earlier life")

    assert not lease.may_have_lost(writer.client, writer.source)


def test_a_restart_of_a_redis_that_does_not_is_noticed_once(writer: Writer) -> None:
    """Readers of a Redis that may have lost two seconds are told, not left to guess."""
    writer.client.config_set("appendfsync", "everysec")
    try:
        writer.client.hset(f"pitlive:{{{writer.source}}}:meta", "run", "an earlier life")

        assert lease.may_have_lost(writer.client, writer.source)
        assert not lease.may_have_lost(writer.client, writer.source)
    finally:
        writer.client.config_set("appendfsync", "always")
