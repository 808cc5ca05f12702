"""The hub where nothing else is installed (`pitlive-slim[hub]`): the example, and its page's."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from pitlive.hub.redis_log import RedisLog
from pitlive.processes import leashed
from tests.checker import Block, blocks
from tests.conftest import ROOT
from tests.installing import Environments
from tests.stack import WITHIN_S, free_port, wait_for

EXAMPLE = (ROOT / "examples" / "hub" / "app.py").read_text()

PAGE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "hub.md").read_text(), re.DOTALL)


class Running:
    """An application under gunicorn, with one worker."""

    def __init__(self, python: Path, folder: Path, text: str, redis_url: str) -> None:
        (folder / "app.py").write_text(text)
        self.port, self._log = free_port(), folder / "log"
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket = str(folder / "socket")
        command = [str(python), "-P", "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--bind", f"unix:{self.socket}"]
        command += ["--control-socket", str(folder / "gunicorn.ctl")]
        command += ["--worker-class", "pitlive.hub.takeover.StreamWorker", "app:app"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                leashed(command),
                cwd=folder,
                env=os.environ | {"REDIS_URL": redis_url},
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, "an answer")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(WITHIN_S)

    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False


@pytest.fixture
def run(
    environments: Environments, tmp_path: Path, redis_url: str
) -> Iterator[Callable[..., Running]]:
    """Start an application."""
    python = environments.python("pitlive-slim[hub]")
    started: list[Running] = []

    def start(text: str = EXAMPLE) -> Running:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Running(python, folder, text, redis_url))
        return started[-1]

    yield start
    for one in started:
        one.stop()
        print(one.log())


@pytest.fixture
def log(redis_url: str) -> Iterator[RedisLog]:
    """The log that the applications read, from outside."""
    log = RedisLog.from_url(redis_url)
    yield log
    log._client.close()


class Reader:
    """A stream that is read by hand."""

    def __init__(
        self,
        running: Running,
        source: str,
        cursor: str = "",
        gzip: bool = False,
        buffer: int = 0,
        unix: bool = False,
    ) -> None:
        self.sock = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        if buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(WITHIN_S)
        self.sock.connect(running.socket if unix else ("127.0.0.1", running.port))
        head = f"GET /api/v1/sources/{source}/events HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Last-Event-ID: {cursor}\r\n" if cursor else ""
        head += "Accept-Encoding: gzip\r\n" if gzip else ""
        self.sock.sendall(f"{head}\r\n".encode())
        self._file = self.sock.makefile("rb")
        self.head = b"".join(iter(self._file.readline, b"\r\n")).decode()
        self._blocks = (one for one in blocks(self._lines()) if one.data is not None)

    def __next__(self) -> Block:
        """The next event."""
        return next(self._blocks)

    def rest(self) -> list[Block]:
        """All events until the stream ends."""
        return list(self._blocks)

    def close(self) -> None:
        """Leave."""
        self._file.close()
        self.sock.close()

    def json(self) -> Any:
        """The data of the next event."""
        return orjson.loads(next(self).data or "")

    def _lines(self) -> Iterator[bytes]:
        packed = "content-encoding: gzip" in self.head.lower()
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None
        rest = b""
        while part := self._file.read1(65536):
            *lines, rest = (rest + (unpack.decompress(part) if unpack else part)).split(b"\n")
            yield from (line + b"\n" for line in lines)


Read = Callable[..., Reader]


@pytest.fixture
def read() -> Iterator[Read]:
    """Open streams, which are closed after the test."""
    opened: list[Reader] = []

    def one(*where: Any, **how: Any) -> Reader:
        opened.append(Reader(*where, **how))
        return opened[-1]

    yield one
    for reader in opened:
        reader.close()


def hello(reader: Reader, source: str) -> str:
    """The verdict on a reader's cursor."""
    return str(reader.json()["sources"][source]["reason"])


def counted(running: Running, name: str) -> float:
    """A sample of its metrics."""
    text = httpx.get(f"{running.url}/metrics").text
    return next(float(v) for n, v in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE) if n == name)


def replays(running: Running, reason: str) -> float:
    """How many readers were given this verdict."""
    name = f'pitlive_replays_total{{reason="{reason}",served="%s"}}'
    return sum(counted(running, name % served) for served in ("memory", "redis"))


@pytest.mark.parametrize("example", ["examples/hub", "docs/hub.md"])
def test_who_comes_back_is_sent_what_it_missed(
    run: Callable[..., Running], read: Read, source: str, example: str
) -> None:
    """A new reader has the newest value of each channel, one who was there all messages since.

    Also one who comes by a Unix socket.
    """
    assert PAGE is not None
    running = run(EXAMPLE if example == "examples/hub" else PAGE[1])

    def put(channel: str, value: Any) -> None:
        httpx.put(f"{running.url}/{source}/{channel}", json=value).raise_for_status()

    put("gold", 1)
    put("gold", {"bid": 2})
    put("tin", 0)
    reader = read(running, source)
    assert hello(reader, source) == "fresh"
    snapshot = next(reader)
    assert orjson.loads(snapshot.data or "")["channels"] == {"gold": {"bid": 2}, "tin": 0}
    put("gold", 3)
    assert reader.json()["data"] == 3
    for value in (4, 5, 6):
        put("gold", value)

    for unix in (False, True):
        back = read(running, source, snapshot.id or "", unix=unix)
        assert hello(back, source) == "ok"
        assert [back.json()["data"] for _ in range(4)] == [3, 4, 5, 6]


