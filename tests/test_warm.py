"""What is forked from a warm process is what its command line would have started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.stack import WITHIN_S, Stack, wait_for
from tests.warm import MODULES, Part, Warm, warm

TESTS_END = """
import sys
from tests.warm import Warm
print(Warm("engine").run(["pitlive", *sys.argv[1:]], {}, 2).pid, flush=True)
sys.stdin.read()
"""
"""A program that has a part forked, says its pid, and ends when its input does."""


def said(file: Path, *arguments: str, **environment: str) -> str:
    """What a command prints that is forked with this environment alone."""
    with file.open("wb") as log:
        part = Warm("engine").run(["pitlive", *arguments], environment, log.fileno())
    part.wait(WITHIN_S)
    return file.read_text()


def test_it_prints_what_the_command_prints(tmp_path: Path) -> None:
    """Its arguments and its environment are those it was given, and it ends by itself."""
    want = subprocess.run(
        [sys.executable, "-m", "pitlive", "engine"],
        env={"PITLIVE_PORT": "nonsense"},
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    got = said(tmp_path / "log", "engine", PITLIVE_PORT="nonsense")

    assert want.returncode != 0
    assert "nonsense" in got
    assert got == want.stdout


def test_a_web_server_has_imported_nothing_that_gevent_must_come_before() -> None:
    """One that has imported Redis before gevent's own sockets are there is another one."""
    late = "{'redis', 'structlog', 'prometheus_client', 'httpx', 'pitlive.web.app'}"
    probe = f"import sys; {'; '.join(f'import {name}' for name in MODULES['web'])}"
    run = [sys.executable, "-c", f"{probe}; print(*({late} & {{*sys.modules}}))"]
    found = subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert found.strip() == ""


def test_its_end_is_seen_and_a_signal_to_it_then_does_nothing() -> None:
    """Whoever waits for it wakes; it leaves no zombie."""
    stack = Stack(engines=1)
    try:
        stack.start("redis", "engine")
        part = stack.running["engine"]
        assert isinstance(part, Part)
        assert part.poll() is None
        part.kill()
        part.wait(WITHIN_S)
        part.kill()
        wait_for(lambda: not Path(f"/proc/{part.pid}").exists(), "its zombie's end")
        stack.running.pop("engine")
        stack.own["engine"] = {"SOMETHING": "1"}
        stack.start("engine")
        assert isinstance(stack.running["engine"], subprocess.Popen)
    finally:
        stack.stop()


def test_it_ends_with_the_tests(tmp_path: Path) -> None:
    """However they end: the kernel sees to it."""
    (tmp_path / "redis").mkdir()
    command = [sys.executable, "-c", TESTS_END, "engine", "--data-dir", str(tmp_path)]
    tests = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    with tests:
        assert tests.stdout is not None
        part = int(tests.stdout.readline())
        assert Path(f"/proc/{part}").exists()
        tests.kill()
    wait_for(lambda: not Path(f"/proc/{part}").exists(), "end of the part")


def test_two_take_turns() -> None:
    """So two engines of a stack do not go through sets in the same order."""
    one, _, other, _, again = map(warm, ("engine", "web", "engine", "web", "engine"))

    assert one is again
    assert one is not other
