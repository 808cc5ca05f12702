"""What can be read: sources, state, the entry log, what was set aside, and how we are."""

from __future__ import annotations

import time
from dataclasses import asdict

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive.errors import DamagedSource
from pitlive.kind import kind_of
from pitlive.messages import Json
from pitlive.store import client, engines, entries, readiness, rejected, sources, unfoldable
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.store.engines import Failing
from pitlive.store.unfoldable import Unfoldable
from pitlive.web import schemas
from pitlive.web.access import Access, operator
from pitlive.web.answers import SCHEMA, answer, declaration, page, said, said_as_schema
from pitlive.web.problems import problem


def add_routes(blueprint: APIBlueprint, redis: Redis, durable: Durable, access: Access) -> None:
    """Add the routes that change nothing."""
    _service(blueprint, redis, durable, access)
    _of_a_source(blueprint, redis)


def _service(blueprint: APIBlueprint, redis: Redis, durable: Durable, access: Access) -> None:
    @blueprint.get("/healthz", responses=said(schemas.server.Health))
    def healthz() -> Response:
        """Tell whether this process answers."""
        return answer({"status": "ok"})

    @blueprint.get("/readyz", responses=said(schemas.server.Health))
    def readyz() -> Response:
        """Tell whether Redis answers and keeps what is written, and the engines keep up."""
        client.ping(redis)
        if doubts := readiness.doubts(redis, durable):
            return problem(503, "; ".join(doubts))
        return answer({"status": "ok"})

    @blueprint.get("/api/v1/me", responses=said(schemas.server.Me))
    def me() -> Response:
        """Tell who asks, and whether writing needs a login."""
        name = operator()
        return answer({"login": access.login} | ({"operator": name} if name else {}))

    @blueprint.get("/api/v1/sources", responses=said(schemas.sources.Sources))
    def list_sources() -> Response:
        """List all sources and how far each has come."""
        names, failing = sources.names(redis), engines.failing(redis)
        left_out = unfoldable.left_out(redis, names)
        listed = (summary(redis, name, failing.get(name), left_out.get(name)) for name in names)
        return answer({"sources": [one for one in listed if one]})


def _of_a_source(blueprint: APIBlueprint, redis: Redis) -> None:
    @blueprint.get("/api/v1/sources/<source>", responses=said(schemas.sources.Declared, 404))
    def read_declaration(path: schemas.shared.SourcePath) -> Response:
        """Read how a source is declared, with its defaults."""
        meta = sources.meta(redis, path.source)
        return declaration(meta.source, meta.version, meta.spec)

    @blueprint.get("/api/v1/sources/<source>/schema", responses=said_as_schema(404))
    def read_schema(path: schemas.shared.SourcePath) -> Response:
        """Read the JSON Schema of the entries of a source, as it is declared now.

        It stands alone: an editor or a program can validate an entry with it.
        """
        spec = sources.meta(redis, path.source).spec
        return answer(kind_of(spec).entry_schema(spec), mimetype=SCHEMA)

    @blueprint.get("/api/v1/sources/<source>/entries", responses=said(schemas.entries.Entries, 404))
    def read_entries(
        path: schemas.shared.SourcePath, query: schemas.entries.EntriesQuery
    ) -> Response:
        """Read the entry log, oldest first."""
        kind = kind_of(sources.meta(redis, path.source).spec)
        found = entries.read(redis, path.source, query.after, query.limit)
        listed = [kind.logged(entry) for entry in found]
        return answer({"entries": listed, "next": found.last or query.after})

    @blueprint.get(
        "/api/v1/sources/<source>/set-aside", responses=said(schemas.entries.SetAsidePage, 404)
    )
    def read_set_aside(
        path: schemas.shared.SourcePath, query: schemas.entries.AsideQuery
    ) -> Response:
        """Read what could not be taken, and why, oldest first."""
        sources.folded(redis, path.source)
        found = rejected.read(redis, path.source, query.after, query.limit)
        return answer({"aside": found, "next": found[-1]["id"] if found else query.after})


def summary(
    redis: Redis, source: str, failing: Failing | None, left_out: Unfoldable | None
) -> dict[str, Json] | None:
    """Return how far a source has come, None if it is gone meanwhile; if damaged, what is wrong.

    Args:
        failing: Why nobody follows it at the moment, though an engine tries.
        left_out: What is known of entries that are left out, if any are.
    """
    try:
        return _summary(redis, source, failing, left_out)
    except DamagedSource as bad:
        now_ms = time.time_ns() // 1_000_000
        return {"source": source, "failing": asdict(failing or Failing(str(bad), 0, now_ms))}


def _summary(
    redis: Redis, source: str, failing: Failing | None, left_out: Unfoldable | None
) -> dict[str, Json] | None:
    if (known := sources.summary(redis, source)) is None:
        return None
    return {
        "source": source,
        **known.about,
        **page(known.about, source),
        "cursor": str(known.cursor),
        "entries": entries.count(redis, source),
        "newest": known.newest or entries.newest(redis, source),
        "folded": known.folded,
        "late": known.late,
        "aside": rejected.count(redis, source),
        **({"repairs": known.repairs} if known.repairs else {}),
        **({"failing": asdict(failing)} if failing else {}),
        **({"unfoldable": asdict(left_out)} if left_out else {}),
    }
