"""Where a feed goes and how it is sent there: options that all commands share that feed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pitlive.cli import options

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and after SIGTERM, as shells have them."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and how to treat it.

    Attributes:
        url, user: The server, and who writes.
        give_up_s: How long to wait for it when it is away; None is for ever.
        data_dir: Folder of the bookmarks; None is the settings' one.
        from_start: Pay no heed to the bookmark.
        flush: Close what is open at the end.
    """

    url: str
    user: str | None = None
    give_up_s: float | None = None
    data_dir: Path | None = None
    from_start: bool = False
    flush: bool = True

    @staticmethod
    def say(text: str) -> None:
        """Tell whoever started the command."""
        click.echo(text, err=True)


_OPTIONS = (
    options.url,
    options.user,
    click.option(
        "--give-up", "give_up_s", type=options.Duration(), help="Server away: end. Default: wait."
    ),
    click.option("--data-dir", type=options.Folder(), help="Folder of the bookmark."),
    click.option("--from-start", is_flag=True, help="Send again what was acknowledged before."),
    click.option(
        "--flush/--no-flush", default=True, show_default=True, help="Close what is open at the end."
    ),
)


def target(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a target, and hand it one as `to`."""

    @functools.wraps(command)
    def with_target(**given: Any) -> None:
        own = {name: given.pop(name) for name in Target.__slots__}
        command(to=Target(**own), **given)

    for option in reversed(_OPTIONS):
        with_target = option(with_target)
    return with_target
