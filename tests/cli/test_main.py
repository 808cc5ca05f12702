"""The group of commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pitlive import __version__
from pitlive.cli.commands import commands, line
from pitlive.cli.main import main

HEAVY = ("gevent", "flask", "redis", "pandas", "supervisor")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["feed", "--help"], ["feed", "no-such-file", "--source", "x"]]
)
def test_feeding_loads_neither_server_nor_store(arguments: list[str]) -> None:
    """A command imports what it needs and nothing of the others."""
    code = (
        "import sys; from pitlive.cli.main import main\n"
        f"try: main(args={arguments!r})\n"
        "except SystemExit: pass\n"
        f"print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == ""


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_with_its_options(name: str) -> None:
    """It can be imported, and says what it does."""
    done = CliRunner().invoke(main, [name, "--help"], prog_name="pitlive")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: pitlive {name}")
    assert len(done.output.splitlines()) > 4


def test_an_unknown_command_is_wrong_usage() -> None:
    """Exit code 2, and what was not understood."""
    done = CliRunner().invoke(main, ["fly"])
    assert done.exit_code == 2
    assert "'fly'" in done.stderr


def test_the_world_s_fault_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    """No traceback: where, what was there, and what would do."""
    done = CliRunner().invoke(main, ["feed", str(tmp_path / "none"), "--source", "x"])
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "want a file" in line


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    """`list` does not wait for one."""
    done = CliRunner().invoke(main, ["list", "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 1
    assert "want a running PitLive" in done.stderr


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://[::1"])
def test_a_url_that_is_none_is_said(url: str) -> None:
    """At once, not after asking again for ever."""
    done = CliRunner().invoke(main, ["list", "--url", url])
    assert done.exit_code == 1
    assert "url: " in done.stderr


@pytest.mark.parametrize("name", ["Bristol", "a/b", "../x", "", "a\n"])
def test_a_name_that_no_source_can_have_is_wrong_usage(name: str) -> None:
    """It would become part of a URL."""
    for command in (["simulate", "--source", name], ["watch", "--", name]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 2, done.output
        assert "want 1 to 64 small letters" in done.stderr


def test_the_version_is_the_package_s() -> None:
    """One place says it."""
    assert CliRunner().invoke(main, ["--version"]).output == f"pitlive {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str) -> None:
    """The script calls our program back for the words."""
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0, done.output
    assert "_PITLIVE_COMPLETE" in done.output


def test_completion_knows_the_commands() -> None:
    """What the script calls back for."""
    words = {"COMP_WORDS": "pitlive si", "COMP_CWORD": "1", "_PITLIVE_COMPLETE": "bash_complete"}
    done = CliRunner().invoke(main, [], env=words, prog_name="pitlive")
    assert done.output == "plain,simulate\n"


def test_a_group_lists_its_commands_without_importing_them() -> None:
    """The lines are read from their sources, so the help is instant."""
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(line(name) in output for name in commands())
    assert isinstance(main, click.Group)


@pytest.mark.parametrize("folder", ["file", "file/below", "100%"])
def test_a_data_dir_that_cannot_be_one_is_said(tmp_path: Path, folder: str) -> None:
    """In one line, before anything is started."""
    (tmp_path / "file").touch()
    options = ["--no-feed", "--port", "0", "--data-dir", str(tmp_path / folder)]
    done = CliRunner().invoke(main, ["up", *options])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: data_dir: got {tmp_path / folder}")
    assert ", want " in done.output


@pytest.mark.parametrize("url", ["redis.example", "redis://:secret@host:port", "http://host"])
def test_a_redis_url_that_is_none_is_said_without_it(url: str, tmp_path: Path) -> None:
    """There may be a password in it."""
    options = ["--no-feed", "--redis-url", url, "--data-dir", str(tmp_path)]
    done = CliRunner().invoke(main, ["up", *options])
    assert done.exit_code == 1
    assert done.output.startswith("Error: redis_url: got what is no URL")
    assert "secret" not in done.output


def test_a_file_is_not_repaired_of_a_redis_elsewhere() -> None:
    """It would be another file than the one that is meant."""
    told = CliRunner().invoke(main, ["repair", "--file", "--redis-url", "redis://elsewhere:6379/0"])
    assert told.exit_code == 2
    assert "--file: got --redis-url as well" in told.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--speed", "abc"], "'--speed': got 'abc', want a multiple of real time"),
        (["--speed", "0x"], "'--speed': got '0x', want a multiple of real time"),
        (["--source", "A B"], "'--source': got 'A B', want 1 to 64 small letters"),
        (["--data-dir", ""], "'--data-dir': got '', want a folder"),
        (["--declare", "empty.csv"], "empty.csv: line 1: got nothing, want a header"),
    ],
)
def test_what_cannot_be_fed_is_refused_before_anything_starts(
    given: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, instead of a feed that fails again and again."""
    (tmp_path / "empty.csv").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PITLIVE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PITLIVE_REDIS_URL", "unix:///nowhere")  # so that it would end all the same
    done = CliRunner().invoke(main, ["up", "--port", "0", *given])
    assert done.exit_code in (1, 2)
    assert said in done.stderr.splitlines()[-1]
    assert not (tmp_path / "data").exists()
