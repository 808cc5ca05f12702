"""A process on a leash ends with its parent; a lock goes with its process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pitlive.errors import SettingsError
from pitlive.processes import hold, holder, leashed
from tests.stack import wait_for

PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
child.wait()
"""

HOLDER = """
import os, sys
from pathlib import Path
from pitlive.processes import hold
hold(Path(sys.argv[1]), "it")
print("held", flush=True)
os.execvp("sleep", ["sleep", "60"])
"""


def test_what_is_on_a_leash_ends_when_its_parent_is_killed() -> None:
    """`kill -9` of a supervisor leaves nothing behind."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *leashed(["sleep", "60"])], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = Path(f"/proc/{int(parent.stdout.readline())}")
    wait_for(lambda: (child / "cmdline").read_bytes().startswith(b"sleep"), "leashed child")

    parent.kill()
    parent.communicate()
    wait_for(lambda: not child.exists(), "end of the child")


def test_a_lock_goes_with_its_process_through_exec_and_names_it(tmp_path: Path) -> None:
    """What holds the lock is what the process became; when that is killed, it is free."""
    lock = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"

    assert holder(lock) == process.pid
    with pytest.raises(SettingsError, match=f"it is already running .* as process {process.pid}"):
        hold(lock, "it")

    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert holder(lock) is None
