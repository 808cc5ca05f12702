"""What only the real server can show: gevent workers, their memory, their event loop."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx
import orjson
import pytest

from pitlive import operators
from tests.stack import Stack, wait_for
from tests.web.conftest import entries_of, lap

T = TypeVar("T")


def peak_kb(worker: int) -> int:
    """The most memory a process has held."""
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def zeros() -> Iterator[bytes]:
    """100 MB, length not told."""
    return (bytes(2**20) for _ in range(100))


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_of_100_mb_does_not_fill_the_memory(
    stack: Callable[..., Stack], source: str, packed: bool
) -> None:
    """413, whether its length is told or not, and the worker is as small as before."""
    one = stack(engines=0)
    (worker,) = one.workers()
    url, before = one.url + entries_of(source), peak_kb(worker)
    headers = {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip" if packed else "identity",
    }
    bodies = [gzip.compress(bytes(100 * 2**20))] if packed else [bytes(100 * 2**20), zeros()]

    answers = [httpx.post(url, content=body, headers=headers, timeout=60) for body in bodies]

    assert {answer.status_code for answer in answers} == {413}
    assert one.workers() == [worker]
    assert peak_kb(worker) - before < 64 * 1024


def answered_meanwhile(one: Stack, work: Callable[[], T]) -> list[T]:
    """Do some work until more than five others are answered in the middle of it.

    At once, mostly; but whoever asks may stand still for as long as it takes.

    Returns:
        What the work came to, each time.
    """
    done: list[T] = []

    def is_seen() -> bool:
        with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=one.url, timeout=60) as client:
            working, answered = pool.submit(work), 0
            while not working.done():
                answered += client.get("/healthz").status_code == 200
        done.append(working.result())
        return answered > 5

    wait_for(is_seen, "answers meanwhile", one)
    return done


def test_others_are_answered_while_a_large_body_is_taken(
    stack: Callable[..., Stack], source: str
) -> None:
    """One worker takes 20,000 entries, and has a turn for everybody else meanwhile."""
    one = stack(engines=0)
    lines = b"\n".join(orjson.dumps(lap(n % 2000 + 1, car=str(n // 2000))) for n in range(20_000))
    headers = {"Content-Type": "application/x-ndjson"}

    def send() -> httpx.Response:
        return httpx.post(one.url + entries_of(source), content=lines, headers=headers, timeout=60)

    assert answered_meanwhile(one, send)[0].json()["accepted"] == 20_000


def test_whoever_never_ends_is_cut_off_and_holds_up_nobody(stack: Callable[..., Stack]) -> None:
    """A body without end, from somebody who may not even write, is dropped in passing."""
    one = stack(engines=0)
    head = b"POST /none/at/all HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(2**16) + b"\r\n"

    def send_for_ever() -> bytes:
        with socket.create_connection(("127.0.0.1", one.port)) as client:
            client.sendall(head)
            answer = client.recv(12)
            with suppress(ConnectionError):
                while True:
                    client.sendall(chunk)
            return answer

    assert set(answered_meanwhile(one, send_for_ever)) == {b"HTTP/1.1 404"}


def test_a_login_holds_on_the_real_server(
    stack: Callable[..., Stack], source: str, tmp_path: Path
) -> None:
    """The hash is computed beside the event loop, and remembered."""
    file = tmp_path / "operators"
    operators.add(file, "anna", "correct horse")
    one = stack(engines=0, operators_file=file)
    url = one.url + entries_of(source)

    assert httpx.post(url, json=lap(1), auth=("anna", "wrong")).status_code == 401
    assert httpx.post(url, json=lap(1)).status_code == 401
    for repeats in (0, 1):
        answer = httpx.post(url, json=lap(1), auth=("anna", "correct horse"))
        assert answer.json()["repeats"] == repeats
