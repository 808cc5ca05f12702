"""The two routes of streams: checked like any request, then handed to the hub."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import structlog
from flask import Blueprint, Response, request

from pitlive.errors import DamagedSource, PitLiveError, StoreUnavailable
from pitlive.hub import coding, control, metrics, patterns
from pitlive.hub.coding import Coding
from pitlive.hub.hub import Hub
from pitlive.hub.patterns import BadChannels
from pitlive.hub.plain_request import PREFIX
from pitlive.hub.ports import FrameworkDecides, Gate, Overrun
from pitlive.hub.stream_fast_path import StreamFastPath
from pitlive.hub.stream_request import BadStream, StreamRequest
from pitlive.hub.takeover import Served, Takeover, serve_with

logger = structlog.get_logger()

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Accel-Buffering": "no"}


def _plain_text(error: PitLiveError) -> Response:
    return Response(f"{error}\n", 422, mimetype="text/plain")


def routes(
    hub: Hub,
    *,
    gate: Gate | None = None,
    prefix: str = PREFIX,
    refused: Callable[[PitLiveError], Response] = _plain_text,
) -> Blueprint:
    """Return the routes of streams, served by one hub of this worker.

    They are `<prefix>/sources/<source>/events` and `<prefix>/events?source=…&source=…`. The
    application that registers them is served by `StreamWorker`.

    Args:
        gate: Who is sure to be let in before the application's own hooks are asked; nobody
            unless it is given, so that every hook sees every reader.
        refused: Answers a request that can never be served.
    """
    gate = gate or FrameworkDecides()
    blueprint = Blueprint("streams", __name__)
    fast_path = StreamFastPath(hub, gate, prefix)
    comes_in, ending = gate.comes_in, hub.ending
    served = Served(hub.drain, lambda: hub.readers, fast_path.accept, comes_in, ending)
    blueprint.record(lambda state: serve_with(state.app, served))
    blueprint.register_error_handler(BadStream, refused)
    blueprint.register_error_handler(BadChannels, refused)

    @blueprint.get(f"{prefix}/sources/<source>/events")
    def events_of_source(source: str) -> Response:
        return _stream(hub, fast_path, [source])

    @blueprint.get(f"{prefix}/events")
    def events_of_sources() -> Response:
        return _stream(hub, fast_path, request.args.getlist("source"))

    return blueprint


def _stream(hub: Hub, fast_path: StreamFastPath, sources: list[str]) -> Response:
    """Answer the current request, for some sources, with a stream that the hub serves."""
    channels = patterns.read(request.args.getlist("channels"))
    cursor = request.headers.get("Last-Event-ID") or request.args.get("last_event_id", "")
    asked = StreamRequest.read(sources, channels, cursor)
    coded = coding.accepted(request.headers.get("Accept-Encoding", ""))

    def begin(sock: socket.socket, head: bytes) -> None:
        fast_path.learn(coded, head)
        serve(hub, asked, coded, sock, head + coded.opening)

    return Takeover(begin, headers=headers(coded))


def headers(coded: Coding) -> dict[str, str]:
    """Return the headers of a stream, besides those of every answer."""
    return HEADERS | ({"Content-Encoding": coded.name} if coded.name else {})


def serve(
    hub: Hub, asked: StreamRequest, coded: Coding, sock: socket.socket, before: bytes
) -> None:
    """Bring a reader up to date and give it to the hub, or say goodbye with a time to come back.

    Never with a status that ends EventSource for good.

    Args:
        before: What is to be sent first: the head, and the opening of the coding.
    """
    refusal = hub.refusal
    if not refusal:
        try:
            with metrics.CATCH_UP.time():
                group, first = hub.catch_up(asked, coded).prepare()
            hub.accept(sock, group, coded, before + first, "flask")
            return
        except (StoreUnavailable, DamagedSource, Overrun):
            refusal = "unavailable"
        except Exception:
            logger.exception("catching up failed", sources=asked.sources)
            refusal = "unavailable"
    refuse(refusal, asked.cursor, coded, sock, before)


def refuse(
    why: metrics.RefusalReason, cursor: str, coded: Coding, sock: socket.socket, before: bytes
) -> None:
    """Say goodbye to a reader who was not accepted."""
    metrics.REFUSED[why].inc()
    bye = coded.alone(control.bye(why, cursor, control.AWAY_RETRY_MS))
    with suppress(OSError):  # it may have left meanwhile
        sock.sendall(before + bye)
