"""Measure PitLive beside other push servers: `python -m benchmarks.stream`."""

from __future__ import annotations

import json
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import click

from benchmarks.stream import tables, tools
from benchmarks.stream.machine import LOAD_CORE, wait_for_calm
from benchmarks.stream.scenarios import SCENARIOS, SERVERS

QUICK = ["light1000", "sat1000"], ["limit-event", "limit-batch", "nchan", "pitlive", "hub-alone"]


def _named(known: Sequence[str]) -> Any:
    def read(_: click.Context, option: click.Parameter, text: str) -> list[str]:
        names = text.split(",") if text else []
        for name in names:
            if name not in known:
                want = ", ".join(known)
                raise click.BadParameter(f"got {name!r}, want some of {want}", param=option)
        return names

    return read


@click.command(epilog="\n\n".join(f"{name}: {one.what}" for name, one in SCENARIOS.items()))
@click.option("--servers", default="", callback=_named([*SERVERS]), help="Some; default: all.")
@click.option("--scenarios", default="", callback=_named([*SCENARIOS]), help="Some; default: all.")
@click.option("--reps", default=3, show_default=True, help="Runs of each; medians are shown.")
@click.option("--retry", default=1, show_default=True, help="Repeats of a disturbed run, at most.")
@click.option("--foreign", default=0.08, show_default=True, help="Share of a core that disturbs.")
@click.option("--patience", default=5.0, show_default=True, help="Seconds to wait for calm.")
@click.option("--minutes", default=20.0, show_default=True, help="Nothing is begun after that.")
@click.option("--quick", is_flag=True, help="A minute: the two plainest scenarios, once.")
@click.option("--out", default=".pitlive/bench-stream.jsonl", show_default=True, help="Results.")
@click.option("--report", is_flag=True, help="Only show what --out holds from before.")
def main(out: str, report: bool, foreign: float, **told: Any) -> None:
    """Run SCENARIOS against SERVERS, print a table a figure, and write results and Markdown.

    The results are a line of JSON a measurement, the Markdown is beside them.
    A measurement that shows nothing is named with its reason, and the command fails.
    """
    file = Path(out)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not report:
        file.write_text("")
        for record in _measure(foreign, **told):
            with file.open("a") as lines:
                lines.write(json.dumps(record) + "\n")
            click.echo(_brief(record))
    records = [json.loads(line) for line in file.read_text().splitlines()]
    tables.show(records, foreign)
    file.with_suffix(".md").write_text(tables.markdown(records, foreign))
    click.echo(f"{file} and {file.with_suffix('.md')}")
    if failed := sum(bool(tables.amiss(record)) for record in records):
        raise click.ClickException(f"{failed} of {len(records)} measurements failed")


def _measure(
    foreign: float, retry: int, patience: float, minutes: float, **told: Any
) -> Iterator[dict[str, Any]]:
    """Measure all that is asked for, one run of everything after another."""
    _prepare_this_process()
    plan = list(_plan(**told))
    give_up = time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        programs = tools.build(Path(folder))
        click.echo(f"{len(plan)} measurements, {platform.machine()}, {os.cpu_count()} cores")
        for n, (run, scenario, server) in enumerate(plan):
            if time.monotonic() > give_up:
                click.echo(f"time is up, {len(plan) - n} measurements are left out", err=True)
                return
            measure = partial(_once, programs, run, scenario, server)
            yield _undisturbed(measure, foreign, retry, patience)


def _plan(
    servers: list[str], scenarios: list[str], reps: int, quick: bool
) -> Iterator[tuple[int, str, str]]:
    if quick:
        scenarios, servers, reps = scenarios or QUICK[0], servers or QUICK[1], 1
    for run, scenario in product(range(reps), scenarios or SCENARIOS):
        apt = SCENARIOS[scenario].servers
        if run < SCENARIOS[scenario].runs:
            # named servers go through a named scenario even where that says little
            named = [s for s in servers if s in apt or scenarios] if servers else apt
            yield from ((run, scenario, server) for server in named)


def _undisturbed(
    measure: Callable[[], dict[str, Any]], foreign: float, retry: int, patience: float
) -> dict[str, Any]:
    """Measure once, and again while somebody else takes the cores; the calmest counts."""
    found = []
    for _ in range(1 + retry):
        wait_for_calm(foreign, patience)
        found.append(measure())
        if "error" in found[-1] or found[-1]["result"]["foreign"] <= foreign:
            return found[-1]
    return min(found, key=lambda record: record["result"]["foreign"])


def _once(programs: dict[str, str], run: int, scenario: str, server: str) -> dict[str, Any]:
    record = {"scenario": scenario, "server": server, "run": run, "at": int(time.time())}
    began = time.monotonic()
    try:
        with SERVERS[server](programs) as started:
            record["result"] = SCENARIOS[scenario].measure(scenario, started)
    except Exception as error:  # noqa: BLE001  # it is shown in the tables; the others go on
        record["error"] = f"{type(error).__name__}: {error}"[:600]
    return record | {"took_s": round(time.monotonic() - began, 1), "load": os.getloadavg()[0]}


def _prepare_this_process() -> None:
    """Check what is needed, keep to our core, and let children open as many files as may be."""
    try:
        tools.require()
    except tools.Missing as error:
        raise click.ClickException(str(error)) from None
    if len(os.sched_getaffinity(0)) < 2:
        raise click.ClickException("one core, want two: one for the servers, one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _brief(record: dict[str, Any]) -> str:
    """A line about a measurement."""
    head = (
        f"{record['run']} {record['scenario']:10} {record['server']:16} {record['took_s']:5.1f} s"
    )
    if why := tables.amiss(record):
        return f"{head}  FAILED: {why}"
    shown = {
        name: tables.short(value)
        for name, value in record["result"].items()
        if isinstance(value, (int, float)) and name not in {"bytes", "wall_s", "deliveries"}
    }
    told = " ".join(f"{name}={value}" for name, value in shown.items())
    return f"{head}  {told}"


if __name__ == "__main__":
    main()
