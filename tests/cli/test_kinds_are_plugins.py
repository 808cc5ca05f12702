"""The command line without one of our kinds, and with what another package brings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.conftest import ROOT
from tests.distributions import describe
from tests.stack import Stack

ROOMS = {"race": "race", "declared": "declared", "tables": "table", "arithmospora": "figures"}
"""Package of a kind → the kind's name."""

DECLARATIONS = {
    "race": 'kind = "race"\nlaps = 3\n',
    "declared": 'kind = "declared"\n[entries.score.fields]\npoints = "integer"\n',
    "table": 'kind = "table"\nrows = 3\n[[columns]]\nname = "n"\n',
    "figures": 'kind = "figures"\n[[stats]]\nname = "other:n"\nkind = "single_value"\n',
}

SUMMARIES = {
    "race": "right; a race",
    "declared": "right; entries: score; 0 stats",
    "table": "right; a table of 3 rows and 1 columns",
    "figures": "right; figures of another program: other:n",
}

COMMANDS = {"race": {"simulate", "history", "backtest"}, "arithmospora": {"election"}}
"""Package of a kind → the commands that are its own."""

RUN = """
import json, sys
from click.testing import CliRunner
import tests.hiding
from pitlive.cli.main import main

for arguments in json.loads(sys.argv[1]):
    done = CliRunner().invoke(main, arguments, prog_name="pitlive", terminal_width=200)
    print(json.dumps([done.exit_code, done.stdout, done.stderr]))
"""


class Done(NamedTuple):
    """What became of a command."""

    exit_code: int
    stdout: str
    stderr: str


