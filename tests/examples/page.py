"""docs/extending.md: the files that it shows, and what it has typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "extending.md").read_text()


def files() -> Iterator[tuple[str, str]]:
    """The files of the examples that the page shows, with the text that it has of them."""
    yield from re.findall(r"^`(\w+/\S+)`\n\n```\w+\n(.*?)^```$", PAGE, re.M | re.S)


def commands(title: str) -> list[list[str]]:
    """What a section has typed, `pitlive …` only: the packages are installed already."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    typed = re.findall(r"^\$ (pip|pitlive) (.*)$", section, re.M)
    return [rest.split() for program, rest in typed if program == "pitlive"]
