"""The programme's TOML: what is read of it, and what is said of what is wrong."""

from __future__ import annotations

import pytest

from pitlive.arithmospora.feed import configuration
from pitlive.errors import BadFile
from pitlive.kind import kind_of
from tests.arithmospora.programme import CONFIG, KEYS

VALUES = {"port": "6379", "name": "election2017", "live": "true", "quiet": "200", "latest": "1000"}
TEXT = CONFIG.substitute(VALUES, start="2017-03-03T12:00:00Z", end="2017-03-10T12:00:00Z")


def test_all_that_means_something_here_is_read() -> None:
    """Where Redis is, the debounce, and each stat with its keys; TLS and sockets are skipped."""
    programme = configuration.read(TEXT, "programme.toml")
    (source,) = programme.sources
    stems = {stat.name: stat.stem for stat in source.stats}

    assert programme.redis == configuration.ConfiguredRedis("localhost", 6379, 1, "")
    assert programme.debounce == configuration.Debounce(200, 1000)
    assert list(stems) == KEYS
    assert stems["rolling:1h:total"] == "election:2017:rolling:1h:stats:total"
    assert stems["other:5m:totalvotes"] == "election:2017:rolling:5m:stats:totalvotes"
    assert stems["other:how"] == "election:2017:stats:how"
    assert [one["name"] for one in source.spec["milestones"]] == ["first voter", "1000", "20%"]
    assert len(source.skipped) == 1
    assert kind_of(source.spec).spec(source.spec)["end_ms"] == 1_489_147_200_000


def test_names_of_settings_are_read_as_the_programme_does() -> None:
    """Without regard to case and `_`; without a `[redis]`, where the programme looks for it."""
    text = TEXT.replace("min_time_ms", "MinTimeMs").replace("redis_prefix", "RedisPrefix")
    head, _, rest = text.partition("[https]")
    programme = configuration.read(rest.partition("\n\n")[2], "programme.toml")

    assert "[redis]" in head
    assert programme.debounce.quiet_ms == 200
    assert programme.redis == configuration.ConfiguredRedis("localhost", 6379, 1, "")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("[redis]", "[redis", "syntax"),
        ('"localhost:6379"', '"localhost"', "redis.server: got 'localhost', want host:port"),
        ("2017-03-03T12:00:00Z", "2017-03-03T12:00:00", "start_time: got '2017-03-03 12:00:00'"),
        ("2017-03-10T12", "2016-03-10T12", "end_time"),
        ('period = "5m", loader_type', "loader_type", "stats.rolling.0.period: got nothing"),
        ('data_type = "generic"', 'data_type = "mean"', "other.2.data_type: got 'mean', want one"),
        ('data_type = "generic", ', "", "other.2.data_type: got nothing"),
        ('"votes", loader_type = "redis"', '"votes", loader_type = "sql"', "got 'sql', want redis"),
        ('comparator = ">="', 'comparator = "=>"', "milestones.0.comparator: got '=>'"),
        ("granularity =   60", 'granularity = "60"', "timed_stat_periods.0.granularity: got '60'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(was: str, now: str, said: str) -> None:
    """Where, what was there, what would do."""
    assert was in TEXT
    with pytest.raises(BadFile) as refused:
        configuration.read(TEXT.replace(was, now, 1), "programme.toml")

    assert said in str(refused.value)
    assert str(refused.value).startswith("programme.toml: ")


def test_a_file_without_sources_is_none_of_the_programme() -> None:
    """It may be a declaration, or the wrong file."""
    with pytest.raises(BadFile, match="sources: got none"):
        configuration.read("[redis]\nserver = ':6379'\n", "programme.toml")
