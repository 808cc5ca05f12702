"""Live prices: whatever is put goes to every browser that follows (docs/hub.md).

gunicorn --worker-class pitlive.hub.takeover.StreamWorker app:app
curl -N localhost:8000/api/v1/sources/market/events
curl -X PUT localhost:8000/market/gold -H 'Content-Type: application/json' -d '{"bid": 4012.5}'
"""

import os

from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pitlive.hub.hub import Hub
from pitlive.hub.metrics import REGISTRY
from pitlive.hub.redis_log import RedisLog
from pitlive.hub.routes import routes

app = Flask(__name__)
log = RedisLog.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
app.register_blueprint(routes(Hub(log)))


@app.put("/<source>/<channel>")
def publish(source: str, channel: str) -> tuple[str, int]:
    """Publish the new value of a channel."""
    return str(log.publish(source, channel, request.get_json())), 200


@app.get("/metrics")
def metrics() -> Response:
    """What this worker has counted, for Prometheus."""
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
