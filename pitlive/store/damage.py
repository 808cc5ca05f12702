"""Sources whose keys are not of the form that is written: known apart, so that others go on.

Redis answers WRONGTYPE for a key of another type, and does not say which. Here that becomes a
`DamagedSource`, which does; `store.client` asks for it wherever a command fails so. What is
asked of many sources at once is answered for each by itself (`answers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import redis

from pitlive.errors import DamagedSource
from pitlive.store.keys import TYPES, key, source_of
from pitlive.store.refusals import passing

TYPE_KEYS = 1000
"""Keys whose types are asked for in one go: about a millisecond of Redis."""

NAMED = tuple(part for part in TYPES if part not in ("state", "packed", "coming"))
"""Parts of a source that are one key each."""

UNDECLARED = "got nothing, want the declaration of the log that is there"


def answers(
    sources: Sequence[str], pipe: Any
) -> Iterator[tuple[str, list[Any], DamagedSource | None]]:
    """Yield what Redis answers of each source, to as many commands each, and what is wrong.

    An answer may be that there is no such key.

    Raises:
        StoreUnavailable: It is not the sources: Redis refuses for now.
    """
    found = pipe.execute(raise_on_error=False)
    size = len(found) // max(1, len(sources))
    for n, source in enumerate(sources):
        own = found[n * size : (n + 1) * size]
        yield source, own, _refused(pipe, source, own)


def sound(sources: Sequence[str], pipe: Any) -> dict[str, Any]:
    """Return what Redis answers of each source that is not damaged, to one command each."""
    return {source: own[0] for source, own, bad in answers(sources, pipe) if bad is None}


def _refused(pipe: Any, source: str, own: Iterable[Any]) -> DamagedSource | None:
    for answer in own:
        if isinstance(answer, redis.RedisError) and "no such key" not in str(answer):
            if (refusal := passing(answer)) is not None:
                raise refusal from answer
            return _looked_up(pipe, source) or DamagedSource(source, "", str(answer))
    return None


def _looked_up(pipe: Any, source: str) -> DamagedSource | None:
    """Return what is wrong with a source, by a client that knows nothing of `store.client`."""
    try:
        return _damage(redis.Redis(connection_pool=pipe.connection_pool), source)
    except (redis.RedisError, OSError) as error:  # away since it answered
        raise passing(error) or error from error


def among(client: Any, sources: Sequence[str], parts: Sequence[str]) -> dict[str, DamagedSource]:
    """Return which of the sources have a wrong key among some parts, or no declaration."""
    found: dict[str, DamagedSource] = {}
    for some in _portions(sources, TYPE_KEYS // (len(parts) + 2)):
        pipe = client.pipeline(transaction=False)
        for source in some:
            pipe.exists(key(source, "meta"))
            pipe.exists(key(source, "entries"))
            for part in parts:
                pipe.type(key(source, part))
        read, size = pipe.execute(), len(parts) + 2
        for n, source in enumerate(some):
            has_meta, has_log, *types = read[n * size : (n + 1) * size]
            names = [key(source, part) for part in parts]
            if has_log and not has_meta:
                found[source] = undeclared(source)
            elif bad := next(_wrong(names, types), None):
                found[source] = bad
    return found


def undeclared(source: str) -> DamagedSource:
    """Return what is said of a source whose log is there and whose declaration is gone."""
    again = f"`pitlive declare {source} FILE` declares it again"
    return DamagedSource(source, key(source, "meta"), UNDECLARED, again)


def behind(client: Any, commands: Iterable[Sequence[Any]]) -> DamagedSource | None:
    """Return which source is damaged, of those whose keys commands that failed are about."""
    asked = dict.fromkeys(source for args in commands if (source := _source(args)))
    bad = (_damage(client, source) for source in asked)
    return next(filter(None, bad), None)


def _damage(client: Any, source: str) -> DamagedSource | None:
    if bad := among(client, [source], NAMED):
        return bad[source]
    channels = client.smembers(key(source, "channels"))
    return next(_of(client, (key(source, f"state:{one.decode()}") for one in channels)), None)


def found(client: Any, source: str = "*") -> Iterator[DamagedSource]:
    """Return every key of a source, or of all, that is of another type than is written.

    All keys of Redis are looked through, a thousand at a time.
    """
    names = {name.decode() for name in client.scan_iter(key(source, "*"), count=TYPE_KEYS)}
    return _of(client, sorted(names))


def _of(client: Any, names: Iterable[str]) -> Iterator[DamagedSource]:
    for some in _portions(names, TYPE_KEYS):
        pipe = client.pipeline(transaction=False)
        for name in some:
            pipe.type(name)
        yield from _wrong(some, pipe.execute())


def _wrong(names: Sequence[str], types: Sequence[bytes]) -> Iterator[DamagedSource]:
    for name, got in zip(names, (one.decode() for one in types), strict=True):
        part = name.partition("}:")[2].partition(":")[0]
        want = TYPES.get(part, got)
        if got not in ("none", want):
            yield DamagedSource(source_of(name), name, f"got a {got}, want a {want}")


def _source(args: Sequence[Any]) -> str | None:
    """The source of a command: its first key, as that of a script, comes before all else."""
    names = (one for one in args if isinstance(one, str) and one.startswith("pitlive:{"))
    name = next(names, None)
    return source_of(name) if name else None


def _portions(names: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, size)):
        yield some
