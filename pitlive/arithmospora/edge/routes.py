"""`/<source>`: the stream as browsers of the Arithmospora programme know it.

`available` comes at once, and the stats after a while in which a page sets up who listens.
"""

from __future__ import annotations

import re
import socket
from dataclasses import replace

import gevent
from flask import Blueprint, Response, abort, request

from pitlive.arithmospora.edge.envelope import Choice, Envelope, message
from pitlive.arithmospora.edge.nested import view_of
from pitlive.errors import DamagedSource, StoreUnavailable, UnknownSource
from pitlive.hub import coding, patterns
from pitlive.hub import routes as streams
from pitlive.hub.coding import Coding
from pitlive.hub.hub import Hub
from pitlive.hub.stream_request import StreamRequest
from pitlive.hub.takeover import Takeover
from pitlive.messages import SOURCE_NAME
from pitlive.settings import Settings
from pitlive.store import sources
from pitlive.store.client import Redis

EVENT_STREAM = "text/event-stream"


def routes(hub: Hub, client: Redis, settings: Settings) -> Blueprint:
    """Return the route, served by the hub of this worker."""
    blueprint = Blueprint("election", __name__)
    allowed = {"Access-Control-Allow-Origin": settings.allow_origin, "Vary": "Accept-Encoding"}
    own = allowed if settings.allow_origin else {}

    @blueprint.get("/<source>")
    def stats(source: str) -> Response:
        if not re.fullmatch(SOURCE_NAME, source) or not _is_meant(client, source):
            abort(404, f"source: {source[:80]!r} is neither a page nor declared")
        query = request.args
        choice = Choice(_names("only"), _names("except"), query.get("changes") == "patch")
        cursor = request.headers.get("Last-Event-ID") or query.get("last_event_id", "")
        asked = StreamRequest.read([source], ["*"], cursor)
        coded = coding.accepted(request.headers.get("Accept-Encoding", ""))

        def begin(sock: socket.socket, head: bytes) -> None:
            before = head + coded.opening
            try:
                worded = _begin(hub, client, asked, choice, coded, sock, before)
            except (StoreUnavailable, DamagedSource, UnknownSource):
                streams.refuse("unavailable", asked.cursor, coded, sock, before)
                return
            if worded is not None:
                gevent.sleep(settings.available_lead_ms / 1000)
                streams.serve(hub, worded, coded, sock, b"")

        return Takeover(begin, headers=streams.headers(coded) | own)

    return blueprint


def _is_meant(client: Redis, source: str) -> bool:
    """Whether it is a stream that is asked for: what does not exist may do so soon.

    A browser that is told 404 never comes back, a person who has mistyped wants to know.
    """
    if EVENT_STREAM in request.headers.get("Accept", ""):
        return True
    return sources.version(client, source) > 0


def _names(argument: str) -> frozenset[str]:
    """The stats that an argument of the query names, separated by commas."""
    text = ",".join(request.args.getlist(argument))
    if len(text) > patterns.LONGEST:
        raise patterns.BadChannels(
            f"{argument}: got {len(text)} characters, want at most {patterns.LONGEST}"
        )
    return frozenset(filter(None, text.split(",")))


def _begin(
    hub: Hub,
    client: Redis,
    asked: StreamRequest,
    choice: Choice,
    coded: Coding,
    sock: socket.socket,
    before: bytes,
) -> StreamRequest | None:
    """Say which stats there are; return what the reader asks for, in its dialect, None if it left.

    Raises:
        StoreUnavailable: Redis did not answer in time.
        UnknownSource: There is no such source.
    """
    (source,) = asked.sources
    if hub.refusal:
        streams.refuse(hub.refusal, asked.cursor, coded, sock, before)
        return None
    view = view_of(hub, source, sources.meta(client, source).spec)
    available = coded.alone(message("available", view.available))
    try:
        sock.sendall(before + available)
    except OSError:
        return None
    return replace(asked, dialect=Envelope(view, choice))
