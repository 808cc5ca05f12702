"""What a kind of source adds to the web application: routes, and answers before the framework.

A kind registers it under the entry point group `pitlive.web`, by its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from flask import Blueprint, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel

from pitlive.hub.hub import Hub
from pitlive.messages import Json
from pitlive.plugins import of_protocol
from pitlive.settings import Settings
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.web import body
from pitlive.web.access import Access
from pitlive.web.declarations import Declarations
from pitlive.web.examples import Examples
from pitlive.web.ingest import Ingest

GROUP = "pitlive.web"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""A WSGI application."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the application has for its routes: one of each in a worker.

    Attributes:
        redis: For what is read.
        writer: For what is written; it may wait for replicas, and holds up no reader.
        durable: What is written is acknowledged through it.
        declarations: What this worker knows of the sources.
        ingest: Checks and appends entries.
        access: Who may come in.
        hub: The streams.
    """

    settings: Settings
    redis: Redis
    writer: Redis
    durable: Durable
    declarations: Declarations
    ingest: Ingest
    access: Access
    hub: Hub

    def body(self) -> bytes:
        """Return the body of the request, unpacked, of any content type.

        Raises:
            PitLiveError: It is too large, ended early, or is not what its coding says.
        """
        return body.read(request, self.settings.body_limit)


@runtime_checkable
class Edge(Protocol):
    """What a kind adds. Derive from it: every part has a default, which adds nothing.

    Attributes:
        answers: Models of what its routes answer, for the OpenAPI document.
        examples: What may be sent, which the document shows if the kind is the default one.
    """

    answers: ClassVar[Sequence[type[BaseModel]]] = ()
    examples: ClassVar[Examples] = Examples()

    def add_routes(self, blueprint: APIBlueprint, services: Services) -> None:
        """Add routes that the OpenAPI document describes."""
        return

    def paths(self) -> Mapping[str, Json]:
        """Return what the OpenAPI document says of `blueprints`: path → method → operation."""
        return {}

    def definitions(self, schemas: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return further schemas by name, which may be made from those that there are."""
        return {}

    def blueprints(self, services: Services) -> Sequence[Blueprint]:
        """Return routes that it does not see, such as streams; `paths` may describe them."""
        return ()

    def wrap(self, application: Application, services: Services) -> Application:
        """Return the application, or what answers some requests before it."""
        return application


def edges() -> Mapping[str, Edge]:
    """Return what every kind that is installed adds, by the kind's name."""
    return of_protocol(GROUP, Edge).loaded