def run(hidden: str, *commands: Sequence[str], path: Path | None = None) -> list[Done]:
    """Run commands in a process in which a package cannot be imported.

    Args:
        path: A folder with further packages.
    """
    head = f"import sys; sys.path.append({str(path)!r})\n" if path else ""
    asked = [sys.executable, "-c", head + RUN, json.dumps(commands)]
    environment = {**os.environ, "HIDDEN": hidden}
    printed = subprocess.run(
        asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert printed.returncode == 0, printed.stderr
    return [Done(*json.loads(line)) for line in printed.stdout.splitlines()]


def lines(help: str) -> Mapping[str, str]:
    """Command → its line."""
    listed = help.partition("Commands:\n")[2].splitlines()
    return {name: line.strip() for name, _, line in (one.strip().partition("  ") for one in listed)}


@pytest.mark.parametrize("room", ROOMS)
def test_without_a_kind_the_help_lists_what_it_lacks(room: str) -> None:
    """Its commands are unavailable, say why when they are called, and stop no other."""
    own = COMMANDS.get(room, set())
    help, *called = run(f"pitlive.{room}", ["--help"], *([name, "--seed", "1"] for name in own))
    assert (help.exit_code, help.stderr) == (0, "")
    unavailable = {name for name, line in lines(help.stdout).items() if line == "(unavailable)"}
    assert unavailable == own
    assert lines(help.stdout)["feed"] == "Send a file of entries to a source, at any speed."
    for done in called:
        assert done.exit_code == 1
        assert f": cannot be loaded (pitlive.{room}." in done.stderr
        assert "(hidden)" in done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_without_a_kind_the_declarations_of_the_others_are_checked(
    room: str, tmp_path: Path
) -> None:
    """Its own are refused at the place of their kind, with the kinds that there are."""
    for kind, text in DECLARATIONS.items():
        (tmp_path / f"{kind}.toml").write_text(text)
    files = [str(tmp_path / f"{kind}.toml") for kind in DECLARATIONS]
    found = run(f"pitlive.{room}", *(["check", file] for file in files))
    for (kind, summary), file, done in zip(SUMMARIES.items(), files, found, strict=True):
        if kind == ROOMS[room]:
            others = ", ".join(sorted({*SUMMARIES} - {kind}))
            assert done.stderr == f"{file}:1:8: kind: got '{kind}', want one of {others}\n"
            assert done.exit_code == 2
        else:
            assert (done.exit_code, done.stdout) == (0, f"{file}: {summary}\n")


@pytest.mark.parametrize("room", ROOMS)
def test_without_a_kind_the_sources_of_the_others_are_fed(
    room: str, server: Stack, source: str, tmp_path: Path
) -> None:
    """And what is fed to one of its own is sent as it stands, which is said."""
    kind = "declared" if room == "race" else "race"
    entry = {"type": "score", "uid": "a", "points": 7} if room == "race" else {"type": "lap"}
    entry |= {"at_ms": 1000} | ({} if room == "race" else {"car": "7", "lap": 1})
    (tmp_path / "a.jsonl").write_text(json.dumps(entry) + "\n")
    (tmp_path / "a.toml").write_text(DECLARATIONS[kind])
    own = f"{source}-own"
    httpx.put(f"{server.url}/api/v1/sources/{own}", json=_declared(ROOMS[room])).raise_for_status()
    (tmp_path / "b.jsonl").write_text("\n")

    to = ["--url", server.url, "--data-dir", str(tmp_path)]
    fed, listed, unread = run(
        f"pitlive.{room}",
        ["feed", str(tmp_path / "a.jsonl"), "--source", source, *to],
        ["list", "--json", "--url", server.url],
        ["feed", str(tmp_path / "b.jsonl"), "--source", own, *to],
    )
    assert fed.exit_code == 0, fed.stderr
    assert f"{source}: 1 accepted, 0 repeats, 0 refused" in fed.stdout
    sources = {one["source"]: one["kind"] for one in map(json.loads, listed.stdout.splitlines())}
    assert (sources[source], sources[own]) == (kind, ROOMS[room])
    assert unread.exit_code == 0, unread.stderr
    assert f"kind {ROOMS[room]}: cannot be loaded (pitlive.{room}." in unread.stderr


def _declared(kind: str) -> object:
    """A declaration as JSON."""
    return tomllib.loads(DECLARATIONS[kind])


def test_a_feed_that_cannot_be_loaded_is_named() -> None:
    """With the reason, when it is asked for."""
    (done,) = run("pitlive.race", ["feed", "x", "--from", "nascar", "--source", "x"])
    assert done.exit_code == 1
    assert (
        "nascar cannot be loaded (pitlive.race.feeds.nascar: ModuleNotFoundError: " in done.stderr
    )


TIDES = """
import click
from pitlive.cli.terminal import Terminal
from pitlive.feeds.facts import NewestFacts

@click.command(short_help="Follow the tides of a harbour.")
def tides():
    click.echo("high")

class Gauge:
    DOCUMENTS = ()

    class Feed:
        spec = {"kind": "declared", "entries": {"level": {"fields": {"cm": "integer"}}}}

        def __init__(self):
            self.facts = NewestFacts()

        def accept(self, name, document, /):
            for gauge, cm in document.items():
                yield from self.facts.report(gauge, {"type": "level", "cm": cm, "at_ms": 1})
"""

POINTS = """
[pitlive.commands]
tides = tides:tides
ebb = tides:ebb
up = tides:tides

[pitlive.feeds]
gauge = tides:Gauge
buoy = tides:Terminal
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with another package, as an installer leaves it."""
    describe(tmp_path, "tides", points=POINTS)
    (tmp_path / "tides.py").write_text(textwrap.dedent(TIDES))
    return tmp_path


def test_another_package_brings_commands(package: Path) -> None:
    """Listed after ours, of which none can be taken away; what is broken is named."""
    asked = [["--help"], ["tides"], ["ebb"], ["up", "--help"], ["up of tides"]]
    help, tides, ebb, up, taken = run("none", *asked, path=package)
    listed = lines(help.stdout)
    assert listed["tides"] == "Follow the tides of a harbour."
    assert (listed["ebb"], listed["up of tides"]) == ("(unavailable)", "(unavailable)")
    assert tides.stdout == "high\n"
    assert "ebb: cannot be loaded (tides:ebb: AttributeError: " in ebb.stderr
    assert up.stdout.startswith("Usage: pitlive up")
    assert "want a name that no other package uses" in taken.stderr


def test_another_package_brings_a_feed(server: Stack, source: str, package: Path) -> None:
    """It is fed and declared as ours are; one that is none is named."""
    (package / "levels.jsonl").write_text('{"dover": 412, "calais": 397}\n{"dover": 412}\n')
    file = str(package / "levels.jsonl")
    to = ["--source", source, "--url", server.url, "--data-dir", str(package)]
    fed, buoy = run(
        "none",
        ["feed", file, "--from", "gauge", *to],
        ["feed", file, "--from", "buoy", *to],
        path=package,
    )
    assert fed.exit_code == 0, fed.stderr
    assert f"{source}: 2 accepted, 0 repeats, 0 refused" in fed.stdout
    assert "from: buoy cannot be loaded (tides:Terminal: got " in buoy.stderr
    assert "want DOCUMENTS and Feed, as pitlive.feeds.live.Format has them" in buoy.stderr
