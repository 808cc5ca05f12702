"""The shipped nginx.conf: what it lets through, what it answers itself, what it limits."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import fronted, races
from tests.hub.test_promise import fed
from tests.stack import Stack, free_port, wait_for

Nginx = Callable[..., str]

LAP = {"type": "lap", "car": "24", "lap": 1, "at_ms": 16183, "lap_ms": 16183}


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """Start an nginx with a changed file before servers; by default before nobody."""
    with ExitStack() as opened:

        def start(server: fronted.Fronted | None = None, **changes: str) -> str:
            ports = server.ports if server else {"web": free_port(), "streams": free_port()}
            made = fronted.running(tmp_path, ports["web"], ports["streams"], **changes)
            return opened.enter_context(made)

        yield start


def first(url: str, **headers: str) -> str:
    """The first words of a stream."""
    with httpx.stream("GET", url, headers=headers, timeout=90) as stream:
        return next((text for text in stream.iter_text() if "event:" in text), "")


@contextmanager
def greeted(url: str) -> Iterator[tuple[httpx.Response, Iterator[str]]]:
    """A stream after the line of its hello; a worker may ask to come back before."""
    with ExitStack() as opened:
        kept: list[tuple[httpx.Response, Iterator[str]]] = []

        def is_greeted() -> bool:
            with ExitStack() as tried:
                stream = tried.enter_context(httpx.stream("GET", url, timeout=90))
                lines = stream.iter_lines()
                if next((x for x in lines if x.startswith("event:")), "") != "event: hello":
                    return False
                opened.push(tried.pop_all())
                kept.append((stream, lines))
            return True

        wait_for(is_greeted, "greeting")
        yield kept[0]


@pytest.mark.parametrize("tls", [False, True])
def test_nginx_takes_the_shipped_files(tmp_path: Path, tls: bool) -> None:
    """`nginx -t` says that they are right."""
    if tls:
        fronted.certified(tmp_path, free_port())
    command = fronted.rendered(tmp_path, free_port(), free_port(), free_port())
    told = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr


def test_a_stream_comes_through_as_it_is_sent(server: Stack, source: str) -> None:
    """Unbuffered: the greeting is there while the stream is open, and entries follow it."""
    entries = f"{server.url}/api/v1/sources/{source}/entries"
    assert httpx.post(entries, json=LAP).json()["accepted"] == 1

    events = f"{server.url}/api/v1/sources/{source}/events?channels=standings"
    with greeted(events) as (stream, lines):
        assert stream.headers["content-type"].startswith("text/event-stream")
        httpx.post(entries, json=LAP | {"lap": 2, "at_ms": 32366}).raise_for_status()
        assert next(line for line in lines if '"laps":2' in line)


def test_streams_have_a_process_of_their_own(stack: Callable[..., Stack]) -> None:
    """With the web server away streams go on; with theirs away the web server takes them."""
    running = stack()
    fed(running, "race", races.small(2, 5))
    events = f"{running.url}/api/v1/sources/race/events"
    running.kill("web")
    wait_for(lambda: "event: hello" in first(events), "greeting", running)
    running.start("web")
    running.kill("streams")
    wait_for(lambda: "event: hello" in first(events), "greeting", running)


def test_a_reader_who_leaves_is_gone_for_the_app_too(stack: Callable[..., Stack]) -> None:
    """nginx keeps no stream open for nobody: its place is free for the next reader."""
    running = stack(max_streams=1)
    fed(running, "race", races.small(2, 5))
    events = f"{running.url}/api/v1/sources/race/events"
    with greeted(events):
        assert '"full"' in first(events)
    wait_for(lambda: "event: hello" in first(events), "room", running)


def test_answers_are_packed_and_streams_are_left_to_the_app(server: Stack, source: str) -> None:
    """Both are packed by the app, a stream once for all, and come through as they are, once."""
    fed(server, source, races.small(5, 20))
    own = f"{server.url}/api/v1/sources/{source}"
    packed = {"Accept-Encoding": "gzip"}
    with httpx.stream("GET", f"{own}/state", headers=packed) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert b'"standings"' in gzip.decompress(b"".join(answer.iter_raw()))
    direct = f"http://127.0.0.1:{server.web}/api/v1/sources/{source}"  # type: ignore[attr-defined]
    for headers in (packed, {"Accept-Encoding": "identity"}):
        with (
            httpx.stream("GET", f"{own}/events", headers=headers) as through,
            httpx.stream("GET", f"{direct}/events", headers=headers) as as_sent,
        ):
            assert through.headers.get("Content-Encoding") == as_sent.headers.get(
                "Content-Encoding"
            )


def asset(url: str) -> str:
    """The address of a part of the built pages, with its hash in its name."""
    found = re.search(r"/static/assets/[^\"]+", httpx.get(url).text)
    assert found, "the pages are not built"
    return url + found[0]


def is_copy(file: Path) -> bool:
    """Whether a file in nginx's cache is whole: one that is not has a number after its name."""
    return bool(re.fullmatch("[0-9a-f]{32}", file.name))


