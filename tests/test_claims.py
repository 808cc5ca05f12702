"""What the docs claim of the code: who imports whom, what travels back, what adding takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pitlive"
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
TABLE = re.compile(r"^\| (`[^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)

REGISTERED = {
    "pitlive.stats": "declared/stats",
    "pitlive.forecasts": "race/forecasts",
    "pitlive.shadows": "race/shadows",
    "pitlive.feeds": "race/feeds",
}
"""Entry point group → the folder of ours, whose files are of it."""


@cache
def rooms() -> frozenset[str]:
    """All folders and files of the package."""
    found = (file.stem for file in PACKAGE.iterdir() if file.suffix == ".py" or _has_code(file))
    return frozenset(found) - {"__init__", "__main__"}


@cache
def imported(room: str) -> frozenset[str]:
    """Which rooms the modules of a room import, itself left out."""
    folder = PACKAGE / room
    files = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    names = {name for file in files for name in _imported(file)}
    found = {name.split(".")[1] for name in names if name.startswith("pitlive.")}
    return frozenset(found & rooms()) - {room}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "pitlive":
            yield from (f"pitlive.{one.name}" for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def promised() -> Mapping[str, set[str]]:
    """Common room → the rooms it may import, as the page has them."""
    allowed: dict[str, set[str]] = {}
    for names, _, may in TABLE.findall(ARCHITECTURE):
        rooms, above = re.findall(r"`(\w+)`", names), set(allowed)
        named = (
            above
            if may in ("those above", "everything but kinds")
            else set(re.findall(r"\w+", may))
        )
        reached = named | {room for one in named for room in allowed.get(one, ())}
        allowed |= {room: reached | {*rooms} - {room} for room in rooms}
    return allowed


def kinds() -> set[str]:
    """The rooms of kinds, as the page has them."""
    return set(re.findall(r"^\| `(\w+)` \| [^|]* \|$", ARCHITECTURE, re.MULTILINE)) & {
        file.parent.name for file in PACKAGE.glob("*/kind.py")
    }


def test_every_room_stands_in_a_table_of_the_page() -> None:
    """Whoever finds a folder finds what it is for."""
    assert rooms() == {*promised()} | kinds()


def _has_code(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


@pytest.mark.parametrize("room", promised())
def test_a_room_imports_no_more_than_the_page_says(room: str) -> None:
    """The table of rooms is what is so."""
    assert imported(room) <= promised()[room]


def test_the_client_imports_what_its_page_says() -> None:
    """Its values, its errors and the merge patch."""
    assert "its values, its errors and the merge patch" in (ROOT / "docs/client.md").read_text()
    assert imported("client") == {"messages", "errors", "patch"}


def test_nothing_else_travels_back_from_the_engine_to_a_report() -> None:
    """The two exceptions of the page are the modules that read what engines made of entries."""
    readers = {
        file.relative_to(ROOT).as_posix()
        for file in PACKAGE.joinpath("web").rglob("*.py")
        if re.search(r"\boutcomes\.|\.clock\b", file.read_text())
    }
    backwards = next(line for line in ARCHITECTURE.splitlines() if "travels backwards" in line)
    assert readers == {*re.findall(r"`(pitlive/\S+\.py)`", backwards)}


@pytest.mark.parametrize("group", REGISTERED)
def test_what_is_one_a_file_has_a_line_for_every_file(group: str) -> None:
    """A file without its line in setup.cfg would never be found."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lines = setup["options.entry_points"][group].split("\n")
    named = {line.rpartition("=")[2].strip() for line in lines if line}
    folder = PACKAGE / REGISTERED[group]
    files = {file.stem for file in folder.glob("*.py") if _is_one(file)}
    ours = f"pitlive.{REGISTERED[group].replace('/', '.')}."
    assert {name.removeprefix(ours) for name in named} == files


def _is_one(file: Path) -> bool:
    """Not what begins the folder, and no helper of feeds: that has no `Feed`."""
    is_helper = file.parent.name == "feeds" and "class Feed" not in file.read_text()
    return file.stem != "__init__" and not is_helper
