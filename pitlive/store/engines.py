"""What the engines tell of themselves: that they live, how they are, and their figures.

Engines and web servers meet in Redis alone, also where they run on different machines. What
an engine tells expires with it: its figures, and the one key by which it holds its leases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, cast

import orjson

from pitlive.store.client import Redis
from pitlive.store.keys import ENGINES, figures, lives


@dataclass(frozen=True, slots=True)
class Failing:
    """Why a source is not followed at the moment, though its engine tries.

    Attributes:
        reason: What ended its follower last.
        times: How often it has ended, one after the other.
        next_ms: When it begins again [ms since 1970].
    """

    reason: str
    times: int
    next_ms: int


@dataclass(frozen=True, slots=True)
class Life:
    """How an engine is.

    Attributes:
        led: How many sources it holds.
        lag_ms: How long the longest of its sources has waited to be looked after [ms].
        behind: Which source that is, empty if it is all of them.
        left: Some of the sources that it has seen nobody follow for long.
        failed: How many sources' followers ended by an error, and wait to begin again.
        failing: Some of those, and of the sources that are damaged so that nobody can take them.
    """

    led: int = 0
    lag_ms: int = 0
    behind: str = ""
    left: tuple[str, ...] = ()
    failed: int = 0
    failing: Mapping[str, Failing] = field(default_factory=dict)

    @classmethod
    def of(cls, text: bytes) -> Life:
        """Read it back."""
        life = _known(cls, orjson.loads(text))
        failing = life.pop("failing", {}).items()
        return cls(**life, failing={s: Failing(**_known(Failing, one)) for s, one in failing})


def _known(cls: type, read: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that we know: a newer engine may tell more."""
    return {one.name: read[one.name] for one in fields(cls) if one.name in read}


def beat(client: Redis, engine: str, life: Life, hold_ms: int) -> bool:
    """Say that an engine lives; tell whether it still lived in the eyes of the others."""
    pipe = client.pipeline(transaction=False)
    pipe.set(lives(engine), orjson.dumps(asdict(life)), px=hold_ms, get=True)
    pipe.sadd(ENGINES, engine)
    return pipe.execute()[0] is not None


def living(client: Redis) -> dict[str, Life]:
    """Return the engines that live, and how they are; nothing is asked of sources."""
    names = _names(client)
    texts = cast(Any, client.mget([lives(name) for name in names])) if names else []
    return {name: Life.of(text) for name, text in zip(names, texts, strict=True) if text}


def failing(client: Redis) -> dict[str, Failing]:
    """Return the sources that an engine has and cannot follow, and why."""
    lives = living(client).values()
    return {source: why for life in lives for source, why in life.failing.items()}


def tell(client: Redis, engine: str, text: bytes, hold_ms: int) -> None:
    """Leave the figures of an engine, or a courier, for as long as it may be silent."""
    pipe = client.pipeline(transaction=False)
    pipe.set(figures(engine), text, px=hold_ms)
    pipe.sadd(ENGINES, engine)
    pipe.execute()


def all_figures(client: Redis) -> dict[str, bytes]:
    """Return what each living engine tells, and forget the names of the dead."""
    names = _names(client)
    asked = [part(name) for name in names for part in (figures, lives)]
    texts = cast(Any, client.mget(asked)) if names else []
    found = list(zip(names, texts[::2], texts[1::2], strict=True))
    if gone := [name for name, text, life in found if text is None and life is None]:
        client.srem(ENGINES, *gone)
    return {name: text for name, text, _ in found if text is not None}


def leave(client: Redis, engine: str) -> None:
    """Forget an engine that ends."""
    client.delete(figures(engine), lives(engine))
    client.srem(ENGINES, engine)


def has_figures(client: Redis, engines: Iterable[str]) -> bool:
    """Tell whether one of these engines has told its figures, as after each look around.

    One that ends at its first, and is started again, lives and follows nothing.
    """
    return bool(client.exists(*map(figures, engines)))


def _names(client: Redis) -> list[str]:
    return sorted(name.decode() for name in cast(Any, client.smembers(ENGINES)))