def test_assets_are_kept_for_ever_and_outlive_the_app(stack: Callable[..., Stack]) -> None:
    """What has a hash in its name is asked of the app once, and then served without it."""
    running = stack()
    url = asset(running.url)
    once = httpx.get(url)
    copies = running.folder / "cache"
    wait_for(lambda: any(is_copy(file) for file in copies.rglob("*")), "copy", running)
    running.kill("web")
    again = httpx.get(url)

    assert once.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (again.status_code, again.content) == (200, once.content)


def test_figures_of_the_processes_are_not_for_the_outside(server: Stack) -> None:
    """Nothing below /metrics is passed on, however it is spelt."""
    for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/static/../metrics"):
        answer = httpx.get(server.url + path)
        assert (answer.status_code, "nginx" in answer.text) == (404, True), path


def test_a_body_too_large_is_told_so_in_json(server: Stack, source: str) -> None:
    """nginx answers as the app does, before it has read the body."""
    entries = f"{server.url}/api/v1/sources/{source}/entries"
    answer = httpx.post(entries, content=b" " * (18 * 2**20))

    assert problem(answer) == 413


def problem(answer: httpx.Response) -> Any:
    """The status a problem says, which is that of the answer."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code


def test_a_fast_feed_is_slowed_down_and_never_refused(server: Stack, source: str) -> None:
    """One request after the other is always taken, more than the limit lets through at once."""
    entries = f"{server.url}/api/v1/sources/{source}/entries"
    with httpx.Client() as feed:
        said = {feed.post(entries, json=LAP | {"lap": n}).status_code for n in range(1, 301)}

    assert said == {200}


def test_a_flood_of_writes_is_refused_and_reading_goes_on(
    server: fronted.Fronted, source: str, nginx: Nginx
) -> None:
    """The limit counts only what writes."""
    slow = "$writer zone=writes:10m rate=1r/m"
    url = nginx(server, limit_req="zone=writes", limit_req_zone=slow)  # two in a minute: a flood
    entries = f"{url}/api/v1/sources/{source}/entries"
    with httpx.Client() as flood:
        taken, refused = (flood.post(entries, json=LAP) for _ in range(2))
        read = {flood.get(entries).status_code for _ in range(50)}

    assert (taken.status_code, problem(refused), refused.headers["Retry-After"]) == (200, 429, "1")
    assert read == {200}


def test_too_many_streams_of_one_address_are_asked_to_come_back(
    server: fronted.Fronted, source: str, nginx: Nginx
) -> None:
    """A refusal is a stream too; when another has left, there is room."""
    fed(server, source, races.small(2, 5))
    events = f"{nginx(server, limit_conn='streams_of_one 1')}/api/v1/sources/{source}/events"
    with greeted(events):
        refused = httpx.get(events)
        assert re.match(r"retry: [1-5]000\nevent: bye\ndata: .*\"full\"", refused.text)
        assert refused.status_code == 200
    wait_for(lambda: "event: hello" in first(events), "room", server)


def test_an_outage_is_a_stream_that_asks_to_come_back(nginx: Nginx) -> None:
    """Any answer but 200 and an event stream would end a browser's EventSource for good."""
    url = nginx()
    for path in ("/api/v1/events?source=a", "/api/v1/sources/a/events"):
        answer = httpx.get(url + path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert re.match(r"retry: [1-5]000\nevent: bye\ndata: .*\"unavailable\".*\n\n$", answer.text)


def test_an_outage_is_told_to_programs_in_json_and_to_people_in_words(nginx: Nginx) -> None:
    """Both are told to try again."""
    url = nginx()
    program, person = httpx.get(f"{url}/api/v1/sources"), httpx.get(f"{url}/race/race")

    assert (problem(program), program.headers["Retry-After"]) == (503, "2")
    assert (person.status_code, person.headers["Retry-After"]) == (503, "2")
    assert person.headers["Content-Type"] == "text/html"


def test_a_source_by_its_name_is_a_stream_and_a_page_is_none(nginx: Nginx) -> None:
    """While the app is away a stream is asked to come back, and a page says that it starts."""
    url = nginx()
    streams = [httpx.get(f"{url}/{path}") for path in ("election2017", "api/v1/events")]
    pages = [httpx.get(f"{url}/{path}") for path in ("status", "race/election2017", "healthz")]

    assert [(one.status_code, "event: bye" in one.text) for one in streams] == [(200, True)] * 2
    assert [one.status_code for one in pages] == [503] * 3
