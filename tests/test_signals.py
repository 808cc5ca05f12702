"""Commands that feed end when they are told to, as process 1 of a container too."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from pitlive.processes import module
from tests.lacking import absent
from tests.stack import WITHIN_S, Stack, wait_for

OWN = module("pitlive")


def started(command: Sequence[str], folder: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """A command with bookmarks of its own."""
    with (tmp_path / "out").open("w") as out:
        return subprocess.Popen(
            [*command, "--data-dir", str(folder)],
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        )


def feeding(url: str, source: str) -> list[str]:
    """The demo's command."""
    return [*OWN, "simulate", "--source", source, "--speed", "1x", "--stay", "--url", url]


@pytest.mark.faults
def test_a_simulation_ends_when_it_is_told_to(server: Stack, source: str, tmp_path: Path) -> None:
    """SIGTERM in the middle of a race: 143, and what was acknowledged is remembered."""
    process = started(feeding(server.url, source), tmp_path, tmp_path)
    about = f"{server.url}/api/v1/sources/{source}"
    wait_for(lambda: httpx.get(about).status_code == 200, "race", server)
    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN_S) == 143
    assert "the same command goes on from here" in (tmp_path / "out").read_text()


@pytest.mark.faults
@pytest.mark.parametrize("away", [False, True])
def test_process_1_ends_when_it_is_told_to(
    server: Stack, source: str, tmp_path: Path, away: bool
) -> None:
    """The kernel ignores a signal to process 1 that it does not handle: even while it waits."""
    unshare = shutil.which("unshare") or ""
    apart = [unshare, "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if not unshare or subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        absent("there is no unshare that may make namespaces", "apt-get install util-linux")
    url = "http://127.0.0.1:9" if away else server.url
    outer = started([*apart, *feeding(url, source)], tmp_path, tmp_path)
    try:
        if away:
            wait_for(lambda: (tmp_path / "out").stat().st_size > 0, "a word about the server")
        else:
            about = f"{server.url}/api/v1/sources/{source}"
            wait_for(lambda: httpx.get(about).status_code == 200, "race", server)
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        assert outer.wait(WITHIN_S) == 143
    finally:
        outer.kill()
        outer.wait(WITHIN_S)
