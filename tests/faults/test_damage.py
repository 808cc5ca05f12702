"""The append-only file is damaged on the disk: it is found, named, and costs what it hit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from pitlive.engine import refold
from pitlive.errors import StoreUnavailable
from pitlive.messages import Cursor, Entry
from pitlive.store import broken, entries, events, sources, verify
from pitlive.store.client import connect
from pitlive.store.snapshot import snapshot
from tests.stack import Stack, wait_for


def pitlive(one: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the data folder of a stack."""
    return subprocess.run(
        [sys.executable, "-m", "pitlive", *words],
        env=one.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def appended(one: Stack) -> Path:
    """The file that Redis appends to."""
    (file,) = (one.folder / "redis" / "appendonlydir").glob("*.incr.aof")
    return file


def change(file: Path, old: bytes, new: bytes) -> None:
    """Put other bytes where some are."""
    text = file.read_bytes()
    assert text.count(old) == 1
    file.write_bytes(text.replace(old, new))


def redis_again(one: Stack) -> None:
    """Start Redis on what is on the disk now; whoever was connected comes back by itself."""
    one.begin("redis")

    def answers() -> bool:
        with suppress(StoreUnavailable):
            return bool(connect(one.redis_url).ping())
        return False

    wait_for(answers, "Redis", one)


def lap(car: str, number: int, lap_ms: int) -> dict[str, Any]:
    """A lap as a feed reports it."""
    at_ms = 20_000 * number
    return {"type": "lap", "car": car, "lap": number, "at_ms": at_ms, "lap_ms": lap_ms}


def test_a_damaged_record_holds_its_source_until_it_is_set_aside(
    stack: Callable[..., Stack],
) -> None:
    """Figures stay as they were, others go on, and readers see one change when it is mended."""
    one = stack()
    client = connect(one.redis_url)
    api = f"{one.url}/api/v1/sources"

    def post(source: str, car: str, number: int, lap_ms: int = 19_000) -> int:
        body = lap(car, number, lap_ms)
        return int(httpx.post(f"{api}/{source}/entries", json=body).json().get("accepted", 0))

    def failing() -> dict[str, str]:
        """Source that is held → the record that its reason names."""
        listed = httpx.get(api).json()["sources"]
        reasons = {s["source"]: s["failing"]["reason"] for s in listed if "failing" in s}
        return {name: why.split(": ")[1].split()[-1] for name, why in reasons.items()}

    def settled(source: str) -> bool:
        if sources.folded(client, source) != entries.newest(client, source):
            return False
        return not list(refold.differences(client, source))

    for number, source in enumerate(("friday", "saturday", "sunday"), 1):
        for n in (1, 2, 3):
            assert post(source, "24", n, 19_000 + 100 * number + n) == 1
        wait_for(lambda s=source: settled(s), "figures", one)  # type: ignore[misc]
    before = {name: snapshot(client, name) for name in ("friday", "saturday")}
    one.kill("redis")
    change(appended(one), b'"lap_ms":[19102]', b'"lap_ms":[17102]')
    change(appended(one), b'"lap_ms":[19202]', b'"lap_ms"' + bytes(8))
    redis_again(one)
    wait_for(lambda: post("sunday", "24", 4) == 1, "Redis", one)
    wait_for(lambda: settled("sunday"), "the figures of the others", one)

    assert post("friday", "24", 4) == 1  # accepted, and waits
    ids = {name: entries.newest(client, name) for name in before}
    assert {name: snapshot(client, name) for name in before} == before
    found = pitlive(one, "verify", "--json")
    named = {
        said["source"]: (said["record"], said["what"], said["reason"].split(":")[0])
        for said in map(orjson.loads, found.stdout.splitlines())
    }
    bad = {name: next(verify.log(client, name)).record for name in before}
    assert found.returncode == 1
    assert named == {name: (bad[name], "damaged", "checksum") for name in before}
    wait_for(lambda: failing() == bad, "the reason", one)

    mended = pitlive(one, "repair", "friday", bad["friday"], "--yes")
    assert mended.returncode == 0, mended.stderr
    assert pitlive(one, "repair", "saturday", "--all", "--yes").returncode == 0
    for name, held in before.items():
        wait_for(lambda s=name: settled(s), "the figures without it", one)  # type: ignore[misc]
        assert entries.newest(client, name) == ids[name]
        verdict = events.resume(client, name, held.cursor)
        assert (verdict.reason, verdict.top.epoch) == ("ok", held.cursor.epoch)
        assert [*broken.listed(client, name)] == [bad[name]]
    again = pitlive(one, "verify", "--figures")
    assert (again.returncode, again.stdout.count("set aside: checksum")) == (0, 2)
    assert post("friday", "24", 2, 19_102) == 1  # its uid is free again
    wait_for(lambda: settled("friday"), "the figures with it", one)


def filled(one: Stack) -> Path:
    """Nine records of a source in a Redis that is killed; return its file."""
    client = connect(one.redis_url)
    sources.declare(client, "friday", {"kind": "race"})
    for n in range(1, 10):
        entries.append(client, "friday", [Entry(f"u{n}", "lap", n, {"lap_ms": 61000 + n})], 7)
    one.kill("redis")
    return appended(one)


FORM: dict[str, Callable[[bytes, int], bytes]] = {
    "a digit of a length": lambda text, at: text[: at + 1] + b"9" + text[at + 2 :],
    "a sign": lambda text, at: text[:at] + b"!" + text[at + 1 :],
    "zeros over the form": lambda text, at: text[: at - 4] + bytes(8) + text[at + 4 :],
    "how many words": lambda text, at: (
        text[: text.rindex(b"*", 0, at) + 1] + b"9" + text[text.rindex(b"*", 0, at) + 2 :]
    ),
}


@pytest.mark.parametrize("how", FORM)
def test_of_a_file_whose_form_is_broken_the_broken_transaction_goes(
    how: str, stack: Callable[..., Stack]
) -> None:
    """Redis does not start; after the repair it does, and one record is missing by name."""
    one = stack(parts=["redis"])
    file = filled(one)
    text = file.read_bytes()
    at = text.rindex(b"$", 0, text.rindex(b"[{", 0, text.index(b"[61005]")))
    file.write_bytes(FORM[how](text, at))
    refused = subprocess.run(
        one.commands["redis"], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Bad file format reading the append only file" in refused.stdout

    mended = pitlive(one, "repair", "--file", "--yes")
    assert mended.returncode == 0, mended.stderr
    (kept,) = (one.folder / "redis" / "taken-out").iterdir()
    assert b"u5" in kept.read_bytes()
    assert len(kept.read_bytes()) + file.stat().st_size == len(FORM[how](text, at))
    assert "Nothing is broken" in pitlive(one, "repair", "--file").stdout
    one.start("redis")
    client = connect(one.redis_url)
    (problem,) = verify.log(client, "friday")
    assert (problem.what, problem.first, problem.last) == ("hole", 5, 5)
    assert pitlive(one, "repair", "friday", "--all", "--yes").returncode == 0
    assert [e.uid[1:] for e in entries.read(client, "friday", "0-0", 99)] == [*"12346789"]
    again = [Entry(f"u{n}", "lap", n, {"lap_ms": 61000 + n}) for n in range(1, 10)]
    assert entries.append(client, "friday", again, 7).accepted == 1


@pytest.mark.parametrize("missing", [1, 40, 150])
def test_of_a_file_that_lost_its_end_the_last_transaction_goes(
    missing: int, stack: Callable[..., Stack]
) -> None:
    """Redis cuts it off by itself, ours would cut the same, and the log goes on from there."""
    one = stack(parts=["redis"])
    file = filled(one)
    whole = file.read_bytes()[:-missing]
    file.write_bytes(whole)
    assert "all others stay" in pitlive(one, "repair", "--file", "--yes").stdout
    ours = file.read_bytes()
    file.write_bytes(whole)
    one.start("redis")
    client = connect(one.redis_url)

    assert "loaded anyway because aof-load-truncated is enabled" in one.log("redis", 200)
    assert file.read_bytes().startswith(ours)
    assert list(verify.log(client, "friday")) == []
    assert len(entries.read(client, "friday", "0-0", 99)) == 8
    said = entries.append(client, "friday", [Entry("u9", "lap", 9, {"lap_ms": 61009})], 7)
    assert said.accepted == 1


def test_readers_are_told_when_the_end_is_gone(stack: Callable[..., Stack]) -> None:
    """Their cursor is beyond what there is: never `ok`, and the figures are those of the log."""
    one = stack()
    client = connect(one.redis_url)
    for n in range(1, 6):
        httpx.post(f"{one.url}/api/v1/sources/friday/entries", json=lap("24", n, 19_000 + n))

    def settled() -> bool:
        same = sources.folded(client, "friday") == entries.newest(client, "friday")
        return same and not list(refold.differences(client, "friday"))

    wait_for(settled, "figures", one)
    reached = snapshot(client, "friday").cursor
    one.kill("redis")
    text = appended(one).read_bytes()
    appended(one).write_bytes(text[: text.index(b'"lap_ms":[19004]')])
    redis_again(one)
    assert len(entries.read(client, "friday", "0-0", 9)) == 3
    wait_for(lambda: sources.meta(client, "friday").cursor.epoch != reached.epoch, "epoch", one)
    wait_for(settled, "figures", one)

    assert events.resume(client, "friday", Cursor(*reached)).reason == "epoch"
