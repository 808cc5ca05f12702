"""What `pitlive up` feeds: a file, an example app, or what the default kind makes up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from pitlive import apps
from pitlive.cli import beside, proposal
from pitlive.cli.supervise import Part
from pitlive.cli.terminal import Terminal, terminal_of
from pitlive.kind import page_of
from pitlive.processes import leashed, module

SPEED = "20x"
"""Of what has a clock of its own, where nothing is asked for: a race in ten minutes."""


@dataclass(frozen=True, slots=True)
class Feeding:
    """A feed to start beside the server.

    Attributes:
        source: The source it feeds.
        what: How a person would call it.
        command: Its command line, up to where the server is.
        page: Path of the page that shows it; empty where none does.
    """

    source: str
    what: str
    command: list[str]
    page: str

    def part(self, url: str) -> Part:
        """The process that feeds the server at `url`."""
        return Part("feed", leashed([*self.command, "--url", url]), 40, stop_s=5, once=True)


def from_file(file: Path, source: str | None, speed: str) -> Feeding:
    """Feed a file to the source named, or to one named after the file.

    Raises:
        BadFile: The declaration beside it cannot be read.
        WrongDeclaration: Something in it cannot be taken.
    """
    name = source or source_name(file)
    command = module("pitlive", "feed", str(file.absolute()), "--source", name, "--speed", speed)
    shown = page_of(beside.declaration(str(file)) or {}, name)
    return Feeding(name, f"{file.name} at {speed}", command, shown)


def declared(file: Path, source: str | None, speed: str) -> Feeding:
    """Feed a table to a source that is declared by what the table shows.

    Raises:
        BadFile: No kind proposes declarations.
    """
    name = source or proposal.source_name(file)
    command = module("pitlive", "feed", str(file.absolute()), "--declare", "--source", name)
    command += ["--speed", speed]
    shown = page_of({"kind": proposal.proposing_kind()}, name)
    return Feeding(name, f"{file.name} at {speed}, as it declares itself", command, shown)


def demo(url: str, source: str | None, speed: str) -> Feeding | None:
    """Feed what the default kind makes up, None if it makes up nothing.

    It goes on with the last one, or begins anew when that is over.
    """
    terminal = terminal_of({})
    if not terminal.demo:
        return None
    number = 1 if source else next(n for n in count(1) if not _is_over(terminal, url, _name(n)))
    name = source or _name(number)
    arguments = ["--source", name, "--seed", str(number), "--speed", speed]
    command = module("pitlive", *terminal.demo, *arguments)
    return Feeding(name, f"{terminal.demo_title} at {speed}", command, page_of({}, name))


def of_app(app: str, source: str | None, speed: str) -> Feeding:
    """Feed an example app with its sample data."""
    name = source or app
    command = module("pitlive", "demo", app, "--source", name, "--speed", speed)
    shown = page_of(apps.declaration(app), name)
    return Feeding(name, f"made-up data of {app} at {speed}", command, shown)


def source_name(file: Path) -> str:
    """Name a source after the folder and the file that it comes from.

    >>> source_name(Path("data/main_race/Events.jsonl.gz"))
    'main_race-events'
    """
    text = f"{file.absolute().parent.name}-{file.name.partition('.')[0]}".lower()
    return re.sub(r"[^a-z0-9_]+", "-", text).strip("-_")[-64:].strip("-_") or "fed"


def _name(number: int) -> str:
    return "demo" if number == 1 else f"demo-{number}"


def _is_over(terminal: Terminal, url: str, source: str) -> bool:
    """Whether the server has that source, run to its end."""
    asked = {"channels": ",".join(terminal.watched)}
    answer = httpx.get(f"{url}/api/v1/sources/{source}/state", params=asked)
    return answer.status_code == 200 and terminal.is_over(answer.json()["channels"])
