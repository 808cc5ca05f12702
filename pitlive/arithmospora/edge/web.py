"""What Arithmospora adds to the web application: streams as its browsers know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint

from pitlive.arithmospora.edge import described, routes
from pitlive.messages import Json
from pitlive.web.edge import Edge, Services


class ArithmosporaEdge(Edge):
    """Serves any source that has stats, at `/<source>`."""

    answers = (described.StatMessage,)

    def paths(self) -> Mapping[str, Json]:
        """Describe the streams."""
        return described.paths()

    def blueprints(self, services: Services) -> Sequence[Blueprint]:
        """Return the route of the streams."""
        return (routes.routes(services.hub, services.redis, services.settings),)


EDGE = ArithmosporaEdge()
