"""docs/extending.md shows the examples as they are, and nothing else."""

from __future__ import annotations

import ast
import re
from importlib.metadata import EntryPoint

import pytest

from pitlive import plugins
from pitlive.kind import Kind
from pitlive.race import registry
from tests.conftest import ROOT
from tests.examples.conftest import EXAMPLES, NAMES
from tests.examples.page import PAGE, files

STAY = "\n## What a package may rely on\n"

UNSEEN = {"README.md", "station_status.json"}


def test_every_file_of_the_examples_is_on_the_page_as_it_is() -> None:
    """Whoever copies the page has the package; one without code is its own documentation."""
    shown = dict(files())
    there = {
        path.relative_to(EXAMPLES).as_posix(): path.read_text()
        for name in NAMES
        for path in sorted((EXAMPLES / name).rglob("*.*"))
        if path.name not in UNSEEN and path.suffix != ".pyc" and "egg-info" not in str(path)
    }
    lines = {name: text for name, text in there.items() if text.count("\n") > 1}
    assert {name: shown.get(name) for name in lines} == lines
    assert shown.items() <= there.items()


def test_the_examples_need_the_modules_alone_that_the_page_says_will_stay() -> None:
    """The doors are wide enough; Durable Streams and the example of the hub are held to it too."""
    named = re.findall(r"`(pitlive/[\w/]+)\.py`", PAGE.partition(STAY)[2])
    stay = {name.removesuffix("/__init__").replace("/", ".") for name in named}
    used = {
        (path.name, node.module, one.name)
        for path in EXAMPLES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "pitlive"
        for one in node.names
    }
    assert len(used) > 50
    assert [u for u in used if not {u[1], f"{u[1]}.{u[2]}"} & stay] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_small(name: str) -> None:
    """One or two modules, of a page each."""
    sources = [path.read_text() for path in (EXAMPLES / name).rglob("*.py")]
    written = [text.count("\n") for text in sources if text.count("\n") > 1]
    assert len(written) <= 2
    assert max(written) <= 100


def test_every_group_is_on_the_page() -> None:
    """Those that servers load, and those of the command line."""
    line = {"pitlive.feeds", "pitlive.commands", "pitlive.terminal"}
    assert {*plugins.OF_WEB, *line} == set(re.findall(r"`(pitlive\.(?!declared|err)\w+)`", PAGE))


def test_all_that_must_be_brought_is_on_the_page() -> None:
    """The parts of a figure, and of a kind."""
    quoted = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    parts = {name for name in vars(Kind) if not name.startswith("_")}
    assert {*registry.PARTS, "PRIOR", "WITHIN", *parts} - quoted == {
        "is_default",
        "file_schema",
        "logged",
    }


def test_what_the_module_of_a_widget_exports_is_on_the_page_as_the_pages_have_it() -> None:
    """Its types are those that our own code is checked with."""
    types = (ROOT / "frontend" / "src" / "source" / "widget-module.ts").read_text()
    assert f"```ts\n{types}```" in PAGE


def test_the_entry_points_of_the_page_are_those_of_the_groups() -> None:
    """Each is named in a group that PitLive looks into."""
    points = re.findall(r'^\[project\.entry-points\."(.+)"\]\n(\S+) = "(.+)"$', PAGE, re.M)
    found = [EntryPoint(name, value, group) for group, name, value in points]
    assert len(found) == len(NAMES)
    assert all(f"| `{point.group}` |" in PAGE for point in found)
