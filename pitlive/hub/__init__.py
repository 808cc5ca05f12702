"""Fan-out of Server-Sent Events, as a library: every open stream of a gunicorn worker.

In ten lines, with a log that is ready to be used (docs/hub.md):

    from flask import Flask, request
    from pitlive.hub.hub import Hub
    from pitlive.hub.redis_log import RedisLog
    from pitlive.hub.routes import routes

    app = Flask(__name__)
    log = RedisLog.from_url("redis://localhost:6379")
    app.register_blueprint(routes(Hub(log)))

    @app.put("/<source>/<channel>")
    def publish(source, channel):
        return str(log.publish(source, channel, request.get_json()))

    $ gunicorn --worker-class pitlive.hub.takeover.StreamWorker module:app

What an application uses:

- `hub.Hub`, `routes.routes`: the streams of a worker, and their blueprint.
- `takeover.StreamWorker`: gunicorn's worker class.
- `ports`: `Log`, `Announcements`, `State` and `Gate`, to be fulfilled by what is there; `Limits`.
- `redis_log.RedisLog`: a log in a plain Redis.
- `dialect.Dialect`, `sse`, `routes.serve`, `takeover.Takeover`: routes and wordings of one's own.
- `metrics.REGISTRY`: what it counts.

Nothing is imported here: gunicorn's arbiter loads the worker class from this package before gevent
has patched anything. Of PitLive the hub imports `messages` and `errors` and nothing else.

The way of a stream, file by file, is in docs/architecture.md.
"""
