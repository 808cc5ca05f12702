"""The commands of the README work as they are written there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import httpx
import pytest

from pitlive.cli.main import main
from tests.conftest import ROOT
from tests.stack import Stack, wait_for

README = (ROOT / "README.md").read_text()
PITLIVE = ".venv/bin/pitlive"
ADDRESS = "http://127.0.0.1:8000"


def commands() -> Iterator[list[str]]:
    """Every command of the README, by its words: those of shell blocks, and those within a line."""
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        yield from map(shlex.split, block.replace("\\\n", " ").splitlines())
    text = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    for quoted in re.findall(r"`([^`\n]+)`", text):
        if " " in quoted and re.match(r"make|curl|\S*pitlive", quoted):
            yield shlex.split(quoted)


def of(program: str) -> list[list[str]]:
    """The arguments of every command of a program."""
    return [words for program_, *words in commands() if program_ == program]


def test_every_command_is_of_a_program_that_is_there() -> None:
    """What `make start` needs and sets up, and curl."""
    assert {words[0] for words in commands()} == {"make", "curl", PITLIVE}
    assert Path(sys.executable).with_name("pitlive").exists()


@pytest.mark.parametrize("words", of("make"), ids=" ".join)
def test_every_target_is_there(words: list[str]) -> None:
    """With its variables, each of which the Makefile knows."""
    told = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    variables = [word.partition("=")[0] for word in words if "=" in word]
    makefile = (ROOT / "Makefile").read_text()

    assert told.returncode == 0, told.stderr
    assert [name for name in variables if f"$({name})" not in makefile] == []


@pytest.mark.parametrize("words", of(PITLIVE), ids=" ".join)
def test_every_option_is_taken(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files named are there, as they are with whoever types it."""
    monkeypatch.chdir(tmp_path)
    for name in ("FILE", "scores.csv", "scores.toml"):
        (tmp_path / name).touch()
    command, path, words = main, "pitlive", list(words)
    while isinstance(command, click.Group) and words[0] != "--help":
        found = command.get_command(click.Context(command), words[0])
        assert found, f"{path}: got {words[0]}, want a command"
        command, path = found, f"{path} {words.pop(0)}"
    with suppress(click.exceptions.Exit):  # what --help does
        command.make_context(path, words)


def test_every_request_is_answered(server: Stack) -> None:
    """An entry is taken, and a program that follows hears of it."""
    posting, following = (options(words) for words in of("curl"))
    answer = httpx.post(
        posting["url"].replace(ADDRESS, server.url),
        content=posting["-d"],
        headers=[posting["-H"].split(": ")],
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)

    def is_heard() -> bool:
        """A worker that hears late may ask to come back: then the stream ends without it."""
        with httpx.stream("GET", following["url"].replace(ADDRESS, server.url)) as stream:
            return any('"24":' in line for line in stream.iter_lines())

    wait_for(is_heard, "word of the entry", server)


def options(words: list[str]) -> dict[str, str]:
    """The options of a curl by name, and its `url`."""
    given, rest = {"url": ""}, iter(words)
    for word in rest:
        if word in ("-H", "-d"):
            given[word] = next(rest)
        elif word != "-N":
            given["url"] = word
    return given
