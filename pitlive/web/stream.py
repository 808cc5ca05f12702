"""The two stream routes: checked like any request, then handed to the hub."""

from __future__ import annotations

import socket
from contextlib import suppress

from flask import Blueprint, Response, request

from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store.client import UNAVAILABLE, Redis
from pitlive.web import wanted, words
from pitlive.web.greeting import Greeting
from pitlive.web.hub import Hub
from pitlive.web.takeover import Takeover
from pitlive.web.wish import Wish

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def routes(settings: Settings, client: Redis) -> Blueprint:
    """Return the two stream routes, served by one hub of this worker."""
    blueprint = Blueprint("streams", __name__)
    hub = Hub(settings, client)
    blueprint.record_once(lambda setup: setup.app.extensions.update(hub=hub))  # to be drained

    def stream(sources: list[str]) -> Response:
        patterns = wanted.read(request.args.getlist("channels"))
        cursor = request.headers.get("Last-Event-ID") or request.args.get("last_event_id", "")
        wish = Wish.read(sources, patterns, cursor)
        return Takeover(lambda sock, head: _serve(hub, client, wish, sock, head), headers=HEADERS)

    @blueprint.get("/api/v1/sources/<source>/events")
    def events_of_source(source: str) -> Response:
        return stream([source])

    @blueprint.get("/api/v1/events")
    def events_of_sources() -> Response:
        return stream(request.args.getlist("source"))

    return blueprint


def _serve(hub: Hub, client: Redis, wish: Wish, sock: socket.socket, head: bytes) -> None:
    """Bring a reader up to date and give it to the hub, or say goodbye with a time to come back.

    Never with a status that ends EventSource for good.
    """
    refusal = hub.refusal
    if not refusal:
        try:
            group, first = Greeting(hub, client, wish).prepare()
            hub.take_over(sock, group, head + first)
            return
        except (*UNAVAILABLE, StoreUnavailable):
            refusal = "unavailable"
    with suppress(OSError):  # it may have left meanwhile
        sock.sendall(head + words.bye(refusal, wish.cursor, words.AWAY_RETRY_MS))
