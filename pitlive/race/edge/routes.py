"""A race as it stood at a past lap, forecasts included."""

from __future__ import annotations

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive.race.edge import past_laps, schemas
from pitlive.store import sources
from pitlive.store.client import Redis
from pitlive.web.answers import answer, raw, said
from pitlive.web.problems import problem
from pitlive.web.schemas.shared import SourcePath


def add_routes(blueprint: APIBlueprint, redis: Redis) -> None:
    """Add the routes that look back."""

    @blueprint.get("/api/v1/sources/<source>/laps", responses=said(schemas.PastLaps, 404))
    def read_laps(path: SourcePath) -> Response:
        """List the laps of a race that can be looked back at."""
        sources.folded(redis, path.source)
        return answer({"source": path.source, "laps": past_laps.laps(redis, path.source)})

    @blueprint.get("/api/v1/sources/<source>/laps/<int:lap>", responses=said(schemas.Past, 404))
    def read_lap(path: schemas.LapPath) -> Response:
        """Read a race as it stood when the leader completed a lap, forecasts included.

        It is there soon after that. A correction of anything before it changes it.
        """
        sources.folded(redis, path.source)
        found = past_laps.lap(redis, path.source, path.lap)
        if found is None:
            there = past_laps.laps(redis, path.source)
            want = f"one from {there[0]} to {there[-1]}" if there else "one that is over"
            return problem(404, f"lap: got {path.lap}, want {want}")
        return raw(b'{"source":%s,%s' % (orjson.dumps(path.source), found[1:]))
