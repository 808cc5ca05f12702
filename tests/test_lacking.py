"""What a machine lacks is counted, run later, and in CI lost to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from tests.lacking import Skipped

def pytest_addoption(parser):
    parser.addoption("--skipped", action="store_true")

def pytest_configure(config):
    config.pluginmanager.register(Skipped())
"""

TESTS = """
import os
import pytest

def test_runs():
    pass

def test_wants_something():
    if not os.environ.get("SOMETHING"):
        pytest.skip("nothing")
"""

OTHERS = """
import os

assert "AGAIN" not in os.environ, "imported, though none of its tests was skipped"

def test_runs():
    pass
"""


def run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a suite of three tests, outside CI unless that is said."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TESTS)
    (folder / "test_others.py").write_text(OTHERS)
    own = {name: value for name, value in os.environ.items() if name != "CI"}
    own |= {"PYTHONPATH": str(Path(__file__).parent.parent)} | environment
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "--rootdir", str(folder)]
    command += [*options, str(folder)]
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({}, 0, "1 skipped, 1 deselected"),
        ({"CI": "true"}, 1, "got 1 skipped again"),
        ({"CI": "true", "SOMETHING": "1"}, 0, "1 passed, 1 deselected"),
    ],
)
def test_what_is_skipped_twice_fails_in_ci(
    tmp_path: Path, environment: dict[str, str], code: int, said: str
) -> None:
    """The first run may lack something; of the second nothing may be left."""
    first = run(tmp_path)
    assert (first.returncode, "nothing: 1 test skipped" in first.stdout) == (0, True), first.stdout
    again = run(tmp_path, "--skipped", AGAIN="1", **environment)
    assert said in again.stdout, again.stdout + again.stderr
    assert again.returncode == code
