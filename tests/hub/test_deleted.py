"""A source is deleted: all that belongs to it goes, and whoever follows it is told."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import httpx
import orjson
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.store import sources
from pitlive.store.client import connect
from pitlive.store.keys import key
from tests import races
from tests.checker import Block, blocks, is_sent_away
from tests.stack import Stack, wait_for
from tests.tables import told


def folded(server: Stack, source: str) -> bool:
    """Whether all entries of a source are in the published state."""
    with connect(server.redis_url) as client:
        return not sources.waiting(client, [source]) and sources.folded(client, source) != "0-0"


def keys_of(server: Stack, source: str) -> set[str]:
    """The parts of a source that Redis has."""
    with connect(server.redis_url) as client:
        return {name.decode().partition("}:")[2] for name in client.scan_iter(key(source, "*"))}


def to_the_end(url: str, heard: list[Block], **headers: str) -> None:
    """Hear all events of a stream, until the server closes it."""
    with httpx.stream("GET", url, headers=headers, timeout=90) as answer:
        lines = (line.encode() + b"\n" for line in answer.iter_lines())
        for block in blocks(lines):
            if block.data:
                heard.append(block)
    if is_sent_away(heard[-1]):
        heard.clear()
        to_the_end(url, heard, **headers)


def said(block: Block) -> Any:
    """The value an event carries."""
    return orjson.loads(block.data or "null")


def test_readers_are_told_and_nothing_is_left(server: Stack, source: str) -> None:
    """In either dialect, on whichever worker; a stranger of the same name is another source."""
    races.post(server.url, source, races.small(3, 5))
    wait_for(lambda: folded(server, source), "folding", server)
    streams = [f"/api/v1/sources/{source}/events", f"/{source}"] * 3
    heard: list[list[Block]] = [[] for _ in streams]

    def listen(n: int) -> None:
        accept = {"Accept": "text/event-stream"}
        to_the_end(server.url + streams[n], heard[n], **accept)

    threads = [Thread(target=listen, args=(n,)) for n in range(len(streams))]
    for thread in threads:
        thread.start()

    def are_greeted() -> bool:
        """By what these have heard: the streams of tests before may be counted still."""
        return all(any(block.name == "hello" for block in list(one)) for one in heard)

    wait_for(are_greeted, "streams", server)
    cursor = httpx.get(f"{server.url}/api/v1/sources/{source}/state").json()["cursor"]
    gone = httpx.delete(f"{server.url}/api/v1/sources/{source}", timeout=60)
    for thread in threads:
        thread.join(90)

    assert (gone.status_code, gone.json()) == (200, {"source": source, "deleted": True})
    for one in heard:
        assert (one[-1].name, said(one[-1])["reason"]) == ("bye", "deleted")
    wait_for(lambda: keys_of(server, source) == {"gone"}, "nothing left", server)
    assert httpx.get(f"{server.url}/api/v1/sources/{source}").status_code == 404
    assert httpx.delete(f"{server.url}/api/v1/sources/{source}").status_code == 404
    assert hello(server, source, cursor)["reason"] == "deleted"

    races.post(server.url, source, races.small(2, 4))
    wait_for(lambda: folded(server, source), "folding", server)
    wait_for(lambda: hello(server, source, cursor)["reason"] == "epoch", "another life", server)
    state = httpx.get(f"{server.url}/api/v1/sources/{source}/state").json()["channels"]
    assert set(state["standings"]) == {"1", "2"}


def hello(server: Stack, source: str, cursor: str) -> Any:
    """What becomes of a cursor of a source."""
    url = f"{server.url}/api/v1/sources/{source}/events?last_event_id={cursor}"
    with httpx.stream("GET", url, timeout=60) as answer:
        lines = (line.encode() + b"\n" for line in answer.iter_lines())
        first = next(block for block in blocks(lines) if block.data)
    return hello(server, source, cursor) if is_sent_away(first) else said(first)["sources"][source]


def test_a_table_goes_with_its_packed_columns(server: Stack, source: str) -> None:
    """What is kept beside the rows is found, too."""
    url = f"{server.url}/api/v1/sources/{source}"
    httpx.put(url, json=told.SPEC, timeout=60).raise_for_status()
    wait_for(lambda: httpx.get(f"{url}/rows").status_code == 200, "rows", server)
    assert any(part.startswith("packed:") for part in keys_of(server, source))
    assert httpx.delete(url, timeout=60).status_code == 200

    wait_for(lambda: keys_of(server, source) == {"gone"}, "nothing left", server)
    assert httpx.get(f"{url}/rows").status_code == 404


def test_an_engine_in_the_midst_of_it_writes_nothing_more(
    stack: Callable[..., Stack],
) -> None:
    """Deleted while entries come in: what the engine was about to publish is refused."""
    running = stack(open_sources=False)
    quiet = f"{running.url}/api/v1/sources/race"
    httpx.put(quiet, json=races.QUIET).raise_for_status()
    for part in races.batches(races.small(10, 40), 50):
        races.post(running.url, "race", part)
    assert httpx.delete(quiet, timeout=60).status_code == 200
    refused = httpx.post(f"{quiet}/entries", json=races.small(1, 5)[:1], timeout=60)

    assert refused.status_code == 404
    assert keys_of(running, "race") <= {"gone", "courier"}
    wait_for(lambda: httpx.get(f"{running.url}/readyz").status_code == 200, "readiness", running)


def test_the_command_asks_first(server: Stack, source: str) -> None:
    """And says what it has deleted, or that there is no such source."""
    races.post(server.url, source, races.small(1, 4))
    run = CliRunner().invoke
    kept = run(main, ["delete", source, "--url", server.url], input="n\n")
    assert kept.exit_code == 1
    assert httpx.get(f"{server.url}/api/v1/sources/{source}").status_code == 200

    done = run(main, ["delete", source, "--yes", "--url", server.url])
    assert (done.exit_code, "deleted" in done.output) == (0, True)
    again = run(main, ["delete", source, "--yes", "--url", server.url])
    assert again.exit_code == 1
    assert "has not been declared" in again.output
