"""`docs/cli.md`, written from the commands themselves.

    python -m pitlive.cli.reference > docs/cli.md

A test compares the two, so the page cannot go stale.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from pitlive.cli.main import main

WIDTH = 88
"""Columns of the help texts, whatever the terminal that asks."""

HEAD = """# Commands

<!-- Written by `python -m pitlive.cli.reference > docs/cli.md`; edit the commands instead. -->

Exit codes: 0 done; 1 something was refused or went wrong, said in one line on stderr; 2 wrong
usage, or a wrong declaration; 130 stopped by Ctrl-C, 143 a feed by SIGTERM. Settings come from
the environment and `pitlive.toml`, see [operations.md](operations.md); what files `feed` reads,
see [feeds.md](feeds.md)."""


def page() -> str:
    """Return the page as Markdown."""
    sections = (
        f"## {name}\n\n```text\n{text}\n```" for name, text in _helps("pitlive", main, None)
    )
    return "\n\n".join([HEAD, *sections]) + "\n"


def _helps(
    name: str, command: click.Command, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    """Name and help of a command and of those below it."""
    context = click.Context(
        command,
        parent,
        info_name=name.rpartition(" ")[2],
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            if (found := command.get_command(context, below)) is not None:
                yield from _helps(f"{name} {below}", found, context)


if __name__ == "__main__":
    click.echo(page(), nl=False)
