"""What can be read: sources, state, the entry log, what was set aside, and how we are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive import kinds
from pitlive.errors import UnknownSource
from pitlive.messages import Entry, Json
from pitlive.store import aside, channel, client, entries, sources
from pitlive.store.client import Redis
from pitlive.web import schemas, wanted
from pitlive.web.access import Access, operator
from pitlive.web.answers import answer, raw, said
from pitlive.web.ingest import wall_ms
from pitlive.web.problems import problem

LAG_MS = 5000
"""A killed engine's sources are taken over within this; an entry older than it is stuck."""


def add_routes(blueprint: APIBlueprint, redis: Redis, access: Access) -> None:
    """Add the routes that change nothing."""
    _service(blueprint, redis, access)
    _of_a_source(blueprint, redis)


def _service(blueprint: APIBlueprint, redis: Redis, access: Access) -> None:
    @blueprint.get("/healthz", responses=said(schemas.server.Health))
    def healthz() -> Response:
        """Tell whether this process answers."""
        return answer({"status": "ok"})

    @blueprint.get("/readyz", responses=said(schemas.server.Health))
    def readyz() -> Response:
        """Tell whether Redis answers and the engines keep up."""
        client.ping(redis)
        if stuck := behind(redis, wall_ms()):
            return problem(503, f"the engine is behind: {', '.join(stuck)}")
        return answer({"status": "ok"})

    @blueprint.get("/api/v1/me", responses=said(schemas.server.Me))
    def me() -> Response:
        """Tell who asks, and whether writing needs a login."""
        name = operator()
        return answer({"login": access.login} | ({"operator": name} if name else {}))

    @blueprint.get("/api/v1/sources", responses=said(schemas.sources.Sources))
    def list_sources() -> Response:
        """List all sources and how far each has come."""
        listed = (summary(redis, name) for name in sources.names(redis))
        return answer({"sources": [one for one in listed if one]})


def _of_a_source(blueprint: APIBlueprint, redis: Redis) -> None:
    @blueprint.get("/api/v1/sources/<source>", responses=said(schemas.sources.Declared, 404))
    def read_declaration(path: schemas.shared.SourcePath) -> Response:
        """Read how a source is declared, with its defaults."""
        meta = sources.meta(redis, path.source)
        return answer({"source": meta.source, "version": meta.version, "spec": meta.spec})

    @blueprint.get("/api/v1/sources/<source>/state", responses=said(schemas.sources.State, 404))
    def read_state(path: schemas.shared.SourcePath, query: schemas.sources.StateQuery) -> Response:
        """Read the state of some channels at one cursor."""
        state = channel.snapshot(redis, path.source, wanted.read([query.channels]))
        head = orjson.dumps({"source": path.source, "cursor": str(state.cursor)})
        return raw(b'%s,"channels":%s}' % (head[:-1], state.encode()))

    @blueprint.get("/api/v1/sources/<source>/entries", responses=said(schemas.entries.Entries, 404))
    def read_entries(
        path: schemas.shared.SourcePath, query: schemas.entries.EntriesQuery
    ) -> Response:
        """Read the entry log, oldest first."""
        kind = kinds.of(sources.meta(redis, path.source).spec)
        found = entries.read(redis, path.source, query.after, query.limit)
        listed = [logged(entry, kind.shown(entry)) for entry in found]
        return answer({"entries": listed, "next": found.last or query.after})

    @blueprint.get(
        "/api/v1/sources/<source>/set-aside", responses=said(schemas.entries.SetAsidePage, 404)
    )
    def read_set_aside(
        path: schemas.shared.SourcePath, query: schemas.entries.AsideQuery
    ) -> Response:
        """Read what could not be taken, and why, oldest first."""
        sources.folded(redis, path.source)
        found = aside.read(redis, path.source, query.after, query.limit)
        return answer({"aside": found, "next": found[-1]["id"] if found else query.after})


def summary(redis: Redis, source: str) -> dict[str, Json] | None:
    """Return how far a source has come, None if it is gone meanwhile."""
    if (known := sources.summary(redis, source)) is None:
        return None
    return {
        "source": source,
        **known.about,
        "cursor": str(known.cursor),
        "entries": entries.count(redis, source),
        "folded": known.folded,
        "late": known.late,
        "aside": aside.count(redis, source),
    }


def behind(redis: Redis, now_ms: int) -> list[str]:
    """Return the sources with an entry that should have been folded in by now."""
    return [name for name in sources.names(redis) if _is_behind(redis, name, now_ms)]


def _is_behind(redis: Redis, source: str, now_ms: int) -> bool:
    try:
        folded = sources.folded(redis, source)
    except UnknownSource:
        return False
    waiting = entries.read(redis, source, folded, 1)
    return bool(waiting) and now_ms - waiting.logged[0].ms > LAG_MS


def logged(entry: Entry, data: Mapping[str, Json]) -> dict[str, Any]:
    """Return an entry as the log has it, with that of its data; what is not known is absent."""
    own = {"amends": entry.amends, "origin": entry.origin, "retract": entry.retract}
    return {
        **data,
        **{name: value for name, value in own.items() if value},
        "id": entry.id,
        "uid": entry.uid,
        "type": entry.type,
        "at_ms": entry.at_ms,
        "revision": entry.revision,
        "seen_ms": entry.seen_ms,
    }
