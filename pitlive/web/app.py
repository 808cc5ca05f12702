"""The web application: everything built here, nothing kept elsewhere."""

from __future__ import annotations

from flask import Flask
from flask_openapi3.blueprint import APIBlueprint

from pitlive import logs
from pitlive.arithmospora.edge import routes
from pitlive.hub import stream
from pitlive.hub.hub import Hub
from pitlive.hub.stream_fast_path import Early
from pitlive.race.edge import routes
from pitlive.settings import Settings
from pitlive.store.client import Redis, connect
from pitlive.store.durable import Durable
from pitlive.tables.edge import routes
from pitlive.tables.edge.rows_fast_path import Plain
from pitlive.web import (
    body,
    disk,
    document,
    latency,
    layout,
    metrics,
    packing,
    pages,
    problems,
    read,
    scrape,
    state,
    webhooks,
    write,
)
from pitlive.web.access import Access
from pitlive.web.answers import operation_id


def create_app(settings: Settings) -> Flask:
    """Return the application, with a Redis client and a hub of its own.

    Call it once per worker process, after gevent has patched it.
    """
    logs.to_stdout()
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
    app.register_api(_interface(settings, client, access))
    hub = app.extensions["hub"] = Hub(settings, client)  # the worker drains it
    early = app.extensions["early"] = Early(hub, access)  # the worker asks it first
    app.extensions["access"] = access  # the worker asks it who may connect
    app.register_blueprint(stream.routes(hub, client, early))
    app.register_blueprint(routes.routes(hub, client, settings))
    app.register_blueprint(pages.routes())
    app.register_blueprint(document.routes(app))
    document.complete(app, login=access.login)
    app.wsgi_app = Plain(app.wsgi_app, client, access)  # type: ignore[method-assign]
    return app


def _interface(settings: Settings, client: Redis, access: Access) -> APIBlueprint:
    """All documented routes: in one blueprint, for a second would hide what shares a path."""
    blueprint = APIBlueprint("interface", __name__, operation_id_callback=operation_id)
    writer = connect(settings.redis, retries=0)  # one that waits for replicas holds up no reader
    durable = Durable(writer, settings.replicas_acknowledge)
    write.add_routes(blueprint, settings, writer, durable)
    read.add_routes(blueprint, client, durable, access)
    state.add_routes(blueprint, client)
    webhooks.add_routes(blueprint, client, durable)
    routes.add_routes(blueprint, client)
    routes.add_routes(blueprint, client)
    scrape.add_routes(blueprint, client)
    return blueprint
