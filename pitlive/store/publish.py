"""Publishes what has changed of a source: events, state and all that goes along, in one step.

The step is `lua/publish.lua`; it refuses whoever has not the lease, or another past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import redis

from pitlive.errors import LeaseLost, LogWentBack
from pitlive.hub.ports import LONGEST_ANNOUNCEMENT
from pitlive.messages import Cursor, PackedPiece, Rejection
from pitlive.store import chain, outbox
from pitlive.store.client import Redis, script
from pitlive.store.keys import KEEP_NOTICES, KEEP_REJECTED, key, keys
from pitlive.store.notice import Notice, fields


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What happened to one channel: the message for readers, and its rows to be stored."""

    channel: str
    message: bytes
    rows: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything one publish changes, together or not at all."""

    folded: str
    changes: Sequence[ChannelChange]
    rejected: Sequence[Rejection] = ()
    late: int = 0
    notices: Sequence[Notice] = ()
    version: int = 0
    """Of the declaration, by which runs are numbered."""
    pieces: Sequence[PackedPiece] = ()
    coming: Sequence[str] = ()
    """Names of pieces that were written ahead (`store.coming`) and now replace what is there."""
    noted: str = ""
    """Id of the last entry whose notices and refusals are told; `folded` unless rows up to it
    are still to come."""


def publish(
    client: Redis, source: str, token: str, at: Cursor, publication: Publication, keep: int
) -> Cursor:
    """Publish from `at` on and return the cursor reached.

    Raises:
        LeaseLost: Another engine has taken over the source.
        LogWentBack: The source is not at `at`: Redis lost something, or a reply got lost.
    """
    messages = [(change.channel, change.message) for change in publication.changes]
    links = chain.links(at.link, publication.folded, messages)
    rejected = [_rejected(one) for one in publication.rejected]
    notices = [arg for one in publication.notices for arg in fields(one)]
    args: list[Any] = [token, at.epoch, f"{at.seq}.{at.link}"]
    args += [publication.folded, keep, LONGEST_ANNOUNCEMENT]
    args += [key(source, "state:"), publication.late, KEEP_REJECTED]
    args += [
        publication.version,
        KEEP_NOTICES,
        outbox.TOO_MANY,
        publication.noted or publication.folded,
    ]
    args += [
        key(source, "packed:"),
        key(source, "coming:"),
        len(publication.coming),
        *publication.coming,
    ]
    args += [len(rejected), *rejected]
    args += [len(publication.notices), *notices]
    args += [len(publication.pieces)]
    for piece in publication.pieces:
        args += [piece.name, "" if piece.offset is None else piece.offset, piece.data]
    for change, link in zip(publication.changes, links, strict=True):
        args += [change.channel, link, change.message, len(change.rows)]
        for row, value in change.rows.items():
            args += [row, value or b""]
    try:
        names = keys(source, "events", "meta", "channels", "aside", "live", *outbox.PARTS)
        seq = int(script(client, "publish", names, args))
    except redis.ResponseError as error:
        raise refusal(source, error) from None
    return Cursor(at.epoch, seq, links[-1] if links else at.link)


def refusal(source: str, error: redis.ResponseError) -> Exception:
    """Return the error that says why a source could not be written to."""
    text = str(error)
    if text.startswith("LEASE"):
        return LeaseLost(f"{source}: another engine has taken over ({text})")
    if text.startswith("BEHIND"):
        return LogWentBack(f"{source}: {text}")
    return error


def _rejected(one: Rejection) -> bytes:
    fields = {"uid": one.uid, "entry": one.entry, "field": one.field, "got": one.got}
    stands = {"stands": one.stands} if one.stands is not None else {}
    return orjson.dumps({**fields, "want": one.want, **stands})
