"""The `pitlive` command: a group that imports a subcommand only when it is asked for.

So `pitlive --help` is instant, and `pitlive feed` loads neither gevent nor Flask.
To add a command: one line in `COMMANDS`, then `python -m pitlive.cli.reference`
to bring `docs/cli.md` up to date.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any, NamedTuple

import click

from pitlive import __version__
from pitlive.errors import PitLiveError


class Lazy(NamedTuple):
    """Where a command lives (`module:attribute`) and its line in `pitlive --help`."""

    where: str
    line: str


COMMANDS: dict[str, Lazy] = {
    "up": Lazy("pitlive.cli.up:up", "Start everything on this machine: Redis, engine, web."),
    "down": Lazy("pitlive.cli.down:down", "Stop what `pitlive up` started."),
    "web": Lazy("pitlive.cli.web:web", "Serve HTTP and the streams."),
    "engine": Lazy("pitlive.cli.engine:engine", "Fold entries into figures and publish them."),
    "courier": Lazy("pitlive.cli.courier:courier", "Deliver what webhooks have to tell."),
    "feed": Lazy("pitlive.cli.feed:feed", "Send a file of entries to a source, at any speed."),
    "simulate": Lazy("pitlive.race.edge.simulate:simulate", "Make up a race: to a file, or live."),
    "demo": Lazy("pitlive.cli.demo:demo", "Feed an example app with made-up data."),
    "election": Lazy(
        "pitlive.arithmospora.edge.commands:election",
        "Follow an Arithmospora programme of live figures.",
    ),
    "list": Lazy("pitlive.cli.list:list_sources", "List the sources of a server."),
    "watch": Lazy("pitlive.cli.watch:watch", "Follow a source in the terminal."),
    "webhooks": Lazy("pitlive.cli.webhooks:webhooks", "List what webhooks told, or tell it again."),
    "verify": Lazy("pitlive.cli.verify:verify", "Check that what is kept is what was accepted."),
    "repair": Lazy("pitlive.cli.repair:repair", "Set a damaged record of a log aside."),
    "check": Lazy("pitlive.cli.check:check", "Say what is wrong in a declaration, and where."),
    "declare": Lazy("pitlive.cli.declare:declare", "Declare a source, or change its declaration."),
    "delete": Lazy("pitlive.cli.delete:delete", "Delete a source with all that belongs to it."),
    "history": Lazy("pitlive.race.edge.history:history", "Keep past seasons, and learn from them."),
    "backtest": Lazy("pitlive.race.edge.backtest:backtest", "Score forecasts on past races."),
    "operator": Lazy("pitlive.cli.operator:operator", "Manage who may log in and write."),
    "completion": Lazy("pitlive.cli.completion:completion", "Print the completion of a shell."),
}
"""Every subcommand, in the order of `pitlive --help`."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of `COMMANDS`."""
        return [*COMMANDS]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; None where there is no such."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].where.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.line) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the world's fault is one line on stderr and exit code 1."""
        if os.getpid() == 1:  # of a container: the kernel ignores what has no handler
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            return super().invoke(ctx)
        except PitLiveError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="pitlive %(version)s")
def main() -> None:
    """Follow live things and keep every screen right.

    \b
    Begin with
      pitlive up                     everything, with a simulated race, on one address
      pitlive feed race.jsonl.gz --source bristol --speed 20x
      pitlive watch bristol
    """


if __name__ == "__main__":
    main()
