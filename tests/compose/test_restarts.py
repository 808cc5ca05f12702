"""Compose under `--compose=FOLDER`: whatever is killed, the page is back by itself.

Each part is killed, and then the daemon restarted, `--compose-rounds` times. Readers who check
every event are connected through nginx all the while. A part is killed when it has run for ten
seconds: Docker starts what ran for less after a pause that doubles each time, up to a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from tests.checker import Checker
from tests.compose.conftest import BACK_WITHIN_S, Docker, shows, wait

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200)]

SETTLED_S = 11.0
"""For how long a part has run when it is killed; Docker takes it for settled after ten."""

PARTS = ("redis", "nginx", "engine", "courier", "web", "streams", "demo")


CALLS = {
    "kind": "declared",
    "entries": {"call": {"fields": {"number": "number"}}},
    "stats": [{"name": "calls", "kind": "mean", "entries": "call", "of": "number"}],
}


class Operator(threading.Thread):
    """Somebody who reports through nginx, each time until it is acknowledged.

    Attributes:
        reported: How many entries were acknowledged.
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.reported, self.stopping = f"{url}/api/v1/sources/calls", 0, False
        httpx.put(self.url, json=CALLS, timeout=60).raise_for_status()

    def run(self) -> None:
        """Report, and look again soon after what came instead of an acknowledgement."""
        while not self.stopping:
            entry = {"type": "call", "uid": f"{self.reported}", "number": self.reported}
            with suppress(httpx.HTTPError):
                answer = httpx.post(f"{self.url}/entries", json=entry, timeout=10)
                self.reported += answer.status_code == 200
            time.sleep(0.2)

    def counted(self) -> int:
        """How many reports are in the figures."""
        state = httpx.get(f"{self.url}/state", timeout=10).json()
        return sum(row["count"] for row in state["channels"].get("calls", {}).values())


@pytest.fixture
def reader(docker: Docker) -> Iterator[Checker]:
    """Somebody who watches through nginx what somebody else reports; nothing may be lost."""
    operator = Operator(docker.url)
    operator.reported = operator.counted()
    checker = Checker(docker.url, "calls")
    checker.start()
    operator.start()
    try:
        wait(lambda: checker.seq > 0, "event", 180)
        yield checker
        operator.stopping = True
        operator.join()
        wait(lambda: operator.counted() == operator.reported, "figures of all reports", 60)
    finally:
        operator.stopping = True
        checker.stop()


def back(docker: Docker, reader: Checker, fault: Callable[[], None]) -> tuple[float, float]:
    """Strike, and return how long the page took and, from then, a next event [s]."""
    fault()
    page = wait(lambda: shows(docker.url), "page", BACK_WITHIN_S)
    seq = reader.seq
    return page, page + wait(lambda: reader.seq > seq, "event", 120)


def told(what: str, took: list[tuple[float, float]]) -> None:
    """Print the figures for docs/operations.md (`pytest -s`)."""
    pages, events = (sorted(column) for column in zip(*took, strict=True))
    print(f"\n{what}: page after {pages[0]:.1f} to {pages[-1]:.1f} s, "
          f"next event after {events[0]:.1f} to {events[-1]:.1f} s, {len(took)} times")  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_by_itself(
    docker: Docker, reader: Checker, rounds: int, part: str
) -> None:
    """Nobody does anything, no event is missed or repeated, and the part runs again."""
    took = []
    for _ in range(rounds):
        wait(lambda: docker.runs_s(part) > SETTLED_S, f"{part} that runs", 90)
        before = docker.inspect(part, "{{.State.StartedAt}}")
        took.append(back(docker, reader, lambda: docker.crash(part)))
        wait(lambda old=before: docker.inspect(part, "{{.State.StartedAt}}") != old, "restart", 60)
        wait(lambda: docker.inspect(part, "{{.State.Running}}") == "true", f"{part} that runs", 60)
    told(part, took)
    assert reader.faults == []


def test_a_daemon_that_is_restarted_brings_everything_back(
    docker: Docker, reader: Checker, rounds: int
) -> None:
    """As after a reboot: counted from when the daemon answers again."""

    def restart() -> None:
        docker.stop()
        docker.start()

    took = []
    for _ in range(rounds):
        took.append(back(docker, reader, restart))
        for part in PARTS:
            wait(lambda p=part: docker.inspect(p, "{{.State.Running}}") == "true", part, 60)
    told("daemon", took)
    assert reader.faults == []


def test_every_part_is_healthy_by_its_own_word(docker: Docker) -> None:
    """The health checks of the web parts come through nginx."""
    for part in PARTS:
        wait(lambda p=part: docker.inspect(p, "{{.State.Health.Status}}") == "healthy", part, 120)


def test_only_nginx_reaches_the_web_server(docker: Docker) -> None:
    """Without operators whoever reaches it may write: from this host nobody does but by nginx."""
    for address in ("10.213.77.3:8000", "10.213.77.4:8001"):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://{address}/healthz", timeout=5)


def test_the_demo_stops_when_it_is_told_to(docker: Docker) -> None:
    """Within seconds, and not by force after thirty."""
    docker.compose("stop", "demo")
    assert docker.inspect("demo", "{{.State.ExitCode}}") == "143"
    docker.compose("start", "demo")
