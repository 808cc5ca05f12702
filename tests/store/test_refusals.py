"""What Redis says when it will not do something now, and what is said of it."""

from __future__ import annotations

import socket

import pytest
import redis

from pitlive.errors import StoreUnavailable
from pitlive.store import readiness
from pitlive.store.client import Redis, connect
from pitlive.store.durable import Durable
from pitlive.store.refusals import WORDS, passing

SCRIPT = "ERR Error running script (call to f_0123): @user_script:9: @user_script: 9: -{} told."


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.parametrize(
    "text", ["{} told.", "{} told. script: 0123, on @user_script:9.", SCRIPT], ids=range(3)
)
def test_a_code_is_known_wherever_it_stands(code: str, text: str) -> None:
    """Alone, from a script, from a script of a Redis before 7."""
    assert _code(redis.ResponseError(text.format(code))) == code


@pytest.mark.parametrize("code", WORDS)
def test_a_code_is_known_as_redis_py_reads_it(code: str) -> None:
    """It takes the code off what it knows, and leaves it on what it does not."""
    from redis._parsers.base import BaseParser

    said = "4711 127.0.0.1:6380" if code in ("MOVED", "ASK") else "it told so"
    assert _code(BaseParser.parse_error(f"{code} {said}")) == code


def test_a_mistake_of_ours_is_not_waited_out(redis_url: str, source: str) -> None:
    """It would be for ever."""
    client = connect(redis_url)
    client.set(source, "text")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.hget(source, "field")
    with pytest.raises(redis.ResponseError, match="unknown command"):
        client.execute_command("NOSUCH")


def test_all_ways_to_redis_say_the_same(redis_url: str) -> None:
    """Commands, pipelines and pub/sub connections."""
    client = connect(redis_url)
    admin = redis.Redis.from_url(redis_url)
    admin.execute_command("ACL", "SETUSER", "nobody", "on", "nopass", "-@all", "+hello", "+client")
    options = {"username": "nobody", "password": "x"}
    nobody = Redis.from_url(redis_url, **options)
    pipe = nobody.pipeline(transaction=False)
    pipe.set("a", "NOPERM")
    heard = nobody.pubsub()
    heard.subscribe("a")
    for ask in (lambda: nobody.get("a"), pipe.execute, lambda: heard.get_message(timeout=60)):
        with pytest.raises(StoreUnavailable, match=r"forbids a command \(NOPERM\)"):
            ask()
    assert client.ping()


def test_away_is_what_does_not_answer_at_all() -> None:
    """A refusal is never called so, and what it says of the inside is not told."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        client = connect(f"redis://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(StoreUnavailable, match=r"^redis: away$"):
            client.ping()


def test_it_is_said_why_nothing_would_be_taken(redis_url: str) -> None:
    """A Redis that answers and refuses is not away."""
    client = connect(redis_url)
    durable = Durable(client, None)
    assert readiness.refusal(durable) == ""
    client.config_set("maxmemory", 1)
    try:
        (doubt,) = readiness.doubts(client, durable)
    finally:
        client.config_set("maxmemory", 0)
    assert doubt == f"redis refuses to write: {WORDS['OOM']} (OOM)"


def _code(error: Exception) -> str:
    said = passing(error)
    assert said is not None
    assert f"({said.code})" in str(said)
    return said.code
