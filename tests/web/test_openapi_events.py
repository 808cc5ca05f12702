"""What stands on a stream is what the document says of its events, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from threading import Thread
from typing import Any

import httpx
import jsonschema_rs
import pytest

from pitlive.web.document.plain import EVENTS
from tests.checker import Block
from tests.hub.test_deleted import said, to_the_end
from tests.stack import Stack, wait_for
from tests.web.conftest import entries_of
from tests.web.right import ANY_CAR, RIGHT
from tests.web.test_openapi_kinds import closed

ENTRIES = {
    kind: [{**one, "uid": f"{n}"} if "uid" in one else one for n, one in enumerate(right)]
    for kind, right in RIGHT.items()
}
"""Right ones, each under a name of its own, so that none is a repeat."""

SINGLE, SEVERAL, PROGRAMME = "/api/v1/sources/{source}/events", "/api/v1/events", "/{source}"


@pytest.fixture
def sources(server: Stack, source: str) -> Iterator[Mapping[str, str]]:
    """A source of each kind, with its first entry."""
    names = {kind: f"{source}-{kind}" for kind in ANY_CAR}
    for kind, name in names.items():
        data = json.dumps(ANY_CAR[kind])
        headers = {"Content-Type": "application/json"}
        to = f"{server.url}/api/v1/sources/{name}"
        answer = httpx.put(to, content=data, headers=headers)
        assert answer.status_code == 200, answer.text
        report(server, name, ENTRIES[kind][:1])
    yield names
    for name in names.values():
        httpx.delete(f"{server.url}/api/v1/sources/{name}")


def report(server: Stack, source: str, entries: list[Any]) -> None:
    """Post entries and wait until they are in the published state."""
    answer = httpx.post(
        server.url + entries_of(source), json=entries, headers={"Prefer": "wait=60"}
    )
    told = answer.json()
    assert told["folded"], answer.text
    assert not told["refused"], answer.text


def judges(document: Any, path: str) -> Mapping[str, Any]:
    """The validator of each event that a stream may bring, by what `EventSource` calls it."""
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    listed = content["text/event-stream"][EVENTS]
    components = {"schemas": closed(document["components"]["schemas"])}
    return {
        name: jsonschema_rs.validator_for({**schema, "components": components})
        for name, schema in listed.items()
    }


def test_every_event_of_a_stream_is_as_documented(
    server: Stack, sources: Mapping[str, str]
) -> None:
    """Of each kind of source, of several, and of the programme, from the greeting to the end."""
    query = "&".join(f"source={name}" for name in sources.values())
    streams = [
        *((SINGLE, SINGLE.format(source=name)) for name in sources.values()),
        (SEVERAL, f"{SEVERAL}?{query}"),
        (PROGRAMME, PROGRAMME.format(source=sources["figures"])),
    ]
    document = httpx.get(f"{server.url}/openapi/openapi.json").json()
    heard: list[list[Block]] = [[] for _ in streams]
    accept = {"Accept": "text/event-stream"}
    threads = [
        Thread(target=to_the_end, args=(server.url + address, blocks), kwargs=accept)
        for (_, address), blocks in zip(streams, heard, strict=True)
    ]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(map(len, heard)), "greetings", server)
    for kind, name in sources.items():
        report(server, name, ENTRIES[kind][1:])
    wait_for(lambda: all("hb" in names_of(one) for one in heard), "heartbeats", server)
    for name in sources.values():
        httpx.delete(f"{server.url}/api/v1/sources/{name}", timeout=60)
    for thread in threads:
        thread.join(90)

    for (path, address), blocks in zip(streams, heard, strict=True):
        known = judges(document, path)
        assert names_of(blocks) == known.keys(), address
        for block in blocks:
            wrong = [str(error) for error in known[block.name].iter_errors(said(block))]
            assert not wrong, (address, block.name, block.data, wrong)


def names_of(blocks: list[Block]) -> set[str]:
    """What the events are called."""
    return {block.name for block in list(blocks)}
