"""Whether what is reported now will be taken, folded and told: in a handful of commands.

However many sources there are: engines tell how theirs are (`store.engines`), so nothing is
asked of a source.
"""

from __future__ import annotations

from collections.abc import Iterator

from redis import ResponseError

from pitlive.errors import StoreUnavailable
from pitlive.store import engines
from pitlive.store.client import Redis
from pitlive.store.durable import KEEP_PROBE_MS, Durable
from pitlive.store.engines import Life
from pitlive.store.keys import PROBE

LAG_MS = 5000
"""A killed engine's sources are taken over within this; what waits longer is stuck."""


def doubts(client: Redis, durable: Durable) -> list[str]:
    """Return why the service is not ready, for a person to read; nothing if it is.

    A source that fails and is tried again does not make the others unready, unless all fail.
    """
    if refused := refusal(durable):
        return [f"redis refuses to write: {refused}"]
    living = engines.living(client)
    if not living:
        return ["no engine runs, want one (`pitlive engine`)"]
    if not engines.has_figures(client, living):
        return ["no engine has looked around since its start, its log says why"]
    return [doubt for name, life in living.items() for doubt in _of(name, life)]


def refusal(durable: Durable) -> str:
    """Return why no entry would be acknowledged, empty if it would; found by writing something.

    Raises:
        StoreUnavailable: It is away.
    """
    try:
        with durable.writes() as client:
            client.set(PROBE, b"", px=KEEP_PROBE_MS)
    except StoreUnavailable as error:
        if not error.code:
            raise
        return str(error).removeprefix("redis: ")
    except ResponseError as error:
        return str(error)
    return ""


def _of(name: str, life: Life) -> Iterator[str]:
    """What an engine says that is not well."""
    if life.lag_ms > LAG_MS:
        where = life.behind or "its look around"
        yield f"the engine {name} is behind by {life.lag_ms / 1000:.0f} s: {where}"
    if life.left:
        yield f"nobody follows: {', '.join(life.left)}"
    if life.led and life.failed == life.led:
        yield f"the engine {name} fails on all its sources, such as {next(iter(life.failing))}"
