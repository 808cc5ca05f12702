"""The page of the commands."""

from __future__ import annotations

from pathlib import Path

from pitlive.cli.main import COMMANDS
from pitlive.cli.reference import page

PAGE = Path(__file__).parent.parent.parent / "docs/cli.md"


def test_the_page_is_what_the_commands_say() -> None:
    """When this fails: `python -m pitlive.cli.reference > docs/cli.md`."""
    assert PAGE.read_text() == page()


def test_every_command_has_its_heading() -> None:
    """Everything public is documented."""
    assert all(f"\n## pitlive {name}\n" in PAGE.read_text() for name in COMMANDS)
