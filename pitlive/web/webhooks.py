"""What webhooks had to tell, what became of it, and how it is sent again."""

from __future__ import annotations

from dataclasses import asdict
from typing import get_args

import orjson
import structlog
from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive.messages import Json
from pitlive.store import outbox, sources
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.store.notice import Attempts, Fate, Notice
from pitlive.web import schemas
from pitlive.web.access import operator
from pitlive.web.answers import answer, said
from pitlive.web.ingest import wall_ms
from pitlive.web.problems import problem

log = structlog.get_logger()

WEBHOOKS = "/api/v1/sources/<source>/webhooks"


def add_routes(blueprint: APIBlueprint, redis: Redis, durable: Durable) -> None:
    """Add the two routes."""

    @blueprint.get(WEBHOOKS, responses=said(schemas.webhooks.Webhooks, 404))
    def read_webhooks(
        path: schemas.shared.SourcePath, query: schemas.webhooks.WebhooksQuery
    ) -> Response:
        """Read what webhooks had to tell and what became of it, newest first."""
        sources.folded(redis, path.source)
        fates = [query.fate] if query.fate else get_args(Fate)
        found = [
            shown(fate, *one)
            for fate in fates
            for one in outbox.listed(redis, path.source, fate, query.before, query.limit)
        ]
        found.sort(key=lambda one: -one["number"])
        counts = outbox.counts(redis, path.source)
        notices = found[: query.limit]
        return answer({"source": path.source, "counts": counts, "notices": notices})

    @blueprint.post(
        WEBHOOKS + "/<id>/resend", responses=said(schemas.webhooks.Resent, *(404, 409), status=202)
    )
    def resend_notice(path: schemas.webhooks.NoticePath) -> Response:
        """Send a dead notice again, as if it had not been tried; its id stays the same."""
        sources.folded(redis, path.source)
        with durable.writes() as writer:
            is_sent = outbox.resend(writer, path.source, path.id, wall_ms())
        if is_sent:
            log.info("sent again", source=path.source, id=path.id, by=operator())
            return answer({"id": path.id, "fate": "pending"}, 202)
        fate = outbox.fate(redis, path.source, path.id)
        if fate is None:
            return problem(404, f"id: got {path.id!r}, want that of a notice of {path.source}")
        return problem(409, f"{path.id}: is {fate}, want one that is dead")


def shown(fate: Fate, notice: Notice, attempts: Attempts) -> dict[str, Json]:
    """Return a notice with its fate; what is not known is absent."""
    known = {k: v for k, v in asdict(attempts).items() if v or k == "attempts"}
    answer = asdict(notice) | {"body": orjson.loads(notice.body)}
    if fault := answer.pop("fault"):
        known["reason"] = fault
    answer = {k: v for k, v in answer.items() if v or k not in ("run", "moment_ms")}
    return answer | {"fate": fate} | known
