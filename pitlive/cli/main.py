"""The `pitlive` command: a group that imports a subcommand only when it is asked for.

So `pitlive --help` is instant, and `pitlive feed` loads neither gevent nor Flask.
To add a command: an entry point (`pitlive.cli.commands`), then `python -m pitlive.cli.reference`
to bring `docs/cli.md` up to date.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import click

from pitlive import __version__
from pitlive.cli.commands import command_of, commands, line
from pitlive.cli.installed import refuse_a_mixture
from pitlive.errors import PitLiveError


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of the help."""
        return [*commands()]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; None where there is no such."""
        return command_of(cmd_name)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing ours."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line(name)) for name in commands()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the world's fault is one line on stderr and exit code 1."""
        if os.getpid() == 1:  # of a container: the kernel ignores what has no handler
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            refuse_a_mixture()
            return super().invoke(ctx)
        except PitLiveError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="pitlive %(version)s")
def main() -> None:
    """Follow live things and keep every screen right.

    \b
    Begin with
      pitlive up                     everything, with made-up data, on one address
      pitlive feed race.jsonl.gz --source bristol --speed 20x
      pitlive watch bristol
    """


if __name__ == "__main__":
    main()
