"""`pitlive check`: a declaration → what is wrong in it, by line and column."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from pitlive.messages import Json

WRONG = 2
"""Exit code where something is wrong in the declaration."""


@click.command(short_help="Say what is wrong in a declaration, and where.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of declarations instead.")
@click.option("--kind", help="With --schema: of this kind.  [default: those that may name files]")
def check(file: Path | None, schema: bool, kind: str | None) -> None:
    """Check the declaration of a source in FILE, TOML or JSON; see docs/sources.md.

    Every problem is one line, `file:line:column: place: got …, want …`, and the exit code
    is 2. If there is none, a summary is printed.

    \b
    Examples
      pitlive check scores.toml
      pitlive check --schema > declaration.schema.json
      pitlive check --schema --kind race
    """
    if kind is not None and not schema:
        raise click.UsageError("--kind: want it with --schema; a declaration names its own kind")
    if schema:
        click.echo(json.dumps(_schema(kind), indent=2))
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

    >>> summary({"kind": "declared", "entries": {"score": {}}, "stats": [{"name": "n"}]})
    'right; entries: score; 1 stat, each a channel: n'
    """
    from pitlive.kind import meant

    return f"right; {meant(declared).summary(declared)}"


def _schema(name: str | None) -> Mapping[str, Json]:
    """The JSON Schema of declarations of a kind, or of the first that files may say more of."""
    from pitlive.kind import kinds

    known = ", ".join(sorted(kinds()))
    if name is not None and name not in kinds():
        raise click.UsageError(f"--kind: got {name!r}, want one of {known}")
    asked = [kinds()[name]] if name is not None else kinds().values()
    for kind in asked:
        if (schema := kind.file_schema()) is not None:
            return schema
    if name is None:
        raise click.UsageError(f"--kind: got nothing, want one of {known}")
    schemas = kinds()[name].schemas()
    found = dict(schemas.definitions)
    written = json.dumps({**found.pop(schemas.declaration), "$defs": found})
    local: Mapping[str, Json] = json.loads(written.replace("#/components/schemas/", "#/$defs/"))
    return local
