"""Compose under `--compose=FOLDER`: whatever is killed, the page is back by itself.

Each part is killed, and then the daemon restarted, `--compose-rounds` times. Readers who check
every event are connected through nginx all the while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.checker import Checker
from tests.compose.conftest import BACK_WITHIN_S, Docker, shows, wait

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200)]

PARTS = ("redis", "nginx", "engine", "courier", "web", "streams", "demo")


@pytest.fixture
def reader(docker: Docker) -> Iterator[Checker]:
    """Somebody who watches the demo through nginx."""
    checker = Checker(docker.url, "demo", patience_s=60)
    checker.start()
    try:
        wait(lambda: checker.seq > 0, "event", 180)
        yield checker
    finally:
        checker.stop()


def back(docker: Docker, reader: Checker, fault: Callable[[], None]) -> tuple[float, float]:
    """Strike, and return how long the page and the next event of the race took [s]."""
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
