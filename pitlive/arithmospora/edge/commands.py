"""`pitlive election`: the figures of an Arithmospora programme → sources."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import INTERRUPTED
from pitlive.errors import BadFile
from pitlive.messages import SOURCE_NAME

if TYPE_CHECKING:
    from pitlive.arithmospora.feed.configuration import Programme


@click.command(short_help="Follow an Arithmospora programme of live figures.")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--source", "only", multiple=True, help="Only this source of it; may be repeated.")
@options.url
@options.user
def election(config: Path, only: Sequence[str], url: str, user: str | None) -> None:
    """Follow the Arithmospora programme that CONFIG, its own TOML, is about.

    Its Redis is read as it is, and never written to: every stat in one step with its data
    points, at its updates and every two minutes. Whoever fills that Redis changes nothing;
    browsers find each source at /SOURCE. Runs until stopped, if any of them is live.

    \b
    Example
      pitlive election /etc/arithmospora.conf
    """
    from pitlive.arithmospora.edge.following import Following
    from pitlive.cli.connection import Server

    def say(text: str) -> None:
        click.echo(text, err=True)

    programme = _chosen(_read(config), only)
    for source in programme.sources:
        live = "live" if source.is_live else "archived"
        say(f"{source.name}: {len(source.stats)} stats, {live}; {url.rstrip('/')}/{source.name}")
        for skipped in source.skipped:
            say(skipped)
    try:
        with Server(url, user, None, say) as server:
            Following(programme, server, say).run()
    except KeyboardInterrupt:  # the usual way to end it
        sys.exit(INTERRUPTED)


def _read(config: Path) -> Programme:
    from pitlive.arithmospora.feed import configuration

    try:
        text = config.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{config}: {error}, want a TOML file in UTF-8") from None
    return configuration.read(text, str(config))


def _chosen(programme: Programme, only: Sequence[str]) -> Programme:
    """The sources that are asked for, all by default, if they can be called so here."""
    names = [source.name for source in programme.sources]
    for name in only:
        if name not in names:
            raise BadFile(f"source: got {name!r}, want one of {', '.join(names)}")
    chosen = tuple(source for source in programme.sources if not only or source.name in only)
    for source in chosen:
        if not re.fullmatch(SOURCE_NAME, source.name):
            raise BadFile(f"name: got {source.name!r}, want a name matching {SOURCE_NAME}")
    return replace(programme, sources=chosen)
