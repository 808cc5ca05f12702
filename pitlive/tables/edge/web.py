"""What tables add to the web application: their rows, also before the framework."""

from __future__ import annotations

from flask_openapi3.blueprint import APIBlueprint

from pitlive.tables.edge import routes, schemas
from pitlive.tables.edge.rows_fast_path import RowsFastPath
from pitlive.web.edge import Application, Edge, Services


class TableEdge(Edge):
    """Reads rows."""

    answers = (schemas.TableRows,)

    def add_routes(self, blueprint: APIBlueprint, services: Services) -> None:
        """Add the route that reads rows."""
        routes.add_routes(blueprint, services.redis)

    def wrap(self, application: Application, services: Services) -> Application:
        """Answer plain requests for rows before the framework."""
        return RowsFastPath(application, services.redis, services.access)


EDGE = TableEdge()
