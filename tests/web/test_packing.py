"""What is sent packed, to whom, and what stays as it is: from a real server, on the wire."""

from __future__ import annotations

import gzip
import os
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from flask import Flask

from pitlive.web import packing, pages
from tests import races
from tests.stack import WITHIN_S, Stack, wait_for

GZIP = {"Accept-Encoding": "gzip"}
REFUSED = ("", "identity", "gzip;q=0", "gzip; q=0.0", "*;q=0", "gzip;q=0.1, identity", "zstd")
TAKEN = ("gzip", "GZIP", "deflate, gzip;q=0.5", "*", "gzip, identity", "identity;q=0, gzip;q=0.1")


@pytest.fixture
def own(server: Stack, source: str) -> str:
    """The address of a source with a state of some size."""
    url = f"{server.url}/api/v1/sources/{source}"
    races.declare_quiet(server.url, source)  # forecasts follow: one state would not be the next
    last = races.post(server.url, source, races.small(8, 30))["last"]
    wait_for(lambda: races.folded(server.url, source) == last, "fold", server)
    assert len(httpx.get(f"{url}/state").content) > 10_000
    return url


def asked(
    url: str, headers: Mapping[str, str], method: str = "GET"
) -> tuple[httpx.Response, bytes]:
    """An answer and its bytes as they were sent."""
    with httpx.stream(method, url, headers={"Accept-Encoding": "", **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_json_is_packed_for_whoever_takes_it(own: str) -> None:
    """A third of the bytes, the same state, and caches are told that there are two."""
    _, plain = asked(f"{own}/state", {})
    for header in TAKEN:
        answer, sent = asked(f"{own}/state", {"Accept-Encoding": header})
        assert answer.headers["Content-Encoding"] == "gzip", header
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(sent) == plain
        assert len(sent) == int(answer.headers["Content-Length"]) < len(plain) / 2


def test_whoever_refuses_is_sent_the_plain_bytes(own: str, server: Stack) -> None:
    """A weight of nothing is a refusal, whatever else is said; a cache is told all the same."""
    for header in REFUSED:
        for url in (f"{own}/state", f"{server.url}/race/x"):
            answer, sent = asked(url, {"Accept-Encoding": header})
            assert "Content-Encoding" not in answer.headers, header
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert len(sent) == int(answer.headers["Content-Length"]) > 1000


def test_small_answers_stay_as_they_are(server: Stack) -> None:
    """They fit a packet."""
    answer, sent = asked(f"{server.url}/healthz", GZIP)
    assert sent == b'{"status":"ok"}'
    assert "Content-Encoding" not in answer.headers


def test_a_head_says_what_a_get_would_send(own: str, server: Stack) -> None:
    """The same headers, and nothing after them."""
    for url in (f"{own}/state", f"{server.url}/race/x"):
        got, _ = asked(url, GZIP)
        answer, sent = asked(url, GZIP, "HEAD")
        assert sent == b""
        for name in ("Content-Encoding", "Content-Length", "Vary", "Content-Type", "ETag"):
            assert answer.headers.get(name) == got.headers.get(name), name


def test_a_stream_is_packed_once_for_all_and_not_again(own: str, server: Stack) -> None:
    """Its first words come at once, in the coding of streams."""

    def is_greeted() -> bool:
        """Unless a busy worker asks to come back, and ends it."""
        said = b""
        with httpx.stream("GET", f"{own}/events", headers=GZIP) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            for part in answer.iter_bytes():
                said += part
                if b"event: hello" in said:
                    return True
        assert b"event: bye" in said
        return False

    wait_for(is_greeted, "a greeting", server)


def test_a_table_page_is_asked_for_again_by_its_tag(server: Stack, source: str) -> None:
    """Rows are packed too, before the framework and by it, and 304 works with either coding."""
    url = f"{server.url}/api/v1/sources/{source}"
    columns = [{"name": f"c{n}", "start": {"type": "random", "seed": n}} for n in range(9)]
    httpx.put(url, json={"kind": "table", "rows": 500, "columns": columns}).raise_for_status()
    wait_for(lambda: httpx.get(f"{url}/rows").status_code == 200, "table", server)
    for _ in range(3):  # the first by the framework, the others before it
        packed, sent = asked(f"{url}/rows", GZIP)
        plain, text = asked(f"{url}/rows", {})
        assert (packed.headers["Content-Encoding"], gzip.decompress(sent)) == ("gzip", text)
        assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    for known in (packed, plain):
        coding = {"Accept-Encoding": "gzip" if known is packed else ""}
        again, sent = asked(f"{url}/rows", coding | {"If-None-Match": known.headers["ETag"]})
        assert (again.status_code, sent) == (304, b"")
        assert again.headers["ETag"] == known.headers["ETag"]
        assert again.headers["Vary"] == "Accept-Encoding"


def assets(url: str) -> list[str]:
    """The addresses that a page names: scripts and styles."""
    return re.findall(r'(?:src|href)="(/static/assets/[^"]+)"', httpx.get(url).text)


def test_a_race_page_weighs_what_it_does_behind_nginx(server: Stack) -> None:
    """Page, scripts and styles: 285 kB plain, and packed two fifths of it at the most."""
    urls = [f"{server.url}/race/x"]
    urls += [f"{server.url}{path}" for path in assets(urls[0])]
    assert len(urls) > 5
    plain = sum(len(asked(url, {})[1]) for url in urls)
    assert sum(len(asked(url, GZIP)[1]) for url in urls) < 0.4 * plain
    best = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    assert sum(len(asked(url, best)[1]) for url in urls) < 0.37 * plain


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_built_file_is_packed_once_and_known_by_its_tag(server: Stack, coding: str) -> None:
    """Each coding has a tag of its own, for its bytes are others; its type is that of the file."""
    url = next(path for path in assets(f"{server.url}/race/x") if path.endswith(".js"))
    url = f"{server.url}{url}"
    plain, text = asked(url, {})
    packed, sent = asked(url, {"Accept-Encoding": coding})
    assert packed.headers["Content-Encoding"] == coding
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"] == pages.FOREVER
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert coding == "br" or gzip.decompress(sent) == text
    for known in (packed, plain):
        asking = {"Accept-Encoding": coding if known is packed else ""}
        again, sent = asked(url, asking | {"If-None-Match": known.headers["ETag"]})
        assert (again.status_code, sent) == (304, b"")
        other = {"Accept-Encoding": "" if known is packed else coding}
        changed, _ = asked(url, other | {"If-None-Match": known.headers["ETag"]})
        assert changed.status_code == 200


@pytest.mark.parametrize(
    ("weights", "coding"),
    [("br;q=0, gzip", "gzip"), ("br, gzip;q=0", "br"), ("gzip;q=0, br;q=0", None), ("*", "br")],
)
def test_weights_choose_among_what_the_build_has_packed(
    server: Stack, weights: str, coding: str | None
) -> None:
    """A refused coding is never sent, though it would be the smallest."""
    url = f"{server.url}{assets(f'{server.url}/race/x')[0]}"
    answer, _ = asked(url, {"Accept-Encoding": weights})
    assert answer.headers.get("Content-Encoding") == coding


def test_a_page_that_was_built_without_packing_is_sent_as_it_is(tmp_path: Path) -> None:
    """Whoever builds with something else is served all the same."""
    (tmp_path / "race.html").write_text("<p>" * 999)
    app = Flask("pages", static_folder=None)
    app.register_blueprint(pages.of_kind("race", {"/race/<source>": "race.html"}, tmp_path))
    packing.register(app)
    with app.test_client().get("/race/x", headers=GZIP) as answer:
        assert "Content-Encoding" not in answer.headers
        assert len(answer.data) == 3 * 999


def test_raw_bytes_end_where_they_say(own: str, server: Stack) -> None:
    """Two packed answers on one connection: the second begins where the first ends."""
    path = httpx.URL(own).path
    ask = f"GET {path}/state HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    bodies: list[bytes] = []

    def are_answered() -> bool:
        """Unless we stood still between the two: the server waits for three seconds."""
        bodies.clear()
        address = "127.0.0.1", server.port
        with suppress(ConnectionError), socket.create_connection(address, WITHIN_S) as client:
            bodies.extend(_one(client, ask) for _ in range(2))
        return len(bodies) == 2

    wait_for(are_answered, "two answers", server)
    assert bodies[0] == bodies[1]
    assert b'"standings"' in gzip.decompress(bodies[0])


def _one(client: socket.socket, ask: bytes) -> bytes:
    client.sendall(ask)
    said = b""
    while b"\r\n\r\n" not in said:
        said += _some(client, 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", said)[1])  # type: ignore[index]
    body = b""
    while len(body) < length:
        body += _some(client, length - len(body))
    return body


def _some(client: socket.socket, most: int) -> bytes:
    if not (part := client.recv(most)):
        raise ConnectionResetError("hung up on")
    return part


@pytest.fixture
def big(server: Stack, source: str) -> str:
    """The address of a source whose state takes some megabytes."""
    url = f"{server.url}/api/v1/sources/{source}"
    spec = {
        "kind": "declared",
        "entries": {"sale": {"fields": {"item": "text"}}},
        "stats": [{"name": "sold", "kind": "count", "by": ["item"]}],
    }
    httpx.put(url, json=spec).raise_for_status()
    names = [os.urandom(30).hex() for _ in range(30_000)]
    for at in range(0, len(names), 10_000):
        sold = [{"type": "sale", "item": n, "uid": n, "at_ms": 1} for n in names[at : at + 10_000]]
        httpx.post(f"{url}/entries", json=sold, timeout=60).raise_for_status()
    wait_for(
        lambda: httpx.get(f"{url}/state", timeout=60).text.count('"count"') >= len(names),
        "fold",
        server,
    )
    return url


def test_a_body_in_parts_is_packed_too(big: str) -> None:
    """It is the same state, in fewer bytes; caches are told either way."""
    (coded, sent), (plain, whole) = asked(f"{big}/state", GZIP), asked(f"{big}/state", {})
    assert coded.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(sent) == whole
    assert len(sent) < len(whole) * 0.7


def test_a_name_too_long_for_a_file_is_not_found(server: Stack) -> None:
    """Whatever coding is taken."""
    for header in ({}, GZIP):
        answer, _ = asked(f"{server.url}/static/{'x' * 300}", header)
        assert answer.status_code == 404


def test_a_big_body_is_packed_while_others_are_answered(big: str, server: Stack) -> None:
    """Packing is done beside the loop: small requests are answered in the middle of it."""
    before, _ = asked(f"{big}/state", GZIP)
    assert before.headers["Content-Encoding"] == "gzip"
    answered: list[int] = []

    def are_answered() -> bool:
        """Unless it was read before we came to ask."""
        thread = threading.Thread(target=asked, args=[f"{big}/state", GZIP])
        thread.start()
        with httpx.Client() as client:
            while thread.is_alive():
                answered.append(client.get(f"{server.url}/healthz").status_code)
                time.sleep(0)
        return bool(answered)

    wait_for(are_answered, "answers meanwhile", server)
    assert set(answered) == {200}
