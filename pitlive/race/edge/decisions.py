"""Decisions between pit reports that contradict each other: the first stands."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from pitlive.messages import Entry, Json, Rejection
from pitlive.race.edge import schemas
from pitlive.store import entries
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.web.access import operator
from pitlive.web.answers import accepts, answer, said
from pitlive.web.edge import Services
from pitlive.web.ingest import BodyResult, EntryRefusal, Ingest
from pitlive.web.problems import problem
from pitlive.web.schemas.entries import NothingTaken
from pitlive.web.schemas.shared import SourcePath
from pitlive.web.write import SOURCE, json_object, outcome

FIELDS = ("car", "lap", "operator", "tires", "service_ms", "reason", "at_ms")
"""Fields of a decision; a revision or a uid of the sender's would let it be made twice."""

EXAMPLE: Json = {
    "car": "24",
    "lap": 57,
    "operator": "anna",
    "tires": 4,
    "service_ms": 11400,
    "reason": "seen on the tape",
}


def add_routes(blueprint: APIBlueprint, services: Services) -> None:
    """Add the route that decides."""
    decisions = Decisions(services.writer, services.durable, services.ingest)

    @blueprint.post(
        SOURCE + "/decisions",
        responses=said(
            schemas.Decided,
            *(404, 413, 415),
            status=201,
            _409=schemas.DecidedBefore,
            _422=NothingTaken,
        ),
        openapi_extensions=accepts("PitDecision", EXAMPLE),
    )
    def decide(path: SourcePath) -> Response:
        """Resolve a conflict between pit reports, once for each car and lap."""
        return decisions.decide(path.source, json_object(services.settings.body_limit))


def schema(entry: Json) -> Json:
    """Return the schema of a decision: sent without a type, a uid or a revision of its own."""
    return {
        "type": "object",
        "title": "PitDecision",
        "properties": {name: entry["properties"][name] for name in FIELDS},
        "required": [name for name in entry["required"] if name in FIELDS],
    }


class Decisions:
    """Decides conflicts: whoever comes first, and nobody after."""

    def __init__(self, redis: Redis, durable: Durable, ingest: Ingest) -> None:
        self._redis = redis
        self._durable = durable
        self._ingest = ingest

    def decide(self, source: str, decision: dict[str, Json]) -> Response:
        """Answer 201 with the decision that now stands, or 409 with the one before."""
        own = {name: decision[name] for name in FIELDS if name in decision}
        decided: list[Json | Rejection] = [{"type": "pit_decision", **own}]
        check = partial(self._ingest.check, decided, text=False, by=operator())
        with self._durable.writes():
            (made, refused), appended = self._ingest.append(source, check)
        if appended is None:
            self._ingest.refuse(source, [refused[0]])
            return outcome(BodyResult(refused=1, listed=[EntryRefusal(0, refused[0])]))
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
