"""A log in plain Redis: order, replay and past, beside any hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import pytest

from pitlive.errors import DamagedSource
from pitlive.hub.ports import LONGEST_ANNOUNCEMENT, Announcement, Subscribed
from pitlive.hub.redis_log import BadMessage, RedisLog


@pytest.fixture
def log(redis_url: str) -> Iterator[RedisLog]:
    """A log on a connection of its own."""
    log = RedisLog.from_url(redis_url)
    yield log
    log._client.close()


def test_what_was_missed_is_replayed_in_order(log: RedisLog, source: str) -> None:
    """From any cursor that was ever reached, up to the newest."""
    reached = [log.publish(source, "gold", n) for n in range(40)]
    for n, cursor in enumerate(reached):
        replay = log.resume(source, cursor, 1000)
        assert (replay.reason, replay.top) == ("ok", reached[-1])
        assert [orjson.loads(e.message)["data"] for e in replay.events] == [*range(n + 1, 40)]


def test_a_redis_that_lost_something_is_another_past(log: RedisLog, source: str) -> None:
    """Also where it has grown as long again meanwhile."""
    log.publish(source, "gold", 1)
    meta = log._client.hgetall(log._key(source, "meta"))
    lost = log.publish(source, "gold", 2)
    log._client.xdel(log._key(source, "events"), f"{lost.seq}-0")
    log._client.hset(log._key(source, "meta"), mapping=meta)
    assert log.resume(source, lost, 9).reason == "future"
    log._client.delete(log._key(source, "events"))
    other = log.publish(source, "gold", 3)
    assert other.seq == lost.seq
    assert log.resume(source, lost, 9).reason == "forked"


def test_a_long_message_is_announced_by_its_number(log: RedisLog, source: str) -> None:
    """Hubs read it from the log, which has all of it."""
    long = "x" * LONGEST_ANNOUNCEMENT
    with closing(log.listen()) as announcements:
        announcements.subscribe([source])
        while announcements.hear(1) != Subscribed(source):
            pass
        reached = [log.publish(source, "gold", "short"), log.publish(source, "gold", long)]
        heard = [one for _ in range(9) if isinstance(one := announcements.hear(1), Announcement)]
    assert [(one.last, len(one.events)) for one in heard] == [(reached[0], 1), (reached[1], 0)]
    assert long.encode() in log.events(source, reached[0].seq, 9)[0].message


@pytest.mark.parametrize("broken", ["another type", "no number"])
def test_what_is_wrong_in_the_keys_of_a_source_is_its_own_trouble(
    log: RedisLog, source: str, broken: str
) -> None:
    """Others are read on; it is not the log that is away."""
    reached = log.publish(source, "gold", 1)
    other, meta = f"{source}-bad", log._key(f"{source}-bad", "meta")
    if broken == "another type":
        log._client.set(meta, "text")
    else:
        log._client.hset(meta, mapping={"epoch": "e", "seq": "many"})
    found = log.tops([other, source])
    assert isinstance(found[other], DamagedSource)
    assert found[source] == reached
    for ask in (lambda: log.top(other), lambda: log.state(other, ["*"])):
        with pytest.raises(DamagedSource, match=f"{other}: got .* want what `RedisLog` writes"):
            ask()


@pytest.mark.parametrize("noise", [b"", b"junk", b"a b c", b"e.1.aa e.2.bb x", b"\xff\n\n"])
def test_noise_is_not_heard(log: RedisLog, source: str, noise: bytes) -> None:
    """Whoever else publishes there ends nobody's connection."""
    with closing(log.listen()) as announcements:
        announcements.subscribe([source])
        while announcements.hear(1) != Subscribed(source):
            pass
        log._client.publish(log._key(source, "live"), noise)
        log.publish(source, "gold", 1)
        heard = [announcements.hear(1) for _ in range(3)]
    assert [type(one) for one in heard if one] == [Announcement]


def refused(log: RedisLog, source: str, channel: str, value: Any) -> bool:
    """Whether a message is refused, and nothing of it is in Redis."""
    with pytest.raises(BadMessage, match="want"):
        log.publish(source, channel, value)
    return not log._client.exists(*log._keys(source))


@pytest.mark.parametrize("channel", ["a*", "a\nb", "a\ud800", ""])
def test_names_that_cannot_be_are_refused(log: RedisLog, source: str, channel: str) -> None:
    """Before anything is written."""
    assert refused(log, source, channel, 1)
    assert refused(log, f"No-{source}", "gold", 1)


@pytest.mark.parametrize(
    "value", [float("nan"), [None, {"bid": float("-inf")}], {1: 2}, b"a", "a\ud800", 2**64]
)
def test_a_value_that_is_not_json_is_refused(log: RedisLog, source: str, value: Any) -> None:
    """What would be published as something else is too: NaN is no null."""
    assert refused(log, source, "gold", value)


def test_null_is_a_value_like_any_other(log: RedisLog, source: str) -> None:
    """As is the word."""
    log.publish(source, "gold", [None, {"bid": 1.5}, "null"])
    assert log.state(source, ["*"]).values == {"gold": b'[null,{"bid":1.5},"null"]'}
