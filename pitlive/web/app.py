"""The web application: everything built here, nothing kept elsewhere."""

from __future__ import annotations

from flask import Flask

from pitlive.settings import Settings
from pitlive.store.client import connect
from pitlive.web import document, pages, problems, read, stream, write
from pitlive.web.access import Access


def create_app(settings: Settings) -> Flask:
    """Return the application, with a Redis client and a hub of its own.

    Call it once per worker process, after gevent has patched it.
    """
    app = document.api("pitlive.web")
    client = connect(settings.redis)
    access = Access(settings)
    problems.register(app)
    access.register(app)
    app.register_api(write.routes(settings, client))
    app.register_api(read.routes(client, access))
    app.register_blueprint(stream.routes(settings, client))
    app.register_blueprint(pages.routes())
    app.register_blueprint(document.routes(app))
    document.complete(app, login=access.login)
    return app
