"""`pitlive demo`: an example app's source, declared and fed with its sample data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import click

from pitlive import apps
from pitlive.cli import options
from pitlive.cli.target import Target, target


@click.command(short_help="Feed an example app with made-up data.")
@click.argument("app", type=click.Choice(apps.names()))
@click.option("--source", type=options.SourceName(), help="Source to feed.  [default: APP]")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same data.")
@click.option(
    "--speed",
    type=options.Speed(),
    default="20x",
    show_default=True,
    help="Multiple of real time, such as 1x or 20x; or max.",
)
@target
def demo(app: str, source: str | None, seed: int, speed: float | None, to: Target) -> None:
    """Declare the source of the example APP, and feed it with made-up data.

    What a sample has before it gets interesting is sent at once. Its page is at /source/APP.
    To start a server with it: pitlive up --app APP.

    \b
    Examples
      pitlive demo assessment                 scores of a test day, at 20x
      pitlive demo election                   the last four hours of a week of voting
      pitlive demo assessment --seed 7 --source other --speed max
    """
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.recording import Recording
    from pitlive.cli.sending import send
    from pitlive.feeds.lines import Reported

    sample = list(apps.entries(app, seed))
    sent = 0

    def rows() -> Iterator[Reported]:
        nonlocal sent
        for sent, entry in enumerate(sample, 1):
            yield Reported(sent, entry)

    def play() -> AbstractContextManager[Recording]:
        return nullcontext(Recording(rows(), lambda: sent / len(sample), f"{app} {seed}"))

    pacing = Pacing(speed, from_ms=apps.live_ms(app))
    send(to, source or app, apps.declaration(app), play, pacing, alone=True)
