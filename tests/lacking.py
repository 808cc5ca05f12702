"""What a machine lacks: its tests are skipped, counted by what is lacking, and can be run later.

In CI they fail instead, for CI must run them all.

    pytest --skipped

runs the tests that the last run skipped, and no others: CI runs the suite on a PATH without
browser, nginx and compiler first, and then, with them, what was left. A test that is skipped
even then, by whatever means, has run nowhere: in CI that run fails. Long forms, which are asked
for by an option, are therefore not skipped without it; they are not collected, or deselected.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest

IN_CI = bool(os.environ.get("CI"))
SKIPPED = "pitlive/skipped"
"""Where pytest's cache keeps the names of the tests that the last run skipped."""


def absent(what: str, install: str) -> NoReturn:
    """Skip what this machine cannot run; in CI that is a failure."""
    if IN_CI:
        pytest.fail(f"{what} ({install})")
    pytest.skip(f"{what} ({install})")


def program(*names: str, package: str) -> str:
    """The first of these programs that is on the PATH; else the test is skipped."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or absent(f"{names[0]} is not on the PATH", f"apt-get install {package}")


def mount(folder: Path, size: str) -> None:
    """Mount a small disk of its own on a folder, `"24m"`; else the test is skipped."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "pitlive", str(folder)]
    if (
        not (shutil.which("mount") and shutil.which("umount"))
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        absent("there is no right to mount a small disk", "run as root, with CAP_SYS_ADMIN")


class Skipped:
    """A plugin that counts the tests that were skipped, and can run them and no others."""

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Leave out the files that have none, before they are imported."""
        if not config.getoption("skipped") or collection_path.is_dir():
            return None
        name = collection_path.relative_to(config.rootpath).as_posix()
        return name not in {test.partition("::")[0] for test in _skipped(config)} or None

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave only the tests that the last run skipped, if only those are asked for."""
        if not config.getoption("skipped"):
            return
        wanted = _skipped(config)
        if lost := wanted - {item.nodeid for item in items}:
            raise pytest.UsageError(f"--skipped: {len(lost)} are gone, such as {min(lost)}")
        others = [item for item in items if item.nodeid not in wanted]
        items[:] = [item for item in items if item.nodeid in wanted]
        config.hook.pytest_deselected(items=others)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """One line for each reason: how many tests were skipped for it."""
        reports = terminalreporter.stats.get("skipped", [])
        reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
        for reason, many in sorted(reasons.items()):
            terminalreporter.write_line(f"{reason}: {many} test{'s'[: many > 1]} skipped")
        if config.cache:
            config.cache.set(SKIPPED, sorted({report.nodeid for report in reports}))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """In CI whatever was skipped in both runs is a failure."""
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        left = terminal.stats.get("skipped", []) if terminal else []
        if IN_CI and session.config.getoption("skipped") and left:
            terminal.write_line(f"--skipped: got {len(left)} skipped again, want all of them run")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(config: pytest.Config) -> set[str]:
    return set(config.cache.get(SKIPPED, [])) if config.cache else set()
