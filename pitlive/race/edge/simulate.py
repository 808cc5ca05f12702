"""`pitlive simulate`: a made-up race, to a file or live."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.target import Target, target

if TYPE_CHECKING:
    from pitlive.race.simulation.plan import RacePlan


@click.command(short_help="Make up a race: to a file, or live.")
@click.option("--cars", default=40, show_default=True, help="How many start (1-256).")
@click.option("--laps", default=200, show_default=True, help="How long the race is (1-2000).")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same race.")
@click.option(
    "--stages/--no-stages", default=True, show_default=True, help="End stages by caution."
)
@click.option("--reports/--no-reports", default=True, show_default=True, help="Manual pit reports.")
@click.option("--conflicts/--no-conflicts", default=True, show_default=True, help="Wrong ones too.")
@click.option("--out", help="Write NDJSON to this file (.gz packs it) or to - instead.")
@click.option(
    "--source",
    type=options.SourceName(),
    default="demo",
    show_default=True,
    help="Source to feed.",
)
@click.option(
    "--speed",
    type=options.Speed(),
    default="20x",
    show_default=True,
    help="Multiple of real time, such as 1x or 20x; or max.",
)
@click.option("--stay", is_flag=True, help="Wait at the end until stopped, as a service does.")
@target
def simulate(
    cars: int,
    laps: int,
    seed: int,
    stages: bool,
    reports: bool,
    conflicts: bool,
    out: str | None,
    source: str,
    speed: float | None,
    stay: bool,
    to: Target,
) -> None:
    """Make up a race: live to a source, or with --out to a file.

    Tyres fall off, fuel burns, cars hold each other up and stop; cautions bunch up the field.
    With --out FILE the declaration goes beside it, as FILE's name with .race.json.

    \b
    Examples
      pitlive simulate                              the demo: 40 cars, 200 laps, at 20x
      pitlive simulate --seed 7 --source demo-7 --speed max
      pitlive simulate --cars 100 --laps 1000 --out big.jsonl.gz
      pitlive simulate --out - | head
    """
    from pitlive.race.simulation.plan import RacePlan

    plan = RacePlan(cars, laps, seed, stages, reports, conflicts)
    if out is not None:
        _write(plan, out)
    else:
        _feed(plan, source, speed, stay, to)


def _feed(plan: RacePlan, source: str, speed: float | None, stay: bool, to: Target) -> None:
    from pitlive.cli.pacing import Pacing
    from pitlive.cli.recording import Recording
    from pitlive.cli.sending import send
    from pitlive.feeds.lines import Reported
    from pitlive.race.simulation.simulate import entries, spec

    led = 0

    def rows() -> Iterator[Reported]:
        nonlocal led
        for number, entry in enumerate(entries(plan), 1):
            if entry["type"] == "lap":
                led = max(led, entry["lap"])
            yield Reported(number, entry)

    def play() -> AbstractContextManager[Recording]:
        return nullcontext(Recording(rows(), lambda: led / plan.laps, repr(plan), counted="lap"))

    send(to, source, spec(plan), play, Pacing(speed), alone=True, stay=stay)


def _write(plan: RacePlan, out: str) -> None:
    import orjson

    from pitlive.race.simulation.simulate import entries, spec

    with _opened(out) as file:
        for entry in entries(plan):
            file.write(orjson.dumps(entry) + b"\n")
    if out != "-":
        path = Path(out)
        beside = path.with_name(f"{path.name.partition('.')[0]}.race.json")
        beside.write_bytes(orjson.dumps(spec(plan), option=orjson.OPT_INDENT_2))
        click.echo(f"wrote {path} and {beside}", err=True)


@contextmanager
def _opened(out: str) -> Iterator[IO[bytes]]:
    if out == "-":
        yield sys.stdout.buffer
    elif out.endswith(".gz"):
        # No time and no name in the header: the same seed gives the same bytes.
        with Path(out).open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            yield packed  # type: ignore[misc] # GzipFile is an IO[bytes] in all we use
    else:
        with Path(out).open("wb") as plain:
            yield plain
