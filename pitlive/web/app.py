"""The web application: everything built here, nothing kept elsewhere."""

from __future__ import annotations

from flask import Flask
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI

from pitlive.hub import routes
from pitlive.hub.hub import Hub
from pitlive.kind import GROUP as KINDS
from pitlive.kind import kinds
from pitlive.plugins import left_out
from pitlive.settings import Settings
from pitlive.store.client import Redis, connect
from pitlive.store.durable import Durable
from pitlive.web import (
    body,
    disk,
    document,
    hub_ports,
    latency,
    layout,
    metrics,
    packing,
    pages,
    problems,
    read,
    registration,
    scrape,
    state,
    webhooks,
    write,
)
from pitlive.web.access import Access
from pitlive.web.answers import operation_id
from pitlive.web.declarations import Declarations
from pitlive.web.edge import GROUP as EDGES
from pitlive.web.edge import Edge, Services, edges
from pitlive.web.ingest import Ingest


def create_app(settings: Settings) -> Flask:
    """Return the application, with a Redis client and a hub of its own.

    Call it once per worker process, after gevent has patched it.
    """
    app = document.api("pitlive.web")
    client = connect(settings.redis)
    access = Access(settings)
    metrics.WORKERS.set(1)
    latency.register(app)
    problems.register(app)
    access.register(app)
    disk.register(app, settings)
    layout.register(app, settings, client)
    app.after_request(body.finish)
    packing.register(app)
    hub = Hub(hub_ports.EventLog(client), hub_ports.limits(settings))
    services = _services(settings, client, access, hub)
    app.register_api(_interface(services))
    app.register_blueprint(routes.routes(hub, gate=access, refused=problems.explained))
    app.register_blueprint(pages.routes())
    app.register_blueprint(document.routes(app))
    document.complete(app, _add_kinds(app, services), login=access.login)
    return app


def _add_kinds(app: OpenAPI, services: Services) -> dict[str, Edge]:
    """Add the pages and routes of all kinds; return the edges of which all could be added."""
    for name, kind in kinds().items():
        with left_out(KINDS, name, "pages"):
            registration.register(app, name, pages.of_kind(name, kind.pages))
    added = {}
    for name, edge in edges().items():
        with left_out(EDGES, name, "routes"):
            _add_edge(app, name, edge, services)
            added[name] = edge
    return added


def _add_edge(app: OpenAPI, name: str, edge: Edge, services: Services) -> None:
    own = APIBlueprint(f"interface_{name}", __name__, operation_id_callback=operation_id)
    edge.add_routes(own, services)
    others = edge.blueprints(services)
    wrapped = edge.wrap(app.wsgi_app, services)
    if not callable(wrapped):
        raise TypeError(f"wrap: got {wrapped!r}, want an application")
    registration.register(app, name, own, *others)
    app.wsgi_app = wrapped  # type: ignore[method-assign,assignment]


def _services(settings: Settings, client: Redis, access: Access, hub: Hub) -> Services:
    writer = connect(settings.redis, retries=0)  # one that waits for replicas holds up no reader
    durable = Durable(writer, settings.replicas_acknowledge)
    declarations = Declarations(writer, settings)
    ingest = Ingest(writer, durable, declarations)
    return Services(settings, client, writer, durable, declarations, ingest, access, hub)


def _interface(services: Services) -> APIBlueprint:
    """The documented routes of no kind."""
    blueprint = APIBlueprint("interface", __name__, operation_id_callback=operation_id)
    client, durable = services.redis, services.durable
    write.add_routes(blueprint, services)
    read.add_routes(blueprint, client, durable, services.access)
    state.add_routes(blueprint, client)
    webhooks.add_routes(blueprint, client, durable)
    scrape.add_routes(blueprint, client)
    return blueprint
