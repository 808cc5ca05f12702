"""`pitlive repair`: what `pitlive verify` names is set aside, and everything else goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pitlive.cli import options
from pitlive.cli.verify import opened
from pitlive.errors import PitLiveError, SettingsError
from pitlive.settings import load

if TYPE_CHECKING:
    from pitlive.store.client import Redis
    from pitlive.store.durable import Durable
    from pitlive.store.verify import LogProblem

AGAIN = """What is gone may be reported again: `pitlive feed` does when it is run again,
`pitlive election` within two minutes. Whatever else wrote it has to be told."""

MOST_UIDS = 10
"""Of a damaged record are named before it is set aside."""


@click.command(short_help="Set a damaged record of a log aside.")
@click.argument("source", type=options.SourceName(), required=False)
@click.argument("record", required=False)
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=options.Folder(), help="Folder of the embedded Redis.")
@click.option("--all", "everything", is_flag=True, help="Every record that `verify` names.")
@click.option(
    "--file", "is_file", is_flag=True, help="The file of the embedded Redis, while none runs."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def repair(
    source: str | None,
    record: str | None,
    redis_url: str | None,
    data_dir: Path | None,
    everything: bool,
    is_file: bool,
    yes: bool,
) -> None:
    """Set a damaged RECORD of SOURCE aside, and nothing else.

    The record is kept as it is (`pitlive verify --json` prints it), its entries may be reported
    again, and the figures are folded anew without it: readers see one change. Entries that are
    missing are noted as missing; an index of uids that is wrong is made anew from the log.
    Feeds of files that are run again send again what is gone, elections within two minutes.

    With --file, where Redis does not start ("Bad file format"): the broken transactions of its
    append-only file are taken out and kept beside it; `pitlive verify` then says what is missing.

    \b
    Examples
      pitlive repair friday 1763822400000-41
      pitlive repair friday --all --yes
      pitlive repair --file
    """
    if is_file and redis_url:
        raise click.UsageError("--file: got --redis-url as well, want the embedded Redis's folder")
    if is_file and not (source or record or everything):
        _repair_file(load(data_dir=data_dir).run_dir / "redis", yes=yes)
        return
    if is_file or source is None or (record is None) != everything:
        raise click.UsageError("want SOURCE and RECORD, SOURCE and --all, or --file")
    from pitlive.store.client import connect
    from pitlive.store.durable import Durable

    client, settings = opened(redis_url, data_dir), load(redis_url=redis_url, data_dir=data_dir)
    durable = Durable(connect(settings.redis, retries=0), settings.replicas_acknowledge)
    _repair_log(client, durable, source, record, yes=yes)


def _repair_log(
    client: Redis, durable: Durable, source: str, record: str | None, *, yes: bool
) -> None:
    """Set a record of a log aside, or with None every one of which something is wrong."""
    from pitlive.store import sources, verify
    from pitlive.store.repair import repair

    sources.folded(client, source)
    found = [one for one in verify.log(client, source) if record in (None, one.record)]
    if not found:
        with durable.writes():
            pass  # an earlier run may have ended before a replica had what it did
    if not found and record:
        raise PitLiveError(f"{source}: record {record}: nothing is wrong with it")
    repaired = 0
    for one in found:
        click.echo(_told(one))
        if yes or click.confirm("Set it aside?" if one.what == "damaged" else "Mend that?"):
            with durable.writes() as writer:  # a failover now would bring the damage back
                done = repair(writer, one, time.time_ns() // 1_000_000)
            repaired += done
            click.echo("  done" if done else "  it is not there any more")
    if not found:
        click.echo(f"{source}: nothing to repair.")
    if repaired:
        click.echo(AGAIN)


def _repair_file(redis: Path, *, yes: bool) -> None:
    """Take what is broken out of the append-only file of a folder that no Redis has."""
    from pitlive.processes import hold
    from pitlive.store import appendonly

    if not (files := appendonly.files(redis)):
        raise SettingsError(f"data_dir: found no append-only file in {redis}, want one with one")
    hold(redis / "lock", "Redis")
    found = {file: list(appendonly.cuts(file)) for file in files}
    for file, cuts in found.items():
        for cut in cuts:
            where = f"{file.name}: broken at byte {cut.at}"
            click.echo(f"{where}: bytes {cut.start} to {cut.end} go, all others stay")
        if cuts and (yes or click.confirm("Take that out, and keep it?")):
            kept = appendonly.cut_out(file, cuts, redis / "taken-out")
            click.echo("  kept in " + ", ".join(map(str, kept)))
    if not any(found.values()):
        click.echo("Nothing is broken: Redis will load it.")


def _told(problem: LogProblem) -> str:
    """What will be set aside, as far as it can be read."""
    from pitlive.store import records

    lines = [f"{problem.source}: record {problem.record}: {problem.why}"]
    if problem.what == "damaged":
        uids = records.uids(problem.fields)
        more = f" and {len(uids) - MOST_UIDS} more" if len(uids) > MOST_UIDS else ""
        named = ", ".join(uids[:MOST_UIDS]) + more
        lines.append(f"  its uids: {named}" if uids else "  its uids cannot be read")
    return "\n".join(lines)
