"""A feeder's Redis, and `pitlive election` beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.arithmospora.programme import Feeder, follow
from tests.stack import Stack


@pytest.fixture
def feeder() -> Iterator[Feeder]:
    """The program that counts, with an empty Redis."""
    one = Feeder()
    try:
        yield one.start()
    finally:
        one.end()


Follow = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def election(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Follow]:
    """Run `pitlive election`: `election(server, text of the configuration)`."""
    log, running = tmp_path / "election.log", list[Any]()

    def start(server: Stack, text: str) -> subprocess.Popen[bytes]:
        file = tmp_path / "programme.toml"
        file.write_text(text)
        running.append(follow(server, file, log))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.terminate()
            process.wait(90)
        report = getattr(request.node, "report_call", None)
        if report is not None and report.failed and log.exists():
            print(log.read_text())
