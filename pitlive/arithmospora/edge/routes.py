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
from pitlive.arithmospora.edge.view import view_of
from pitlive.errors import DamagedSource, StoreUnavailable, UnknownSource
from pitlive.hub import coding, stream
from pitlive.hub.coding import Coding
from pitlive.hub.hub import Hub
from pitlive.hub.stream_request import Wish
from pitlive.hub.takeover import Takeover
from pitlive.messages import SOURCE_NAME
from pitlive.settings import Settings
from pitlive.store import sources
from pitlive.store.client import Redis
from pitlive.web import wanted

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
        asked = request.args
        choice = Choice(_names("only"), _names("except"), asked.get("changes") == "patch")
        cursor = request.headers.get("Last-Event-ID") or asked.get("last_event_id", "")
        wish = Wish.read([source], ["*"], cursor)
        coded = coding.accepted(request.headers.get("Accept-Encoding", ""))

        def take(sock: socket.socket, head: bytes) -> None:
            before = head + coded.opening
            try:
                served = _begin(hub, client, wish, choice, coded, sock, before)
            except (StoreUnavailable, DamagedSource, UnknownSource):
                stream.refuse("unavailable", wish.cursor, coded, sock, before)
                return
            if served is not None:
                gevent.sleep(settings.available_lead_ms / 1000)
                stream.serve(hub, client, served, coded, sock, b"")

        return Takeover(take, headers=stream.headers(coded) | own)

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
    if len(text) > wanted.LONGEST:
        raise wanted.BadChannels(
            f"{argument}: got {len(text)} characters, want at most {wanted.LONGEST}"
        )
    return frozenset(filter(None, text.split(",")))


def _begin(
    hub: Hub,
    client: Redis,
    wish: Wish,
    choice: Choice,
    coded: Coding,
    sock: socket.socket,
    before: bytes,
) -> Wish | None:
    """Say which stats there are; return how the reader is to be told of them, None if it left.

    Raises:
        StoreUnavailable: Redis did not answer in time.
        UnknownSource: There is no such source.
    """
    (source,) = wish.sources
    if hub.refusal:
        stream.refuse(hub.refusal, wish.cursor, coded, sock, before)
        return None
    view = view_of(hub, source, sources.meta(client, source).spec)
    said = coded.alone(message("available", view.available))
    try:
        sock.sendall(before + said)
    except OSError:
        return None
    return replace(wish, dialect=Envelope(view, choice))
