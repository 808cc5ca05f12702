"""What races add to the web application: past laps, and decisions between pit reports."""

from __future__ import annotations

from collections.abc import Mapping

from flask_openapi3.blueprint import APIBlueprint

from pitlive.messages import Json
from pitlive.race.edge import decisions, routes, schemas
from pitlive.race.edge.example_race import EXAMPLES
from pitlive.web.edge import Edge, Services


class RaceEdge(Edge):
    """Looks back, and decides."""

    answers = (schemas.Decided, schemas.DecidedBefore, schemas.PastLaps, schemas.Past)
    examples = EXAMPLES

    def definitions(self, schemas: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return that of a decision."""
        return {"PitDecision": decisions.schema(schemas["PitDecisionEntry"])}

    def add_routes(self, blueprint: APIBlueprint, services: Services) -> None:
        """Add the routes of past laps and of decisions."""
        decisions.add_routes(blueprint, services)
        routes.add_routes(blueprint, services.redis)


EDGE = RaceEdge()
