"""What `pitlive up` feeds: a file, a simulated race, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from pitlive.cli.supervise import Part
from pitlive.declared.edge import proposal
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
        page: Which page shows it.
    """

    source: str
    what: str
    command: list[str]
    page: str = "race"

    def part(self, url: str) -> Part:
        """The process that feeds the server at `url`."""
        return Part("feed", leashed([*self.command, "--url", url]), 40, stop_s=5, once=True)


def from_file(file: Path, source: str | None, speed: str) -> Feeding:
    """Feed a file to the source named, or to one named after the file."""
    name = source or source_name(file)
    command = module("pitlive", "feed", str(file.absolute()), "--source", name, "--speed", speed)
    return Feeding(name, f"{file.name} at {speed}", command)


def declared(file: Path, source: str | None, speed: str) -> Feeding:
    """Feed a table to a source that is declared by what the table shows."""
    name = source or proposal.source_name(file)
    command = module("pitlive", "feed", str(file.absolute()), "--declare", "--source", name)
    command += ["--speed", speed]
    return Feeding(name, f"{file.name} at {speed}, as it declares itself", command, page="source")


def demo(url: str, source: str | None, speed: str) -> Feeding:
    """Feed a simulated race: go on with the last one, or begin anew when that has finished."""
    number = 1 if source else next(n for n in count(1) if not _finished(url, _name(n)))
    name = source or _name(number)
    told = ["--source", name, "--seed", str(number), "--speed", speed]
    command = module("pitlive", "simulate", *told)
    return Feeding(name, f"a simulated race at {speed}", command)


def of_app(app: str, source: str | None, speed: str) -> Feeding:
    """Feed an example app with its sample data."""
    name = source or app
    command = module("pitlive", "demo", app, "--source", name, "--speed", speed)
    return Feeding(name, f"made-up data of {app} at {speed}", command, page="source")


def source_name(file: Path) -> str:
    """Name a source after the folder and the file that it comes from.

    >>> source_name(Path("data/main_race/Events.jsonl.gz"))
    'main_race-events'
    """
    text = f"{file.absolute().parent.name}-{file.name.partition('.')[0]}".lower()
    return re.sub(r"[^a-z0-9_]+", "-", text).strip("-_")[-64:].strip("-_") or "race"


def _name(number: int) -> str:
    return "demo" if number == 1 else f"demo-{number}"


def _finished(url: str, source: str) -> bool:
    """Whether the server has that race, run to its end."""
    answer = httpx.get(f"{url}/api/v1/sources/{source}/state", params={"channels": "race"})
    if answer.status_code != 200:
        return False
    return bool(answer.json()["channels"].get("race", {}).get("status") == "finished")
