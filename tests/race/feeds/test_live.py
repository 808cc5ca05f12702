"""`pitlive feed --from` against a running server, polling a real one or reading a recording."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from pitlive.processes import module
from tests.cli.test_feed import invoke, known, log
from tests.faults.pasts import Kept
from tests.stack import Stack, wait_for


class Track(ThreadingHTTPServer):
    """A timing server: documents by name, which change; a status where there is no document.

    Attributes:
        documents: What is answered now.
        unchanged: How often 304 was answered.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.documents: dict[str, Any] = {}
        self.unchanged = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/live"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Track)
        document = self.server.documents.get(self.path.rpartition("/")[2], 404)
        body = orjson.dumps(document)
        tag = f'"{hash(body)}"'
        status = document if isinstance(document, int) else 200
        if self.headers.get("If-None-Match") == tag:
            self.server.unchanged += 1
            status, body = 304, b""
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def track() -> Iterator[Track]:
    with Track() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def polling(server: Stack, source: str, track: Track) -> Iterator[Callable[[], Any]]:
    """Starts `pitlive feed --from nascar`."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        own = ["--url", server.url, "--data-dir", str(server.folder), "--source", source]
        command = module("pitlive", "feed", track.url, "--from", "nascar")
        started.append(
            subprocess.Popen([*command, "--poll", "50ms", *own], stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def state(laps: int, lap_s: float = 30.0) -> dict[str, Any]:
    """The live feed after some laps of two cars."""
    cars = [
        {
            "vehicle_number": car,
            "laps_completed": laps,
            "vehicle_elapsed_time": laps * lap_s + late,
            "last_lap_time": lap_s,
            "running_position": place,
        }
        for place, (car, late) in enumerate([("24", 0.5), ("9", 1.5)], 1)
    ]
    return {"vehicles": cars, "laps_in_race": 20, "run_name": "Test 20", "series_id": 1}


def times(laps: int, lap_s: float = 30.0) -> dict[str, Any]:
    own = [{"Lap": n, "LapTime": lap_s, "RunningPos": 1} for n in range(1, laps + 1)]
    return {"laps": [{"Number": "24", "Laps": own}]}


def laps_of(server: Stack, source: str, car: str) -> dict[int, int]:
    if not known(server, source)["entries"]:
        return {}
    entries = [entry for entry in log(server, source) if entry.get("car") == car]
    return {entry["lap"]: entry["at_ms"] for entry in entries}


def test_a_polled_race_is_followed_through_outages_null_bodies_and_skipped_laps(
    server: Stack, source: str, track: Track, polling: Callable[[], Any]
) -> None:
    """Whatever the timing server does, the log ends with every lap once."""
    process = polling()
    track.documents["live-feed.json"] = state(3)
    wait_for(lambda: laps_of(server, source, "9") == {3: 91500}, "first laps", server)
    track.documents["live-feed.json"] = None
    unchanged = track.unchanged
    track.documents["lap-times.json"] = 503
    track.documents["live-pit-data.json"] = []
    wait_for(lambda: track.unchanged > unchanged + 3, "polls that bring nothing", server)
    track.documents["live-feed.json"] = state(6)
    track.documents["lap-times.json"] = times(6)
    every = {n: n * 30_000 + 500 for n in range(1, 7)}
    wait_for(lambda: laps_of(server, source, "24") == every, "all laps", server)

    assert process.poll() is None
    declared = httpx.get(f"{server.url}/api/v1/sources/{source}").json()["spec"]
    assert (declared["name"], declared["laps"]) == ("Test 20", 20)
    assert [car["car"] for car in declared["cars"]] == ["24", "9"]


@pytest.fixture
def polled(server: Stack, source: str, track: Track, polling: Callable[[], Any]) -> Any:
    """Such a feed, after it has told two laps."""
    track.documents["live-feed.json"] = state(2)
    track.documents["lap-times.json"] = times(2)
    process = polling()
    wait_for(lambda: len(laps_of(server, source, "24")) == 2, "two laps", server)
    return process


def test_started_again_it_says_only_what_is_new(
    server: Stack, source: str, track: Track, polling: Callable[[], Any], polled: Any
) -> None:
    """A lap corrected in between is a revision, everything else is known."""
    polled.send_signal(signal.SIGINT)
    polled.wait(90)
    track.documents["lap-times.json"] = times(2, lap_s=31.0)
    before = len(log(server, source))
    polling()
    wait_for(lambda: len(log(server, source)) > before + 1, "revisions", server)

    revised = log(server, source)[before:]
    assert [(entry["uid"], entry["revision"], entry["lap_ms"]) for entry in revised] == [
        ("lap/24/1", 1, 31000),
        ("lap/24/2", 1, 31000),
    ]


def test_what_a_log_has_lost_is_asked_for_again(
    server: Stack, source: str, track: Track, polled: Any
) -> None:
    """The timing server still has it, and says nothing new of it."""
    kept = Kept(server, source)
    track.documents["lap-times.json"] = times(4)
    wait_for(lambda: len(laps_of(server, source, "24")) == 4, "four laps", server)
    kept.put_back()
    track.documents["live-feed.json"] = state(5)
    wait_for(lambda: sorted(laps_of(server, source, "24")) == [1, 2, 3, 4, 5], "all laps", server)

    assert polled.poll() is None


@pytest.mark.data
def test_a_recorded_folder_is_a_race(server: Stack, source: str, data_dir: Path) -> None:
    """The documents of one weekend, in the order in which a feed reads them."""
    folder = data_dir / "feed_samples" / "nascar"
    result = invoke(server, "feed", str(folder), "--from", "nascar", "--source", source)
    winner = next(entry for entry in log(server, source) if entry["uid"] == "lap/20/201")

    assert result.exit_code == 0, result.output
    assert (winner["at_ms"], winner["place"]) == (9188339, 1)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nothing.json", None, "want a file or a folder"),
        ("broken.json", b'{"vehicles": [', "want a JSON document"),
        ("broken.jsonl", b'{}\n{"A": \n', "broken.jsonl, line 2: not JSON"),
        ("cut.json.gz", b"\x1f\x8b\x08\x00", "want a whole gzip file"),
    ],
)
def test_a_recording_that_cannot_be_read_says_where(
    server: Stack, source: str, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    """The file, the line, and what would do."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = invoke(server, "feed", str(tmp_path / name), "--from", "f1", "--source", source)

    assert result.exit_code != 0
    assert says in result.output
