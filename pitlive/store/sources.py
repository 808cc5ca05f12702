"""Which sources there are, how they are declared, and how far each has come."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from pitlive.errors import BadRecord, DamagedSource, PitLiveError, UnknownSource
from pitlive.kind import name_of
from pitlive.messages import Cursor, Json
from pitlive.store import damage, records
from pitlive.store.client import Redis, script
from pitlive.store.keys import SOURCES, key, keys


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a source besides its entries and figures.

    Attributes:
        spec: Its declaration.
        version: How often the declaration was changed.
        cursor: Its newest event.
        folded: Id of the last entry that is in the published state.
        late: How many entries came later than the declared lateness.
        noted: Id of the last entry whose notices are decided; it outlives an epoch.
    """

    source: str
    spec: Mapping[str, Json]
    version: int
    cursor: Cursor
    folded: str
    late: int
    noted: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list of sources says of one: not its declaration, which may be a megabyte.

    Attributes:
        about: `kind` and, if it has one, `name`.
        newest: Id of the newest entry, None if there is none, or none since logs have batches.
        repairs: How often the log was repaired: what it had acknowledged may be gone.
    """

    about: Mapping[str, Json]
    cursor: Cursor
    folded: str
    newest: str | None
    late: int
    repairs: int


def new_epoch() -> str:
    """Return a name for a new life of a log: 8 characters, safe in a cursor."""
    return secrets.token_hex(4)


def declare(client: Redis, source: str, spec: Mapping[str, Json], *, only_new: bool = False) -> int:
    """Declare a source and return the version of its declaration.

    A log whose declaration is gone begins a new epoch: it is folded from its start.

    Args:
        only_new: Leave a declaration that is there already as it is.

    Raises:
        DamagedSource: With `only_new`, where a log is there whose declaration is gone; or its
            key is of another type.
    """
    text = orjson.dumps(spec)  # in its order: the first type of entry is the default
    args = [text, new_epoch(), int(only_new), orjson.dumps(_about(spec)), key(source, "state:")]
    names = keys(source, "meta", "bell", "gone", "entries", "events", "channels")
    version = int(script(client, "declare", names, args))
    if not version:
        raise damage.undeclared(source)
    client.sadd(SOURCES, source)
    return version


def names(client: Redis) -> list[str]:
    """Return the names of all sources, sorted."""
    return sorted(name.decode() for name in cast(Any, client.smembers(SOURCES)))


def meta(client: Redis, source: str) -> Meta:
    """Return what is known of a source.

    Raises:
        UnknownSource: It has not been declared.
        DamagedSource: It has a log, and its declaration is gone.
        BadRecord: Its declaration is not what was declared.
    """
    known = cast(dict[bytes, bytes], client.hgetall(key(source, "meta")))
    if b"spec" not in known:
        raise undeclared(client, source)
    got = records.short(known[b"spec"])
    if known.get(b"sum", got) != got:  # one of before there were checksums has none
        why = f"checksum: got {got.decode()} of it, want {known[b'sum'].decode(errors='replace')}"
        raise BadRecord(source, "declaration", why, f"pitlive declare {source} FILE")
    return Meta(
        source=source,
        spec=orjson.loads(known[b"spec"]),
        version=int(known[b"version"]),
        cursor=_cursor(known[b"epoch"], known.get(b"seq"), known.get(b"link")),
        folded=known.get(b"folded", b"0-0").decode(),
        late=int(known.get(b"late", 0)),
        noted=known.get(b"noted", known.get(b"folded", b"0-0")).decode(),
    )


def of_figures(spec: Mapping[str, Json]) -> dict[str, Json]:
    """Return a declaration without what only pages look at."""
    return {name: part for name, part in spec.items() if name != "page"}


def summary(client: Redis, source: str) -> Summary | None:
    """Return what a list says of a source, None if it is gone.

    Raises:
        DamagedSource: It has a log, and its declaration is gone; or a key of another type.
    """
    parts = ["about", "epoch", "seq", "link", "folded", "newest", "late", "repairs"]
    found = cast(Any, client.hmget(key(source, "meta"), parts))
    about, epoch, seq, link, folded, newest, late, repairs = found
    if epoch is None:
        if isinstance(bad := undeclared(client, source), DamagedSource):
            raise bad
        return None
    known = _about(meta(client, source).spec) if about is None else orjson.loads(about)
    return Summary(
        about=known,
        cursor=_cursor(epoch, seq, link),
        folded=(folded or b"0-0").decode(),
        newest=newest.decode() if newest else None,
        late=int(late or 0),
        repairs=int(repairs or 0),
    )


def _about(spec: Mapping[str, Json]) -> dict[str, Json]:
    about = {"kind": name_of(spec)}
    return about | {"name": spec["name"]} if spec.get("name") else about


def _cursor(epoch: bytes, seq: bytes | None, link: bytes | None) -> Cursor:
    return Cursor(epoch.decode(), int(seq or 0), (link or b"").decode())


def folded(client: Redis, source: str) -> str:
    """Return the id of the last entry that is in the published state of a source.

    A declaration may hold a stock of 50,000 items, so who does not need it leaves it there.

    Raises:
        UnknownSource: It has not been declared.
    """
    declared, id = cast(Any, client.hmget(key(source, "meta"), ["version", "folded"]))
    if declared is None:
        raise undeclared(client, source)
    return (id or b"0-0").decode()


def undeclared(client: Redis, source: str) -> PitLiveError:
    """Return what is wrong where a source has no declaration."""
    if client.exists(key(source, "entries")):
        return damage.undeclared(source)
    return UnknownSource(f"source: {source!r} has not been declared")


def version(client: Redis, source: str) -> int:
    """Return the version of a source's declaration, 0 if there is none."""
    return int(cast(Any, client.hget(key(source, "meta"), "version")) or 0)


def edition(client: Redis, source: str) -> tuple[bytes | None, ...]:
    """Return what differs where a declaration does, though it has the same version.

    Another source of this name, or an older folder that was put back, counts anew.
    """
    return tuple(cast(Any, client.hmget(key(source, "meta"), ["version", "epoch", "sum"])))


def waiting(client: Redis, sources: Sequence[str]) -> list[str]:
    """Return those of the sources that have entries not folded in yet, but the damaged ones."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "folded", "newest")
    found = damage.sound(sources, pipe)
    return [source for source, (folded, newest) in found.items() if newest and newest != folded]


def is_deleted(client: Redis, source: str) -> bool:
    """Tell whether there was a source of that name, and was deleted not long ago."""
    return bool(client.exists(key(source, "gone")))


def newest(client: Redis, sources: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return the id of the newest entry and the version of the declaration of each source.

    A source that is damaged is left out.
    """
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "newest", "version")
    found = damage.sound(sources, pipe).items()
    return {s: ((id or b"0-0").decode(), int(version or 0)) for s, (id, version) in found}
