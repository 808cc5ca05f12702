"""`pitlive operator`: who may write."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pitlive import operators
from pitlive.errors import SettingsError
from pitlive.settings import load

_file = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file of operators; default: the setting operators_file.",
)


@click.group(short_help="Manage who may log in and write.")
def operator() -> None:
    """Add, list and remove operators, the people who may enter pit reports."""


@operator.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@_file
def add(name: str, password_stdin: bool, file: Path | None) -> None:
    """Add the operator NAME, or give NAME a new password."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask()
    operators.add(_path(file), name, password)
    click.echo(f"{name} may log in.")


@operator.command("list")
@_file
def list_operators(file: Path | None) -> None:
    """Print the names of the operators, one a line."""
    path = _path(file)
    if not path.exists():
        raise SettingsError(
            f"operators_file: {path} is not there, want one that is "
            "(`pitlive operator add NAME` makes it)"
        )
    for name in operators.load(path):
        click.echo(name)


@operator.command()
@click.argument("name")
@_file
def remove(name: str, file: Path | None) -> None:
    """Remove the operator NAME."""
    operators.remove(_path(file), name)
    click.echo(f"{name} is removed.")


def _ask() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _path(file: Path | None) -> Path:
    """The file given, else the one set."""
    if path := file or load().operators_file:
        return path.expanduser()
    raise SettingsError(
        "operators_file: not set, want --file PATH, or PITLIVE_OPERATORS_FILE in the environment"
    )
