"""`pitlive check`: a declaration → what is wrong in it, by line and column."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pitlive.messages import Json

WRONG = 2
"""Exit code where something is wrong in the declaration."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of declarations instead.")
def check(file: Path | None, schema: bool) -> None:
    """Check the declaration of a source in FILE, TOML or JSON; see docs/sources.md.

    Every problem is one line, `file:line:column: place: got …, want …`, and the exit code
    is 2. If there is none, a summary is printed.

    \b
    Examples
      pitlive check scores.toml
      pitlive check --schema > declaration.schema.json
    """
    if schema:
        from pitlive.declared.schema import schema as written

        click.echo(json.dumps(written(files=True), indent=2))
        return
    if file is None:
        raise click.UsageError("FILE: got nothing, want a declaration, or --schema")
    click.echo(f"{file}: {summary(right(file))}")


def right(file: Path) -> dict[str, Json]:
    """Return the declaration in a file; if it is wrong, say so and exit."""
    from pitlive.cli.declaration import WrongDeclaration, load
    from pitlive.errors import BadFile

    try:
        return load(file)
    except WrongDeclaration as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(WRONG)
    except BadFile as bad:
        click.echo(f"Error: {bad}", err=True)
        sys.exit(1)


def summary(declared: dict[str, Json]) -> str:
    """Return what is declared, in a few words.

    >>> summary({"entries": {"score": {}}, "stats": [{"name": "n"}]})
    'right; entries: score; 1 stat, each a channel: n'
    """
    if declared.get("kind") == "table":
        return f"right; a table of {declared['rows']} rows and {len(declared['columns'])} columns"
    if "entries" not in declared:
        return "right; a race"
    names = [stat["name"] for stat in declared.get("stats", [])]
    stats = f"{len(names)} {'stat' if len(names) == 1 else 'stats'}"
    channels = f", each a channel: {', '.join(names)}" if names else ""
    return f"right; entries: {', '.join(declared['entries'])}; {stats}{channels}"
