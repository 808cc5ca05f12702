"""`pitlive up`: everything on this machine, on one address, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pitlive import apps
from pitlive.cli import beside, options, proposal
from pitlive.cli.running import running
from pitlive.cli.terminal import lacking
from pitlive.settings import Settings, load
from pitlive.store import features
from pitlive.store.client import connect, ping


@click.command(short_help="Start everything on this machine: Redis, engine, web.")
@click.option("--host", help="Address to bind to.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to bind to, 0 for any free one.  [default: 8000]")
@click.option("--workers", type=int, help="Web worker processes.  [default: 1]")
@click.option("--redis-url", help="A Redis or Valkey to use instead of the embedded one.")
@click.option("--data-dir", type=options.Folder(), help="Folder of all that is kept.")
@click.option(
    "--feed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Feed this file (JSONL or CSV, may be .gz).",
)
@click.option(
    "--declare",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Feed this CSV to a source that is declared by what it shows.",
)
@click.option("--demo", is_flag=True, help="Feed a made-up race, or what else is the default kind.")
@click.option("--app", type=click.Choice(apps.names()), help="Feed an example app instead.")
@click.option("--no-feed", is_flag=True, help="Feed nothing: entries come over HTTP.")
@click.option(
    "--source",
    type=options.SourceName(),
    help="Name of the source fed.  [default: demo, or from the file's name]",
)
@click.option(
    "--speed",
    type=options.WrittenSpeed(),
    help="Speed of the feed, or max.  [default: 20x; max with --declare]",
)
@click.option("--verbose", is_flag=True, help="Show the logs of all parts here too.")
def up(
    feed: Path | None,
    declare: Path | None,
    demo: bool,
    app: str | None,
    no_feed: bool,
    source: str | None,
    speed: str | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Start Redis, an engine, the web server and a feed; stop them all with Ctrl-C."""
    if sum(map(bool, (demo, no_feed, feed, declare, app))) > 1:
        raise click.UsageError(
            "--feed, --declare, --demo, --app, --no-feed: want at most one of them"
        )
    if declare:
        proposal.header(str(declare))
    if feed:
        beside.declaration(str(feed))
    settings = load(**given)
    if not (feed or declare or app or no_feed):
        settings = _open(settings)
    for doubt in filter(None, [lacking({}), *_doubts(settings)]):
        click.secho(doubt, fg="yellow", err=True)
    with running(settings, verbose) as run:
        run.wait_until_ready()
        if not run.stop.is_set():
            run.announce(None if no_feed else run.choose(feed, declare, app, source, speed), source)
        run.watch()


def _open(settings: Settings) -> Settings:
    """Take entries for any name, as who tries it out expects, unless it is set otherwise."""
    if "open_sources" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"open_sources": True})


def _doubts(settings: Settings) -> list[str]:
    """What a Redis that is not ours lacks to keep our promises.

    Raises:
        StoreUnavailable: It does not answer.
        SettingsError: It cannot do what is needed at all.
    """
    if not settings.redis_url:
        return []
    client = connect(settings.redis_url)
    ping(client)
    features.require(client)
    return list(features.doubts(client))
