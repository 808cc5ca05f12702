"""A key of a source is of another type than PitLive writes: it alone is hit, and says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from pitlive.errors import StoreUnavailable
from pitlive.messages import Cursor
from pitlive.store import keys
from pitlive.store.client import Redis, connect
from pitlive.store.damage import answers
from pitlive.store.keys import SOURCES, TYPES, key
from tests.faults.test_damage import pitlive
from tests.stack import WITHIN_S, Stack, wait_for

SPEC = {
    "kind": "declared",
    "entries": {"sale": {"fields": {"shop": "text"}}},
    "stats": [{"name": "sales", "kind": "count", "by": ["shop"]}],
}

PARTS = [part for part in TYPES if part not in ("state", "packed", "coming", "gone")]
PARTS.append("state:sales")
UNREAD = ("broken", "facts", "notices", "fates", "told", "courier")
"""Parts that nothing here has to read: only `verify` meets them."""


@pytest.fixture(scope="module")
def one() -> Iterator[Stack]:
    """One server for all: whatever is damaged in it, the next source is well."""
    running = Stack().start()
    yield running
    running.stop()


@pytest.fixture
def api(one: Stack) -> Iterator[httpx.Client]:
    """What is asked of sources."""
    anew = httpx.Limits(max_keepalive_connections=0)  # a late server closes what is kept
    with httpx.Client(base_url=f"{one.url}/api/v1/sources/", limits=anew) as client:
        yield client


def begin(api: httpx.Client, source: str) -> None:
    """Declare a source, and have a sale counted."""
    assert api.put(source, json=SPEC).status_code == 200
    sell(api, source, "1")


def sell(api: httpx.Client, source: str, uid: str) -> None:
    """Report a sale, and wait until it is in the published state."""
    assert api.post(f"{source}/entries", json={"shop": "a", "uid": uid}).status_code == 200

    def is_folded() -> bool:
        listed = api.get(str(api.base_url).rstrip("/")).raise_for_status().json()["sources"]
        about = next(one for one in listed if one["source"] == source)
        return bool(about["folded"] == about["newest"])

    wait_for(is_folded, f"sale {uid} in {source}")


def damage(client: Redis, source: str, part: str) -> str:
    """Put something of another type where a part of a source is; return its key."""
    name, pipe = key(source, part), client.pipeline(transaction=True)  # an engine may be about
    pipe.delete(name)
    if TYPES[part.partition(":")[0]] == "string":
        pipe.rpush(name, "junk")
    else:
        pipe.set(name, "junk")
    pipe.execute()
    return name


def readers_are_told(api: httpx.Client, source: str) -> bool:
    """Whether a stream begins, with whatever it has to say."""
    with api.stream("GET", f"{source}/events") as answer:
        says = any(line.startswith("event:") for line in answer.iter_lines())
        return says and answer.status_code == 200


@pytest.mark.parametrize("part", [part for part in PARTS if part not in UNREAD])
def test_a_damaged_source_says_what_is_wrong_and_can_be_deleted(
    one: Stack, api: httpx.Client, part: str
) -> None:
    """Whichever of its keys it is that is read; who asks of others, or of all, is answered."""
    client, name = connect(one.redis_url), part.replace(":", "-")
    bad, good = f"bad-{name}", f"good-{name}"
    for source in (bad, good):
        begin(api, source)
    worker, damaged = one.workers(), damage(client, bad, part)
    sale = {"shop": "b", "uid": "2"}
    answers = [api.post(f"{bad}/entries", json=sale), api.put(bad, json=SPEC), api.get(bad)]
    of_it = ("state", "state?limit=5", "entries", "set-aside", "webhooks")
    answers += [api.get(f"{bad}/{what}") for what in of_it]

    assert {answer.status_code for answer in answers} <= {200, 500}
    said = [answer.json()["detail"] for answer in answers if answer.status_code == 500]
    assert all(f"{bad}: key {damaged}: got a " in detail for detail in said)
    assert readers_are_told(api, bad)
    sell(api, good, "2")
    assert readers_are_told(api, good)
    for page in ("api/v1/sources", "api/v1/status", "metrics"):
        shown = partial(httpx.get, f"{one.url}/{page}")
        wait_for(lambda get=shown: good in get().raise_for_status().text, page, one)  # type: ignore[misc]
    assert one.workers() == worker

    assert api.delete(bad).status_code == 200
    assert set(client.scan_iter(key(bad, "*"))) == {key(bad, "gone").encode()}
    begin(api, bad)


def test_the_tools_name_every_key(one: Stack, api: httpx.Client) -> None:
    """In a line each, and none ends by what it finds."""
    client = connect(one.redis_url)
    damaged = []
    for n, part in enumerate((*PARTS, "packed:rows")):
        begin(api, f"tool{n}")
        damaged.append(f"tool{n}: key {damage(client, f'tool{n}', part)}: got a ")
    found = pitlive(one, "verify")
    lines = [line for line in found.stdout.splitlines() if line.startswith("tool")]

    assert (found.returncode, found.stderr.strip()) == (1, "")
    assert len(lines) == len(damaged)
    assert all(any(line.startswith(want) for line in lines) for want in damaged)
    for part in ("meta", "uids", "entries"):
        n = PARTS.index(part)
        mended = pitlive(one, "repair", f"tool{n}", "--all", "--yes")
        assert mended.returncode == 1
        assert mended.stderr.startswith(f"Error: {damaged[n]}")
        assert f"`pitlive delete tool{n}`" in mended.stderr
        gone = pitlive(one, "delete", f"tool{n}", "--yes", "--url", one.url)
        assert gone.returncode == 0, gone.stderr
    for n in range(len(PARTS) + 1):
        api.delete(f"tool{n}")


def test_every_part_of_a_source_has_a_type() -> None:
    """As the schema of the keys says it."""
    told = re.findall(
        r"^    pitlive:{<source>}:(\w+)\S* +(\w+)  ", keys.__doc__ or "", re.MULTILINE
    )

    assert {part: kind for part, kind in told if kind in TYPES.values()} == TYPES


def told(one: Stack) -> dict[str, str]:
    """Source that cannot go on → the reason, as the list of sources has it."""
    listed = httpx.get(f"{one.url}/api/v1/sources").raise_for_status().json()["sources"]
    return {one["source"]: one["failing"]["reason"] for one in listed if "failing" in one}


def test_a_log_whose_declaration_is_gone_becomes_no_race(one: Stack, api: httpx.Client) -> None:
    """Open sources or not: it waits for its declaration, and goes on where it was."""
    client = connect(one.redis_url)
    begin(api, "lost")
    client.delete(key("lost", "meta"))
    sale = {"shop": "a", "uid": "2"}
    wait_for(lambda: api.post("lost/entries", json=sale).status_code == 500, "the refusal", one)
    why = api.post("lost/entries", json=sale).json()["detail"]
    assert why.startswith("lost: key pitlive:{lost}:meta: got nothing, want the declaration")
    assert "`pitlive declare lost FILE`" in why
    assert api.get("lost").json()["detail"] == why
    for after in ("as it was followed", "as it is found"):
        wait_for(lambda: told(one).get("lost") == why, after, one)
        one.restart("engine")
    found, mended = pitlive(one, "verify", "lost"), pitlive(one, "repair", "lost", "--all")
    assert (found.returncode, mended.returncode) == (1, 1)
    assert found.stdout.startswith("lost: key pitlive:{lost}:meta: got nothing")
    assert mended.stderr == f"Error: {why}\n"

    assert api.put("lost", json=SPEC).status_code == 200
    sell(api, "lost", "1")
    sell(api, "lost", "2")
    state = api.get("lost/state").json()
    assert state["channels"]["sales"] == {"a": {"count": 2}}
    assert Cursor.parse(state["cursor"]).seq > 0  # readers were told
    wait_for(lambda: pitlive(one, "verify", "lost", "--figures").returncode == 0, "figures", one)
    wait_for(lambda: "lost" not in told(one), "nothing more about it", one)


def test_a_log_whose_declaration_is_gone_can_be_deleted(one: Stack, api: httpx.Client) -> None:
    """Nothing else would do where nobody has the declaration any more."""
    client = connect(one.redis_url)
    begin(api, "left")
    client.delete(key("left", "meta"))

    assert api.delete("left").status_code == 200
    assert api.delete("left").status_code == 404
    begin(api, "left")


@pytest.mark.parametrize("part", ["meta", "lease"])
def test_a_source_that_no_engine_can_take_stops_no_other(
    one: Stack, api: httpx.Client, part: str
) -> None:
    """The engine runs on, and tells why of the one."""
    client, bad, good = connect(one.redis_url), f"bad-{part}", f"good-{part}"
    for source in (bad, good):
        begin(api, source)
    name = damage(client, bad, part)
    one.restart("engine")  # it finds all sources free
    begin(api, "new")

    sell(api, good, "2")
    assert one.running["engine"].poll() is None
    said: dict[str, Any] = {}

    def is_told() -> bool:
        said.update({one["labels"]["source"]: one["labels"]["reason"] for one in told()})
        return bad in said

    def told() -> list[Any]:
        status = httpx.get(f"{one.url}/api/v1/status").raise_for_status().json()
        return list(status["metrics"]["pitlive_source_failing"])

    wait_for(is_told, "the reason", one)
    assert f"key {name}: got a " in said[bad]
    assert good not in said
    client.delete(*client.scan_iter(key(bad, "*")))


def test_a_redis_that_goes_away_while_damage_is_looked_for_is_away(
    stack: Callable[..., Stack],
) -> None:
    """Engines, couriers and streams wait for it, as ever; any other error would end them."""
    running = stack(parts=["redis"])
    client, names = connect(running.redis_url), ["one", "two"]
    pipe = client.pipeline(transaction=False)
    for source in names:
        damage(client, source, "meta")
        pipe.hget(key(source, "meta"), "newest")
    found = answers(names, pipe)
    assert str(next(found)[2]).startswith("one: key pitlive:{one}:meta: got a string")
    running.kill("redis")
    with pytest.raises(StoreUnavailable):
        next(found)


def test_an_engine_that_ends_at_each_start_is_not_ready(stack: Callable[..., Stack]) -> None:
    """It says that it lives each time, and follows nothing."""
    running = stack()
    client = connect(running.redis_url)
    client.set(SOURCES, "junk")
    running.running["engine"].wait(WITHIN_S)

    def is_doubted() -> bool:
        if running.running["engine"].poll() is not None:
            running.begin("engine")
        return "no engine has looked around" in httpx.get(f"{running.url}/readyz").text

    wait_for(is_doubted, "doubt", running)
