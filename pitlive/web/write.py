"""What can be written: declarations, entries, the end of a stream, decisions."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from pitlive.messages import Entry, Json, SetAside
from pitlive.settings import Settings
from pitlive.store import entries
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.web import body, examples, reports, schemas
from pitlive.web.access import operator
from pitlive.web.answers import accepts, answer, said
from pitlive.web.awaited import preferred_s
from pitlive.web.declared import Declarations
from pitlive.web.ingest import Ingest, Refusal, Taken
from pitlive.web.problems import problem

SOURCE = "/api/v1/sources/<source>"

DECISION = ("car", "lap", "operator", "tires", "service_ms", "reason", "at_ms")
"""Fields of a decision; a revision or a uid of the sender's would let it be made twice."""


def add_routes(blueprint: APIBlueprint, settings: Settings, redis: Redis, durable: Durable) -> None:
    """Add the routes that write, which share what this worker knows of the sources."""
    declarations = Declarations(redis, settings)
    ingest = Ingest(redis, durable, declarations)
    _declare(blueprint, durable, declarations, settings.body_limit)
    _delete(blueprint, durable, declarations)
    _entries(blueprint, ingest, settings.body_limit)
    _flush(blueprint, ingest, declarations)
    decisions = Decisions(redis, durable, ingest)
    _decisions(blueprint, decisions, settings.body_limit)


def _declare(
    blueprint: APIBlueprint, durable: Durable, declarations: Declarations, limit: int
) -> None:
    @blueprint.put(
        SOURCE,
        responses=said(schemas.sources.Declared, 413, 415),
        openapi_extensions=accepts("Declaration", examples.DECLARATION),
    )
    def declare_source(path: schemas.shared.SourcePath) -> Response:
        """Declare a source, or change its declaration.

        The log is folded again under the new declaration.
        """
        given = _object(limit)
        with durable.writes():
            declared = declarations.declare(path.source, given)
        said = {"source": path.source, "version": declared.version, "spec": declared.spec}
        return answer(said)


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
        openapi_extensions=accepts("EntryOrEntries", examples.ENTRIES, **examples.TEXTS),
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
        things = kind.read(body.read(request, limit))
        wait_s, by = preferred_s(request.headers), operator()
        taken = ingest.take(
            path.source, things, text=kind.text, by=by, wait_s=wait_s, holds=query.holds
        )
        return _outcome(taken)


def _flush(blueprint: APIBlueprint, ingest: Ingest, declarations: Declarations) -> None:
    @blueprint.post(
        SOURCE + "/flush",
        responses=said(schemas.entries.Taken, 404, _422=schemas.entries.NothingTaken),
    )
    def flush(path: schemas.shared.SourcePath) -> Response:
        """Say that the stream has ended: what is open is closed."""
        declarations.again(path.source)
        ended: list[Json | SetAside] = [{"type": "flush"}]
        return _outcome(ingest.take(path.source, ended, text=False, by=operator()))


def _decisions(blueprint: APIBlueprint, decisions: Decisions, limit: int) -> None:
    @blueprint.post(
        SOURCE + "/decisions",
        responses=said(
            schemas.races.Decided,
            *(404, 413, 415),
            status=201,
            _409=schemas.races.DecidedBefore,
            _422=schemas.entries.NothingTaken,
        ),
        openapi_extensions=accepts("PitDecision", examples.DECISION),
    )
    def decide(path: schemas.shared.SourcePath) -> Response:
        """Resolve a conflict between pit reports, once for each car and lap."""
        return decisions.decide(path.source, _object(limit))


class Decisions:
    """Decides conflicts: whoever comes first, and nobody after."""

    def __init__(self, redis: Redis, durable: Durable, ingest: Ingest) -> None:
        self._redis = redis
        self._durable = durable
        self._ingest = ingest

    def decide(self, source: str, decision: dict[str, Json]) -> Response:
        """Answer 201 with the decision that now stands, or 409 with the one before."""
        own = {name: decision[name] for name in DECISION if name in decision}
        decided: list[Json | SetAside] = [{"type": "pit_decision", **own}]
        check = partial(self._ingest.check, decided, text=False, by=operator())
        with self._durable.writes():
            (made, refused), appended = self._ingest.append(source, check)
        if appended is None:
            self._ingest.refuse(source, [refused[0]])
            return _outcome(Taken(refused=1, listed=[Refusal(0, refused[0])]))
        return self._stands(source, made[0], accepted=bool(appended.accepted))

    def _stands(self, source: str, made: Entry, *, accepted: bool) -> Response:
        """The same decision again is the retry of an answer that got lost."""
        stood = None if accepted else entries.named(self._redis, source, made.uid)
        if stood is None or dict(stood.data) == dict(made.data):
            return answer({"decision": _decision(stood or made)}, 201)
        by = stood.data.get("operator")
        detail = f"{made.uid}: {by} decided before"
        return problem(409, detail, decision=_decision(stood))


def _decision(entry: Entry) -> dict[str, Any]:
    return {**entry.data, "at_ms": entry.at_ms}


def _object(limit: int) -> dict[str, Json]:
    """The current request's body, which must be one JSON object."""
    return reports.json_object(request.mimetype, body.read(request, limit))


def _outcome(taken: Taken) -> Response:
    """200 if anything was taken or nothing was sent, else 422."""
    if taken.accepted or taken.repeats or not taken.refused:
        return answer(taken.said())
    first = taken.listed[0].said()
    detail = (
        f"none was taken; the first: {first['field']}: got {first['got']!r}, want {first['want']}"
    )
    return problem(409 if "stands" in first else 422, detail, **taken.said())
