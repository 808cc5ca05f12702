"""The two native stream routes: checked like any request, then handed to the hub."""

from __future__ import annotations

import socket
from contextlib import suppress

from flask import Blueprint, Response, request

from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.hub import coding, control
from pitlive.hub.audience import Overrun
from pitlive.hub.catch_up import Greeting
from pitlive.hub.coding import Coding
from pitlive.hub.hub import Hub
from pitlive.hub.stream_fast_path import Early
from pitlive.hub.stream_request import Wish
from pitlive.hub.takeover import Takeover
from pitlive.store.client import Redis
from pitlive.web import metrics, wanted

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Accel-Buffering": "no"}


def routes(hub: Hub, client: Redis, early: Early) -> Blueprint:
    """Return the two stream routes, served by one hub of this worker."""
    blueprint = Blueprint("streams", __name__)

    def stream(sources: list[str]) -> Response:
        patterns = wanted.read(request.args.getlist("channels"))
        cursor = request.headers.get("Last-Event-ID") or request.args.get("last_event_id", "")
        wish = Wish.read(sources, patterns, cursor)
        coded = coding.accepted(request.headers.get("Accept-Encoding", ""))

        def take(sock: socket.socket, head: bytes) -> None:
            early.learn(coded, head)
            serve(hub, client, wish, coded, sock, head + coded.opening)

        return Takeover(take, headers=headers(coded))

    @blueprint.get("/api/v1/sources/<source>/events")
    def events_of_source(source: str) -> Response:
        return stream([source])

    @blueprint.get("/api/v1/events")
    def events_of_sources() -> Response:
        return stream(request.args.getlist("source"))

    return blueprint


def headers(coded: Coding) -> dict[str, str]:
    """The headers of a stream, besides those of every answer."""
    return HEADERS | ({"Content-Encoding": coded.name} if coded.name else {})


def serve(
    hub: Hub, client: Redis, wish: Wish, coded: Coding, sock: socket.socket, before: bytes
) -> None:
    """Bring a reader up to date and give it to the hub, or say goodbye with a time to come back.

    Never with a status that ends EventSource for good.

    Args:
        before: What is to be sent first: the head, and the opening of the coding.
    """
    refusal = hub.refusal
    if not refusal:
        try:
            with metrics.GREETING.time():
                group, first = Greeting(hub, wish, coded).prepare(client)
            hub.take_over(sock, group, coded, before + first, "flask")
            return
        except (StoreUnavailable, DamagedSource, Overrun):
            refusal = "unavailable"
    refuse(refusal, wish.cursor, coded, sock, before)


def refuse(
    why: metrics.Refusal, cursor: str, coded: Coding, sock: socket.socket, before: bytes
) -> None:
    """Say goodbye to a reader who was not taken in."""
    metrics.REFUSED[why].inc()
    bye = coded.alone(control.bye(why, cursor, control.AWAY_RETRY_MS))
    with suppress(OSError):  # it may have left meanwhile
        sock.sendall(before + bye)
