"""What can be written: declarations, entries, the end of a stream."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from pitlive.kind import name_of
from pitlive.messages import Json, Rejection
from pitlive.store.durable import Durable
from pitlive.web import body, reports, schemas
from pitlive.web.access import operator
from pitlive.web.answers import accepts, answer, declaration, said
from pitlive.web.awaited import preferred_s
from pitlive.web.declarations import Declarations
from pitlive.web.edge import Services, edges
from pitlive.web.examples import Examples
from pitlive.web.ingest import BodyResult, Ingest
from pitlive.web.problems import problem
from pitlive.web.sizes import are_surely_short

SOURCE = "/api/v1/sources/<source>"


def add_routes(blueprint: APIBlueprint, services: Services) -> None:
    """Add the routes that write."""
    limit, ingest = services.settings.body_limit, services.ingest
    _declare(blueprint, services.durable, services.declarations, limit)
    _delete(blueprint, services.durable, services.declarations)
    _entries(blueprint, ingest, limit)
    _flush(blueprint, ingest, services.declarations)


def _examples() -> Examples:
    """Those of the default kind, none where that is not installed."""
    edge = edges().get(str(name_of({})))
    return edge.examples if edge else Examples()


def _accepts_entries(shown: Examples) -> dict[str, Any]:
    texts = {"application/x-ndjson": shown.ndjson, "text/csv": shown.csv}
    return accepts("EntryOrEntries", shown.entries, **texts)


def _declare(
    blueprint: APIBlueprint, durable: Durable, declarations: Declarations, limit: int
) -> None:
    @blueprint.put(
        SOURCE,
        responses=said(schemas.sources.Declared, 413, 415),
        openapi_extensions=accepts("Declaration", _examples().declaration),
    )
    def declare_source(path: schemas.shared.SourcePath) -> Response:
        """Declare a source, or change its declaration.

        The log is folded again under the new declaration.
        """
        given = json_object(limit)
        with durable.writes():
            declared = declarations.declare(path.source, given)
        return declaration(path.source, declared.version, declared.spec)


def _delete(blueprint: APIBlueprint, durable: Durable, declarations: Declarations) -> None:
    @blueprint.delete(SOURCE, responses=said(schemas.sources.Deleted, 404))
    def delete_source(path: schemas.shared.SourcePath) -> Response:
        """Delete a source with all that belongs to it.

        Its entries, figures, events, set-aside things and notices are gone for good. Readers
        are told `bye` with the reason `deleted`. A source declared under the same name later
        is another one, and old cursors are told so.
        """
        with durable.writes():
            declarations.delete(path.source)
        return answer({"source": path.source, "deleted": True})


def _entries(blueprint: APIBlueprint, ingest: Ingest, limit: int) -> None:
    @blueprint.post(
        SOURCE + "/entries",
        responses=said(
            schemas.entries.Taken,
            *(404, 412, 413, 415),
            _409=schemas.entries.NothingTaken,
            _422=schemas.entries.NothingTaken,
        ),
        openapi_extensions=_accepts_entries(_examples()),
    )
    def report_entries(
        path: schemas.shared.SourcePath, query: schemas.entries.ReportQuery
    ) -> Response:
        """Report entries.

        Good entries of a mixed body are taken; each refusal says where, what was there and
        what would do. The same `uid` and `revision` again is a repeat and changes nothing.
        `Content-Encoding: gzip` is read. With `Prefer: wait=2` the answer waits for at most so
        many seconds until they are in the published state, and tells what the fold refused.
        With `holds=<id>`, the `newest` of the answer before, a log that has come back without
        what it had acknowledged answers 412 and takes nothing.
        """
        charset = request.mimetype_params.get("charset", "utf-8")
        kind = reports.format_of(request.mimetype, charset)
        sent = body.read(request, limit)
        wait_s, by = preferred_s(request.headers), operator()
        taken = ingest.accept(
            path.source,
            kind.read(sent),
            text=kind.text,
            by=by,
            wait_s=wait_s,
            holds=query.holds,
            are_short=are_surely_short(sent),
        )
        return outcome(taken)


def _flush(blueprint: APIBlueprint, ingest: Ingest, declarations: Declarations) -> None:
    @blueprint.post(
        SOURCE + "/flush",
        responses=said(schemas.entries.Taken, 404, _422=schemas.entries.NothingTaken),
    )
    def flush(path: schemas.shared.SourcePath) -> Response:
        """Say that the stream has ended: what is open is closed."""
        declarations.again(path.source)
        ended: list[Json | Rejection] = [{"type": "flush"}]
        return outcome(ingest.accept(path.source, ended, text=False, by=operator()))


def json_object(limit: int) -> dict[str, Json]:
    """Return the current request's body, which must be one JSON object."""
    return reports.json_object(request.mimetype, body.read(request, limit))


def outcome(taken: BodyResult) -> Response:
    """Answer 200 if anything was taken or nothing was sent, else 422."""
    if taken.accepted or taken.repeats or not taken.refused:
        return answer(taken.said())
    first = taken.listed[0].said()
    detail = (
        f"none was taken; the first: {first['field']}: got {first['got']!r}, want {first['want']}"
    )
    return problem(409 if "stands" in first else 422, detail, **taken.said())
