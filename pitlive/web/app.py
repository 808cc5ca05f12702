"""The web application: everything built here, nothing kept elsewhere."""

from __future__ import annotations

from flask import Flask
from flask_openapi3.blueprint import APIBlueprint

from pitlive.settings import Settings
from pitlive.store.client import Redis, connect
from pitlive.web import body, document, pages, problems, read, stream, write
from pitlive.web.access import Access
from pitlive.web.answers import operation_id


def create_app(settings: Settings) -> Flask:
    """Return the application, with a Redis client and a hub of its own.

    Call it once per worker process, after gevent has patched it.
    """
    app = document.api("pitlive.web")
    client = connect(settings.redis)
    access = Access(settings)
    problems.register(app)
    access.register(app)
    app.after_request(body.finish)
    app.register_api(_interface(settings, client, access))
    app.register_blueprint(stream.routes(settings, client))
    app.register_blueprint(pages.routes())
    app.register_blueprint(document.routes(app))
    document.complete(app, login=access.login)
    return app


def _interface(settings: Settings, client: Redis, access: Access) -> APIBlueprint:
    """All documented routes: in one blueprint, for a second would hide what shares a path."""
    blueprint = APIBlueprint("interface", __name__, operation_id_callback=operation_id)
    write.add_routes(blueprint, settings, client)
    read.add_routes(blueprint, client, access)
    return blueprint
