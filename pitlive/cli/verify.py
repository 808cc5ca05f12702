"""`pitlive verify`: whether what is kept is what was accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pitlive.cli import options
from pitlive.cli.progress import progress
from pitlive.errors import BadRecord, DamagedSource
from pitlive.messages import Json
from pitlive.settings import load

if TYPE_CHECKING:
    from pitlive.store.client import Redis

Tell = Callable[[str, int, int], None]

MOST_SHOWN = 200
"""Characters of a row that are printed; `--json` has all."""


@click.command(short_help="Check that what is kept is what was accepted.")
@click.argument("sources", nargs=-1, type=options.SourceName(), metavar="[SOURCE]...")
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=options.Folder(), help="Folder of the embedded Redis.")
@click.option("--figures", is_flag=True, help="Fold each log anew, and compare what is published.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one finding a line.")
def verify(
    sources: Sequence[str],
    redis_url: str | None,
    data_dir: Path | None,
    figures: bool,
    as_json: bool,
) -> None:
    """Check that the logs of all sources, or of these, are as they were written.

    Names every record that was changed on disk, entries that are missing, uids that would be
    taken twice, or not at all, and keys that hold something else. Nothing is changed, and
    PitLive may run meanwhile. Exit code 1 if anything is wrong; `pitlive repair` mends records.

    \b
    Examples
      pitlive verify
      pitlive verify friday --figures
    """
    client = opened(redis_url, data_dir)
    from pitlive.store.sources import names

    wrong, damaged = 0, _damaged(client, sources)
    with progress() as tell:
        for source in sources or sorted({*names(client), *damaged}):
            own = damaged.get(source)  # what is there besides cannot be read
            for finding in own or _findings(client, source, tell, figures=figures):
                wrong += finding["what"] != "aside"
                _say(finding, as_json=as_json)
    if wrong:
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("All is as it was written.")


def opened(redis_url: str | None, data_dir: Path | None) -> Redis:
    """Connect to the Redis that the settings name.

    Raises:
        StoreUnavailable: It does not answer.
        SettingsError: A newer PitLive has written it.
    """
    from pitlive.store import layout
    from pitlive.store.client import connect, ping

    settings = load(redis_url=redis_url, data_dir=data_dir)
    client = connect(settings.redis)
    ping(client)
    layout.settle(client, settings.redis_place)
    return client


def _damaged(client: Redis, sources: Sequence[str]) -> dict[str, list[dict[str, Json]]]:
    """Return which keys are of another type than is written, by source."""
    from pitlive.store import damage

    found: dict[str, list[dict[str, Json]]] = {}
    for one in sources or ["*"]:
        for bad in damage.found(client, one):
            found.setdefault(bad.source, []).append(_of_key(bad))
    return found


def _of_key(bad: DamagedSource) -> dict[str, Json]:
    return {"source": bad.source, "key": bad.key, "what": "damaged", "reason": bad.why}


def _findings(
    client: Redis, source: str, tell: Tell, *, figures: bool
) -> Iterator[dict[str, Json]]:
    from pitlive.store import broken, sources, verify

    try:
        sources.meta(client, source)  # a name that is none is said
    except DamagedSource as bad:
        yield _of_key(bad)
        return
    except BadRecord as bad:
        yield {"source": source, "record": bad.record, "what": "damaged", "reason": bad.why}
        figures = False
    for id, note in broken.listed(client, source).items():
        yield {"source": source, "record": id, "what": "aside", **note}
    for one in verify.log(client, source, lambda done, of: tell(source, done, of)):
        yield {"source": source, "record": one.record, "what": one.what, "reason": one.why}
    if figures:
        yield from _differing(client, source, tell)


def _differing(client: Redis, source: str, tell: Tell) -> Iterator[dict[str, Json]]:
    from pitlive.engine import refold
    from pitlive.engine.sifted import FoldFailed

    try:
        found = refold.differences(client, source, lambda *at: tell(f"{source}, figures", *at))
        for one in found:
            yield {"source": source, "what": "figures", **one._asdict()}
    except BadRecord as bad:
        why = "its figures cannot be compared: the log is damaged"
        yield {"source": source, "record": bad.record, "what": "figures", "reason": why}
    except FoldFailed as failed:
        id, size = "{}-{}".format(*failed.doubt.last), failed.doubt.size
        where = f"at it or at one of the {size - 1:,} before it" if size > 1 else "at it"
        why = f"its figures cannot be compared: the fold fails {where}: {failed}"
        yield {"source": source, "record": id, "what": "figures", "reason": why}


def _say(finding: dict[str, Any], *, as_json: bool) -> None:
    import orjson

    if as_json:
        click.echo(orjson.dumps(finding))
    elif "row" in finding:
        values = (
            orjson.dumps(finding[name]).decode()[:MOST_SHOWN] for name in ("published", "folded")
        )
        where = f"{finding['channel']}/{finding['row']}"
        click.echo(
            "{}: {}: published {}, the log says {}".format(finding["source"], where, *values)
        )
    else:
        where = f"key {finding['key']}" if "key" in finding else f"record {finding['record']}"
        what = "set aside: " if finding["what"] == "aside" else ""
        click.echo(f"{finding['source']}: {where}: {what}{finding['reason']}")
