"""`--declare`: what a table shows → a declaration, said, and if wanted saved beside it."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import click
import tomli_w

from pitlive.cli import recording
from pitlive.cli.beside import stem
from pitlive.cli.terminal import terminals
from pitlive.errors import BadFile
from pitlive.feeds.lines import LineRefused
from pitlive.feeds.sheet import sheet
from pitlive.messages import Json

MOST = 1_000_000
"""Rows that are judged by: about 1 GB of memory. What comes after them may be refused."""


def made(file: str, *, save: bool) -> dict[str, Json]:
    """Propose a declaration for a table, print what was decided and why, and return it.

    Raises:
        BadFile: It is no table, no kind proposes any, or there is a file already where it is
            to be saved.
    """
    if file == "-":
        raise BadFile("--declare: got standard input, want a file, which can be read twice")
    path = stem(Path(file))
    header(file)
    with recording.text(file) as lines:
        table = sheet(lines)
        rows = [row.cells for row in islice(table.rows, MOST) if not isinstance(row, LineRefused)]
    proposal = terminals()[proposing_kind()].propose(path.name, table.header, rows)
    for line in proposal.why:
        click.echo(f"  {line}")
    if save:
        _save(path.with_name(f"{path.name}.toml"), proposal.declared)
    else:
        click.echo(f"  --save writes it to {path.name}.toml, to be edited")
    return proposal.declared


def proposing_kind() -> str:
    """Return the name of the first kind that proposes declarations.

    Raises:
        BadFile: None that is installed does.

    >>> proposing_kind()
    'declared'
    """
    found = next((name for name, one in terminals().items() if one.proposes), None)
    if found is None:
        known = ", ".join(terminals()) or "none"
        raise BadFile(f"--declare: got kinds that propose nothing ({known}), want one that does")
    return found


def header(file: str) -> list[str]:
    """Return the names of the columns of a table.

    Raises:
        BadFile: It is no table, or has no names.
    """
    with recording.text(file) as lines:
        try:
            names = sheet(lines).header
        except BadFile as bad:
            raise BadFile(f"{file}: {bad}") from None
    if not any(names):
        raise BadFile(f"{file}: line 1: got no names, want a header of column names")
    return names


def source_name(file: Path) -> str:
    """Name a source after a file.

    >>> source_name(Path("data/Exam Scores 2020.csv.gz"))
    'exam-scores-2020'
    """
    text = stem(file).name.lower()
    return re.sub(r"[^a-z0-9_]+", "-", text).strip("-_")[:64].strip("-_") or "table"


def _save(path: Path, declared: dict[str, Json]) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(tomli_w.dumps(declared))
    except FileExistsError:
        raise BadFile(
            f"{path}: it is there already; want it fed as it is (without --declare), or removed"
        ) from None
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from None
    click.echo(f"  saved as {path}; `pitlive feed` reads it from there")
