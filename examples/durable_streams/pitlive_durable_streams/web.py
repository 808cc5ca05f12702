"""The routes of the protocol: `/v1/stream/<path>`, and every source below `/v1/stream/sources/`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from pitlive.errors import SettingsError
from pitlive.web.edge import Edge, Services
from pitlive_durable_streams import writing
from pitlive_durable_streams.log import Log
from pitlive_durable_streams.offset import NOW
from pitlive_durable_streams.own import OwnLog
from pitlive_durable_streams.reading import Readers
from pitlive_durable_streams.refusals import Refused
from pitlive_durable_streams.sources import of_source
from pitlive_durable_streams.waker import Waker

WAIT = "PITLIVE_STREAM_WAIT_S"
"""Setting: how long a long poll waits [s]."""

LONGEST_WAIT_S = 55.0
"""Proxies cut what is silent for a minute."""

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")

ROUTE: Mapping[str, Any] = {"methods": METHODS, "provide_automatic_options": False}

View = Callable[[], Response]

UNKEPT = {"Cache-Control": "no-store"}

ALLOWED = {
    "Allow": ", ".join(METHODS),
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, Producer-Epoch, "
    "Producer-Id, Producer-Seq, Stream-Closed, Stream-Expires-At, Stream-Fork-Offset, "
    "Stream-Fork-Sub-Offset, Stream-Forked-From, Stream-Seq, Stream-TTL",
}
"""What is answered to OPTIONS. Which origins may read is for whoever stands in front to say:
without that a browser keeps pages of other sites out, as it does from all of PitLive."""


class StreamEdge(Edge):
    """Adds the protocol to a server."""

    def blueprints(self, services: Services) -> Sequence[Blueprint]:
        """Return the routes."""
        waker = Waker(services.redis, services.hub.ending)
        settings = services.settings
        readers = Readers(waker, settings.max_streams, _wait_s(), private=settings.private)

        blueprint = Blueprint("durable_streams", __name__)

        @blueprint.route(f"{writing.ROOT}sources/<source>/<any(entries, events):what>", **ROUTE)
        def of_a_source(source: str, what: str) -> Response:
            log = of_source(services.redis, source, what)
            return _read_alone(readers, log)[request.method]()

        @blueprint.route(f"{writing.ROOT}<path:path>", **ROUTE)
        def stream(path: str) -> Response:
            return _views(services, readers, path)[request.method]()

        return [blueprint]


EDGE = StreamEdge()


def _wait_s() -> float:
    """Return how long a long poll waits, as the environment says.

    Raises:
        SettingsError: That is no time.
    """
    given = os.environ.get(WAIT, "20")
    try:
        wait_s = float(given)
    except ValueError:
        wait_s = 0.0
    if not 0 < wait_s <= LONGEST_WAIT_S:
        raise SettingsError(f"{WAIT}: got {given!r}, want seconds, at most {LONGEST_WAIT_S:g}")
    return wait_s


def _views(services: Services, readers: Readers, path: str) -> Mapping[str, View]:
    """What is done with a stream, by method."""
    log = OwnLog(services.redis, path)
    return {
        "GET": lambda: readers.answer(log, request),
        "HEAD": lambda: _head(log),
        "PUT": lambda: writing.create(services, path),
        "POST": lambda: writing.append(services, path),
        "DELETE": lambda: writing.delete(services, path),
        "OPTIONS": _options,
    }


def _read_alone(readers: Readers, log: Log) -> Mapping[str, View]:
    """What is done with what a source has, by method: a source is written to as any is."""
    return {
        **dict.fromkeys(("PUT", "POST", "DELETE"), _not_here),
        "GET": lambda: readers.answer(log, request),
        "HEAD": lambda: _tail(log),
        "OPTIONS": _options,
    }


def _options() -> Response:
    return Response(status=204, headers=ALLOWED)


def _not_here() -> Response:
    want = "POST to /api/v1/sources/<source>/entries"
    raise Refused(405, f"method: got {request.method}, want GET; {want}", {"Allow": "GET, HEAD"})


def _head(log: OwnLog) -> Response:
    """Say how a stream is, without using it."""
    stream = log.look()
    known = {"Stream-TTL": stream.ttl, "Stream-Expires-At": stream.expires_at}
    headers = {name: value for name, value in known.items() if value}
    headers |= writing.places(stream) | UNKEPT
    return Response(headers=headers, content_type=stream.type)


def _tail(log: Log) -> Response:
    """Say how far a log has come that is read alone."""
    page = log.read(NOW)
    headers = {"Stream-Next-Offset": page.after} | UNKEPT
    return Response(headers=headers, content_type=page.media)
