"""What is needed for what: each distribution in an environment with what it requires alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.utils import canonicalize_name

from pitlive import __version__
from pitlive.cli.main import main
from tests.conftest import ROOT
from tests.distributions import describe
from tests.installing import Environments, required

ROOMS = {
    "pitlive": "pitlive",
    "pitlive-slim[client]": "pitlive.client",
    "pitlive-slim[hub]": "pitlive.hub",
}
"""What may be installed, and for which room; the columns of the table of docs/installing.md."""

ABSENT = {
    "pitlive": "matplotlib mypy pytest ruff",
    "pitlive-slim[client]": "duckdb flask gevent numpy pandas pitlive.web pydantic redis",
    "pitlive-slim[hub]": "duckdb httpx numpy pandas pitlive.web pydantic supervisor",
}
"""What of the suite's own environment may not be found there."""

PROGRAM = """
import importlib, importlib.util, pkgutil, sys

room = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(*(name for name in sys.argv[2:] if importlib.util.find_spec(name)))
"""


def names(environments: Environments, way: str) -> set[str]:
    """The names of what one of the ways requires."""
    name, _, extra = way.removesuffix("]").partition("[")
    asked = required(environments.about(name), [extra])
    return {canonicalize_name(one.name) for one in asked}


@pytest.mark.parametrize("way", ROOMS)
def test_every_module_imports_where_nothing_else_is(environments: Environments, way: str) -> None:
    """So what a wheel requires is enough for it, and what only others require is not there."""
    done = subprocess.run(
        [environments.python(way), "-P", "-c", PROGRAM, ROOMS[way], *ABSENT[way].split()],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


@pytest.mark.parametrize("name", ["pitlive", "pitlive-slim"])
def test_a_wheel_has_all_that_its_packages_hold(environments: Environments, name: str) -> None:
    """Scripts, tables and declarations too, which setup.cfg lists by their form."""
    packed = {str(file) for file in environments.about(name).files or ()}
    folders = ["pitlive"] if name == "pitlive" else ["pitlive/client", "pitlive/hub"]
    held = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert len(held) > 20
    assert (held | {"pitlive/py.typed"}) - packed == set()


def test_a_requirement_is_the_same_wherever_it_is_said(environments: Environments) -> None:
    """Both distributions ask for the same versions, and have the same one."""
    whole, slim = map(environments.about, ("pitlive", "pitlive-slim"))
    assert whole.version == slim.version == __version__
    asked = {str(one) for one in required(whole)}
    assert {str(one).partition(";")[0].strip() for one in required(slim, ["client", "hub"])} < asked


def test_the_page_says_what_is_needed_for_what(environments: Environments) -> None:
    """docs/installing.md has a row for each requirement, and a mark where it is one."""
    page = (ROOT / "docs" / "installing.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| [^|]+ \| (•?) *\| (•?) *\| (•?) *\|$", page, re.MULTILINE)
    for at, way in enumerate(ROOMS):
        assert {name for name, *marks in rows if marks[at]} == names(environments, way), way


def test_another_version_of_the_slim_one_beside_ours_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the same files: what runs would be of both."""
    describe(tmp_path, "pitlive-slim", "0.0.1")
    monkeypatch.syspath_prepend(tmp_path)
    told = CliRunner().invoke(main, ["completion", "bash"])

    assert told.exit_code == 1
    assert "got pitlive-slim 0.0.1 beside pitlive" in told.stderr
