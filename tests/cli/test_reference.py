"""The page of the commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs/cli.md"


def test_the_page_is_what_the_commands_say() -> None:
    """When this fails: `python -m pitlive.cli.reference > docs/cli.md`.

    In a process of its own: click keeps the help option of who called a command first.
    """
    command = [sys.executable, "-P", "-m", "pitlive.cli.reference"]
    written = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert PAGE.read_text() == written
