"""A Docker daemon of these tests' own, which they may restart, and PitLive in Compose on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT
from tests.stack import free_port

BACK_WITHIN_S = 30.0
"""What is promised."""

COMPOSE = [["docker-compose"], ["docker", "compose"]]


class Docker:
    """A daemon on a data root that has the images, and the parts of PitLive on it.

    Attributes:
        url: Where nginx is published.
    """

    def __init__(self, data: Path) -> None:
        self.run = Path(tempfile.mkdtemp(prefix="pitlive-docker-", dir="/run"))
        port, tls = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._own = ["--data-root", str(data), "--exec-root", f"{self.run}/exec"]
        self._own += ["--pidfile", f"{self.run}/pid", "-H", f"unix://{self.run}/sock"]
        self._environment = os.environ | {
            "DOCKER_HOST": f"unix://{self.run}/sock",
            "COMPOSE_PROJECT_NAME": "pitlive-test",
            "PITLIVE_PORT": str(port),
            "PITLIVE_TLS_PORT": str(tls),
        }

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        with (self.run / "log").open("ab") as log:
            self._daemon = subprocess.Popen(["dockerd", *self._own], stdout=log, stderr=log)
        wait(lambda: not self._ask("docker", "info").returncode, "an answer of dockerd", 60)

    def stop(self) -> None:
        """Stop the daemon, as a service or a shutdown does."""
        self._daemon.terminate()
        self._daemon.wait(120)

    def compose(self, *words: str) -> str:
        """Run Compose, whichever of the two there is."""
        command = next(c for c in COMPOSE if not self._ask(*c, "version").returncode)
        ran = self._ask(
            *command, "--file", f"{ROOT}/docker-compose.yml", "--profile", "demo", *words
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def parts(self) -> dict[str, str]:
        """Service → its container."""
        form = '{{.ID}} {{.Label "com.docker.compose.service"}}'
        lines = self._ask("docker", "ps", "--all", "--format", form).stdout.splitlines()
        return {service: id for id, service in map(str.split, lines)}

    def inspect(self, part: str, what: str) -> str:
        """A word about the container of a part."""
        told = self._ask("docker", "inspect", "--format", what, self.parts()[part])
        return told.stdout.strip()

    def runs_s(self, part: str) -> float:
        """For how long a part has run [s], 0 if it does not."""
        state = json.loads(self.inspect(part, "{{json .State}}"))
        began = datetime.fromisoformat(state["StartedAt"][:19] + "+00:00")
        return (datetime.now(UTC) - began).total_seconds() if state["Running"] else 0.0

    def crash(self, part: str) -> None:
        """Kill -9 the main process of a part: Docker must not know that it was meant."""
        os.kill(int(self.inspect(part, "{{.State.Pid}}")), signal.SIGKILL)

    def remove(self) -> None:
        """Leave nothing behind but the images."""
        with suppress(AssertionError, StopIteration):
            self.compose("down", "--volumes", "--timeout", "20")
        self.stop()
        shutil.rmtree(self.run, ignore_errors=True)

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, capture_output=True, text=True, check=False, env=self._environment
        )


def wait(done: Any, what: str, within_s: float) -> float:
    """Wait until something is so; return how long that took [s]."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < within_s, f"no {what} after {within_s:.0f} s"
        time.sleep(0.1)
    return time.monotonic() - began


def shows(url: str) -> bool:
    """Tell whether the page, a script's worth of JSON and the sources are there."""
    with suppress(httpx.TransportError):
        answers = [
            httpx.get(f"{url}{p}", timeout=5) for p in ("/race/demo", "/api/v1/sources/demo")
        ]
        return all(answer.status_code == 200 for answer in answers)
    return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these out without `--compose=FOLDER`, the data root of a Docker with the images."""
    if config.getoption("--compose"):
        return
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)


@pytest.fixture(scope="session")
def docker(request: pytest.FixtureRequest) -> Iterator[Docker]:
    """PitLive with the demo, all of it healthy."""
    running = Docker(Path(request.config.getoption("--compose")))
    running.start()
    try:
        running.compose("up", "--detach")
        wait(lambda: shows(running.url), "page", 180)
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> int:
    """How often everything is killed."""
    return int(request.config.getoption("--compose-rounds"))
