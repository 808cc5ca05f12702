"""Entries at which a fold fails: left out, with the reason, until something else folds them.

They are noted under the program and the declaration that failed. Another version of either
begins without them, so whatever a mended program can fold it does fold: the log has them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from redis import ResponseError

from pitlive import __version__
from pitlive.errors import LeaseLost, TooManyUnfoldable
from pitlive.messages import Json, Rejection
from pitlive.store import damage, records, sources
from pitlive.store.client import Redis, script
from pitlive.store.keys import KEEP_REJECTED, key, keys

PART = "unfoldable"

MOST_LEFT_OUT = 1000
"""Entries of a source that are left out. Where there are more, it is not the entries."""


@dataclass(frozen=True, slots=True)
class Unfoldable:
    """What is known of the entries of a source that are left out.

    Attributes:
        entries: How many there are.
        newest: Id of the one that was found last.
        reason: Why that one is.
    """

    entries: int
    newest: str
    reason: str


def under(spec: Mapping[str, Json]) -> str:
    """Return what names this program and the part of a declaration that figures are made by."""
    return records.short(orjson.dumps([__version__, sources.of_figures(spec)])).decode()


def begin(client: Redis, source: str, token: str, under: str) -> frozenset[str]:
    """Return the ids of the entries to leave out; forget those noted under anything else.

    Raises:
        LeaseLost: Another engine has taken over.
    """
    _note(client, source, token, under)
    return ids(client, source, under)


def ids(client: Redis, source: str, under: str) -> frozenset[str]:
    """Return the ids of the entries that are left out under a program and a declaration."""
    known = cast(dict[bytes, bytes], client.hgetall(key(source, PART)))
    if known.get(b"@under") != under.encode():
        return frozenset()
    return frozenset(id.decode() for id in known if not id.startswith(b"@"))


def add(client: Redis, source: str, token: str, under: str, why: Rejection) -> None:
    """Leave an entry out from now on, and have it among what was rejected.

    Raises:
        LeaseLost: Another engine has taken over.
        TooManyUnfoldable: So many are left out already that this is no answer.
    """
    fields = {"uid": why.uid, "entry": why.entry, "field": why.field, "got": why.got}
    reason, rejected = orjson.dumps(why.got), orjson.dumps(fields | {"want": why.want})
    if not _note(client, source, token, under, why.entry, reason, rejected):
        raise TooManyUnfoldable(
            f"{source}: entry {why.entry}: {why.got}; {MOST_LEFT_OUT:,} entries before it failed "
            "as well and are left out: its figures stay as they are until another declaration, or "
            "another version of PitLive, can fold them"
        )


def left_out(client: Redis, names: Sequence[str]) -> dict[str, Unfoldable]:
    """Return what is left out, of those of the sources where anything is, and that are sound."""
    pipe = client.pipeline(transaction=False)
    for source in names:
        pipe.hlen(key(source, PART))
        pipe.hget(key(source, PART), "@newest")
    found = {
        source: (own[0] - 2, own[1].decode())
        for source, own, bad in damage.answers(names, pipe)
        if bad is None and own[1]
    }
    for source, (_, newest) in found.items():
        pipe.hget(key(source, PART), newest)
    reasons = damage.sound(list(found), pipe)
    return {
        source: Unfoldable(*found[source], orjson.loads(reason or b'""'))
        for source, reason in reasons.items()
    }


def _note(client: Redis, source: str, token: str, under: str, *entry: str | bytes) -> bool:
    names, args = keys(source, PART, "meta", "aside"), [token, under, MOST_LEFT_OUT, KEEP_REJECTED]
    try:
        return bool(script(client, "unfoldable", names, [*args, *(entry or ("", "", ""))]))
    except ResponseError as error:
        if str(error).startswith("LEASE"):
            raise LeaseLost(f"{source}: another engine has taken over ({error})") from None
        raise
