"""Who may write: what the file of operators promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pitlive import operators
from pitlive.cli.main import main
from pitlive.errors import BadFile, SettingsError

PASSWORD = "box this lap"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of operators that is not there yet."""
    return tmp_path / "config" / "operators"


def run(*words: str, told: str = "") -> str:
    """Run `pitlive operator` and return what it printed."""
    result = CliRunner().invoke(main, ["operator", *words], input=told)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_operator_who_was_added_may_log_in_with_that_password_only(file: Path) -> None:
    """The name and its own password, nothing else."""
    operators.add(file, "anna", PASSWORD)
    hashes = operators.load(file)

    assert operators.verify(hashes, "anna", PASSWORD)
    assert not operators.verify(hashes, "anna", PASSWORD + " ")
    assert not operators.verify(hashes, "ben", PASSWORD)


def test_a_new_password_replaces_the_old_one_and_leaves_the_others(file: Path) -> None:
    """One line per name."""
    operators.add(file, "ben", PASSWORD)
    operators.add(file, "anna", "an old password")
    operators.add(file, "anna", PASSWORD)
    hashes = operators.load(file)

    assert list(hashes) == ["ben", "anna"]
    assert not operators.verify(hashes, "anna", "an old password")


def test_the_file_is_for_its_owner_alone_and_holds_no_password(file: Path) -> None:
    """Mode 600, hashes only."""
    operators.add(file, "anna", PASSWORD)

    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in file.read_text()
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_a_line_that_is_no_operator_is_named(file: Path) -> None:
    """A file that was damaged lets nobody in by accident."""
    operators.add(file, "anna", PASSWORD)
    with file.open("a") as opened:
        opened.write("# a remark\n\nben:plain text\n")

    with pytest.raises(BadFile, match="line 4: got 'ben'"):
        operators.load(file)


@pytest.mark.parametrize("name", ["", "a:b", "two\nlines", "-x", "ä", "x" * 65])
def test_a_name_that_would_break_the_file_is_refused(file: Path, name: str) -> None:
    """Nothing but plain names gets into it."""
    with pytest.raises(SettingsError, match="name: got"):
        operators.add(file, name, PASSWORD)
    assert not file.exists()


def test_a_short_password_is_refused(file: Path) -> None:
    """Seven characters are not enough."""
    with pytest.raises(SettingsError, match="want at least 8"):
        operators.add(file, "anna", "1234567")


def test_the_command_adds_lists_and_removes(file: Path) -> None:
    """`pitlive operator` does by hand what the module does."""
    run("add", "anna", "--file", str(file), told=f"{PASSWORD}\n{PASSWORD}\n")
    run("add", "ben", "--password-stdin", "--file", str(file), told=f"{PASSWORD}\n")
    assert run("list", "--file", str(file)) == "anna\nben\n"

    run("remove", "anna", "--file", str(file))
    assert run("list", "--file", str(file)) == "ben\n"
    assert operators.verify(operators.load(file), "ben", PASSWORD)


def test_removing_a_stranger_names_those_who_are_there(file: Path) -> None:
    """An error says what would do."""
    operators.add(file, "anna", PASSWORD)
    with pytest.raises(SettingsError, match="got 'ben', want one of anna"):
        operators.remove(file, "ben")


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    """A typing error is not a file of nobody."""
    done = CliRunner().invoke(main, ["operator", "list", "--file", str(file)])
    assert done.exit_code == 1
    assert f"operators_file: {file} is not there, want" in done.stderr