def test_who_was_away_too_long_is_told_so_and_given_the_newest_values(
    run: Callable[..., Running], read: Read, log: RedisLog, source: str
) -> None:
    """So is who comes from another log, from another past, or from nowhere."""
    begun = log.publish(source, "gold", 1)
    for value in range(2, 9):
        newest = log.publish(source, "gold", value)
    log._client.xtrim(log._key(source, "events"), maxlen=2, approximate=False)
    link = "0" if newest.link[0] != "0" else "1"
    cursors = {
        "trimmed": str(begun),
        "epoch": f"0ther.{begun.seq}.{begun.link}",
        "forked": f"{newest.epoch}.{newest.seq}.{link}{newest.link[1:]}",
        "future": f"{newest.epoch}.{newest.seq + 9}.{newest.link}",
        "unknown": "nonsense",
    }
    running = run()
    for reason, cursor in cursors.items():
        reader = read(running, source, cursor)
        assert hello(reader, source) == reason
        state = next(reader)
        assert (state.name, state.id) == ("snapshot", str(newest))
        assert orjson.loads(state.data or "")["channels"] == {"gold": 8}
        assert replays(running, reason) == 1

    assert log.delete(source)
    assert orjson.loads(reader.rest()[-1].data or "")["reason"] == "deleted"
    assert hello(read(running, source, str(newest)), source) == "deleted"


def test_what_is_compressed_is_the_same(
    run: Callable[..., Running], read: Read, log: RedisLog, source: str
) -> None:
    """Also for who joins later, in the middle of what is compressed for all."""
    running, readers = run(), list[Reader]()
    for value in range(50):
        log.publish(source, "gold", [value] * 99)
        if value in (0, 25):
            readers.append(read(running, source, gzip=True))
    for reader in readers:
        assert "content-encoding: gzip" in reader.head.lower()
        assert hello(reader, source) == "fresh"
        (first, *_) = reader.json()["channels"]["gold"]
        assert first < 49
        assert [reader.json()["data"] for _ in range(first + 1, 50)] == [
            [value] * 99 for value in range(first + 1, 50)
        ]


def limited(limits: str) -> str:
    """The example with limits of its own."""
    imports = "from pitlive.hub.ports import Limits\nfrom pitlive.hub.redis_log"
    text = EXAMPLE.replace("from pitlive.hub.redis_log", imports)
    assert "Hub(log)" in text
    return text.replace("Hub(log)", f"Hub(log, Limits({limits}))")


def burst(log: RedisLog, source: str, reader: Reader) -> None:
    """Publish more than a backlog and the kernel's buffers; a reader has each as it comes."""
    for n in range(1, 151):
        log.publish(source, "gold", f"{n:04}" + "x" * 100_000)
        assert int(reader.json()["data"][:4]) == n


def begun(read: Read, running: Running, source: str, buffer: int = 0) -> Reader:
    """A reader who has hello and the state."""
    reader = read(running, source, buffer=buffer)
    assert hello(reader, source) == "fresh"
    assert next(reader).name == "snapshot"
    return reader


def test_who_is_far_behind_is_given_the_newest_value_instead_of_the_way_there(
    run: Callable[..., Running], read: Read, log: RedisLog, source: str
) -> None:
    """And who keeps up has had every message meanwhile."""
    running = run(limited("stall_s=300"))
    log.publish(source, "gold", "0000")
    ahead, slow = begun(read, running, source), begun(read, running, source, buffer=4096)
    burst(log, source, ahead)
    assert counted(running, "pitlive_conflations_total") >= 1
    seen: list[tuple[str, str]] = []
    while not seen or not seen[-1][1].startswith("0150"):
        block = next(slow)
        content = orjson.loads(block.data or "")
        seen.append((block.name, content.get("data") or content["channels"]["gold"]))

    assert 1 <= [name for name, _ in seen].count("snapshot") < len(seen) < 150
    assert [value for _, value in seen] == sorted(value for _, value in seen)


def test_who_takes_nothing_is_reset_and_others_have_everything(
    run: Callable[..., Running], read: Read, log: RedisLog, source: str
) -> None:
    """What the kernel still held for it is gone with the connection."""
    running = run(limited("stall_s=1"))
    log.publish(source, "gold", "0000")
    ahead, stalled = begun(read, running, source), begun(read, running, source, buffer=4096)
    burst(log, source, ahead)
    ended = 'pitlive_streams_ended_total{reason="stalled"}'
    wait_for(lambda: counted(running, ended) == 1, "its end")
    with pytest.raises(ConnectionResetError):
        stalled.rest()
    log.publish(source, "gold", "last")
    assert ahead.json()["data"] == "last"


def test_a_worker_that_is_stopped_says_goodbye(
    run: Callable[..., Running], read: Read, log: RedisLog, source: str
) -> None:
    """With a time to come back, and the place to go on from."""
    running = run()
    log.publish(source, "gold", 1)
    readers = [read(running, source) for _ in range(5)]
    for reader in readers:
        hello(reader, source), next(reader)
    running.process.send_signal(signal.SIGTERM)
    for reader in readers:
        (bye,) = reader.rest()
        assert (bye.name, orjson.loads(bye.data or "")["reason"]) == ("bye", "restart")
        assert bye.id == str(log.top(source))
    assert running.process.wait(WITHIN_S) == 0
