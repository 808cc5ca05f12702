"""What writers are answered: a stream made, appended to, closed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import orjson
from flask import Response, request

from pitlive.store.client import Redis
from pitlive.web.edge import Services
from pitlive_durable_streams import asked, stored
from pitlive_durable_streams.asked import Fork, Lifetime
from pitlive_durable_streams.log import JSON, media_type
from pitlive_durable_streams.offset import BEFORE, Offset
from pitlive_durable_streams.own import there
from pitlive_durable_streams.refusals import Refused
from pitlive_durable_streams.stored import Answer, Creation, Segment, Stream

ROOT = "/v1/stream/"


def create(services: Services, path: str) -> Response:
    """Make a stream: 201, or 200 where it is there and is the same."""
    name = stored.name_of(path)
    wanted = _creation(services.redis, name, services.body())
    with services.durable.writes() as redis:
        answer = stored.create(redis, name, wanted)
    if answer.said == "held":
        raise Refused(409, "stream: got one that is deleted and read by forks, want them deleted")
    if answer.said == "source":
        raise Refused(404, "Stream-Forked-From: got a stream that has just gone, want one")
    if answer.said == "other":
        raise Refused(409, "stream: got one that is there and is another, want another path")
    stream = there(path, answer)
    headers = places(stream) | {"Content-Type": stream.type}
    if answer.said == "same":
        return Response(status=200, headers=headers)
    return Response(status=201, headers=headers | {"Location": request.base_url})


def append(services: Services, path: str) -> Response:
    """Append to a stream or close it: 204, of a producer 200, and 204 what it repeats."""
    what = asked.append(request, services.body())
    with services.durable.writes() as redis:
        answer = stored.append(redis, stored.name_of(path), what)
    stream = there(path, answer)
    if answer.said not in ("done", "repeat"):
        raise _refusal(answer, stream, what)
    headers = places(stream)
    if what.producer is None:
        return Response(status=204, headers=headers)
    last = answer.number if answer.said == "repeat" else str(what.producer.sequence)
    headers |= {"Producer-Epoch": str(what.producer.epoch), "Producer-Seq": last}
    is_new = answer.said == "done" and bool(what.record)
    return Response(status=200 if is_new else 204, headers=headers)


def delete(services: Services, path: str) -> Response:
    """Delete a stream: 204."""
    with services.durable.writes() as redis:
        answer = stored.delete(redis, stored.name_of(path))
    if answer.said != "done":
        there(path, answer)
    return Response(status=204)


def places(stream: Stream) -> dict[str, str]:
    """Return the headers that say how far a stream has come."""
    closed = {"Stream-Closed": "true"} if stream.is_closed else {}
    return {"Stream-Next-Offset": str(stream.tail), **closed}


def _refusal(answer: Answer, stream: Stream, what: stored.Append) -> Refused:
    number = answer.number
    received = str(what.producer.sequence) if what.producer else ""
    known: Mapping[str, tuple[int, str, dict[str, str]]] = {
        "closed": (409, "stream: got one that is closed, want an open one", places(stream)),
        "media": (409, f"Content-Type: got {what.media[:80]!r}, want {stream.type!r}", {}),
        "order": (409, f"Stream-Seq: got {what.order[:80]!r}, want a later text", {}),
        "stale": (
            403,
            f"Producer-Epoch: got an earlier one, want {number} or later",
            {"Producer-Epoch": number},
        ),
        "epoch": (400, f"Producer-Seq: got {received}, want 0 to begin an epoch", {}),
        "gap": (
            409,
            f"Producer-Seq: got {received}, want {number}",
            {"Producer-Expected-Seq": number, "Producer-Received-Seq": received},
        ),
    }
    return Refused(*known[answer.said])


def _creation(redis: Redis, name: str, body: bytes) -> Creation:
    """Read what stream is wanted.

    Raises:
        Refused: It cannot be.
    """
    life, fork, closed = Lifetime.of(request), Fork.of(request), asked.closes(request)
    given = asked.content_type(request)
    if fork is not None:
        return _fork(redis, name, fork, given, life, closed, body)
    type = given or asked.DEFAULT_TYPE
    config = _config(type, life, None)
    return Creation(config, type, media_type(type), *life, closed, records=_records(type, body))


def _fork(
    redis: Redis, name: str, fork: Fork, given: str, life: Lifetime, closed: bool, body: bytes
) -> Creation:
    """Read what fork is wanted; of one that is there nothing is asked of its source."""
    config, source_name = _config(given, life, fork), stored.name_of(_path(fork))
    if stored.look(redis, name, use=False).stream is not None:
        unknown = Segment(source_name, BEFORE)
        return Creation(config, "", "", *life, closed, fork.at, source=unknown)
    source = _source(redis, fork, source_name)
    inherited, part = _inherited(redis, source, fork)
    type = given or source.type
    if media_type(type) != media_type(source.type):
        raise Refused(409, f"Content-Type: got {given[:80]!r}, want {source.type!r}")
    if life == Lifetime():
        life = Lifetime.parse(source.ttl, source.expires_at)
    records = [*part, *_records(type, body)]
    made_of = Segment(source_name, source.tail)
    media = media_type(type)
    return Creation(config, type, media, *life, closed, fork.at, records, made_of, inherited)


def _config(type: str, life: Lifetime, fork: Fork | None) -> str:
    """What is compared where a stream is there already; a fork may name no type."""
    made_of = fork and [fork.path, fork.part]
    return orjson.dumps([media_type(type), life.ttl, life.expires_at, made_of]).decode()


def _path(fork: Fork) -> str:
    """The path of the stream that a fork is made from; it may be named by a whole URL."""
    path = unquote(urlsplit(fork.path).path)
    if not path.startswith(ROOT):
        raise Refused(404, f"Stream-Forked-From: got {fork.path[:200]!r}, want {ROOT}…")
    return path.removeprefix(ROOT)


def _source(redis: Redis, fork: Fork, name: str) -> Stream:
    answer = stored.look(redis, name, use=False)
    if answer.said == "gone":
        raise Refused(409, "Stream-Forked-From: got a stream that is deleted, want one that is not")
    return there(_path(fork), answer)


def _inherited(redis: Redis, source: Stream, fork: Fork) -> tuple[list[Segment], list[bytes]]:
    """Return what a fork inherits, and the part of a record that it begins with."""
    at = Offset.parse(fork.at) if fork.at else source.tail
    inherited = None if at is None else source.upto(at)
    if at is None or inherited is None:
        raise Refused(400, f"Stream-Fork-Offset: got {fork.at[:80]!r}, want one of the source")
    return inherited, [_part(redis, source, at, fork.part)] if fork.part else []


def _records(type: str, body: bytes) -> list[bytes]:
    record = asked.json_record(body) if body and media_type(type) == JSON else body
    return [record] if record else []


def _part(redis: Redis, source: Stream, at: Offset, size: int) -> bytes:
    """Return the beginning of the record after an offset: so many of its values, or bytes."""
    records, _ = stored.page(redis, source.segments, at, 1)
    record = records[0] if records else b""
    parts = asked.json_values(record) if media_type(source.type) == JSON else record
    if size > len(parts):
        raise Refused(400, f"Stream-Fork-Sub-Offset: got {size}, want at most {len(parts)}")
    return parts[:size] if isinstance(parts, bytes) else b",".join(parts[:size])
