"""What the door costs: processor time of a request from its WSGI environ to its answer.

The application is called in this process, as gunicorn's worker calls it; Redis is another
process, whose time does not count. A large body is compared with reading its JSON and nothing
more, the least that a server can do which looks at what it is sent; a single entry with a bare
`GET /healthz`, the least that the web framework takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import orjson
from flask import Flask
from werkzeug.test import EnvironBuilder

from benchmarks.report import Figure
from benchmarks.sources import DECLARED, FEW, orders
from pitlive.settings import load
from pitlive.web.app import create_app
from tests.stack import Stack

MANY = 1000
"""Entries of a large body."""

CARS, LAPS = 40, 2000

RACE: dict[str, Any] = {"kind": "race"}
TABLE: dict[str, Any] = {"kind": "table", "rows": 50_000, "columns": [{"name": "n"}]}
JSON, LINES = "application/json", "application/x-ndjson"


class Request(NamedTuple):
    """What is posted.

    Attributes:
        declared: What it is posted to.
        thing: Returns the entry of a number; each is another.
        size: How many things a body has; 1: it is an object.
        times: How often one is posted in a run.
    """

    name: str
    declared: Mapping[str, Any]
    thing: Callable[[int], dict[str, Any]]
    size: int = 1
    times: int = 1000
    mimetype: str = JSON


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure each kind of request, in turns."""
    requests = list(_requests())
    figures = [_figure(one) for one in requests]
    stack = Stack(engines=0, forked=False).start("redis")
    try:
        app = create_app(load(redis_url=stack.redis_url))
        for n in range(runs):
            for figure, (number, request) in zip(figures, enumerate(requests), strict=True):
                bodies = list(_bodies(request))
                cpu_us, accepted = _posted(app, f"door{n}-{number}", request, bodies)
                of = {"got": accepted, "want": request.size * request.times}
                limit_us = _read(request, bodies) if request.size > 1 else _bare(app)
                figure.add(cpu_us, limit_us, **of)
    finally:
        stack.stop()
    return figures


def _figure(request: Request) -> Figure:
    against = "reading its JSON" if request.size > 1 else "bare GET /healthz"
    return Figure(f"door: {request.name}", "CPU µs", against=against)


def _requests() -> Iterator[Request]:
    random = np.random.default_rng(1)
    ordered = list(orders(random, 0, MANY * 20, FEW))
    yield Request("one lap", RACE, _lap)
    yield Request("1,000 laps", RACE, _lap, MANY, 20)
    yield Request("one order", DECLARED, ordered.__getitem__)
    yield Request("1,000 orders", DECLARED, ordered.__getitem__, MANY, 20)
    yield Request("1,000 orders as lines", DECLARED, ordered.__getitem__, MANY, 20, LINES)
    yield Request("one cell", TABLE, _cell)


def _lap(number: int) -> dict[str, Any]:
    lap, car = divmod(number, CARS)
    at_ms = lap * 16_000 + car * 100
    return {"type": "lap", "car": str(car), "lap": lap + 1, "at_ms": at_ms, "lap_ms": 16_000}


def _cell(number: int) -> dict[str, Any]:
    return {"type": "cell", "uid": f"c{number}", "column": 0, "row": number, "value": number}


def _bodies(request: Request) -> Iterator[bytes]:
    for start in range(0, request.size * request.times, request.size):
        things = [request.thing(n) for n in range(start, start + request.size)]
        if request.mimetype == LINES:
            yield b"\n".join(map(orjson.dumps, things))
        else:
            yield orjson.dumps(things if request.size > 1 else things[0])


def _posted(app: Flask, source: str, request: Request, bodies: list[bytes]) -> tuple[float, int]:
    """Post all bodies; return the median of what a request took [CPU µs], and what was taken."""
    path = f"/api/v1/sources/{source}"
    app.test_client().put(path, json=request.declared)
    taken, accepted = [], 0
    for body in bodies:
        cpu_s, answer = _called(app, _environ(f"{path}/entries", request.mimetype, body))
        taken.append(cpu_s)
        accepted += orjson.loads(answer).get("accepted", 0)
    return median(taken) * 1e6, accepted


def _called(app: Flask, environ: dict[str, Any]) -> tuple[float, bytes]:
    """Answer one request; return what that took [CPU s], and the answer."""
    began = time.process_time()
    answer = b"".join(app(environ, lambda *_: None))  # type: ignore[arg-type]
    return time.process_time() - began, answer


def _environ(path: str, mimetype: str, body: bytes) -> dict[str, Any]:
    headers = [("Prefer", "respond-async")]  # nobody folds here what a table's sender waits for
    asked = EnvironBuilder(path, method="POST", content_type=mimetype, headers=headers)
    environ = dict(asked.get_environ())
    return environ | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _bare(app: Flask) -> float:
    """How long it takes to answer a request that asks for nothing [CPU µs]."""
    environs = (dict(EnvironBuilder("/healthz").get_environ()) for _ in range(1000))
    return median(_called(app, environ)[0] for environ in environs) * 1e6


def _read(request: Request, bodies: list[bytes]) -> float:
    """How long it takes to read the JSON of a body, and nothing more [CPU µs]."""
    taken = []
    for body in bodies:
        began = time.process_time()
        for text in body.split(b"\n") if request.mimetype == LINES else [body]:
            orjson.loads(text)
        taken.append(time.process_time() - began)
    return median(taken) * 1e6
