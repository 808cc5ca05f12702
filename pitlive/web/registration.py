"""What a kind of source adds to the application is registered as a whole, or not at all."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI

from pitlive.web.document import plain
from pitlive.web.document.components import MARK, SchemaClash


def register(app: OpenAPI, kind: str, *blueprints: Blueprint) -> None:
    """Register blueprints of a kind; documented routes are marked as its own.

    Flask reads rules only now, one by one: what it refuses, it refuses on an application that
    nobody uses, before anything is added to ours.

    Raises:
        SchemaClash: The document has a route of that method and path already.
    """
    trial = Flask(__name__, static_folder=None)
    trial.url_map.converters = app.url_map.converters
    trial.blueprints, trial.view_functions = {**app.blueprints}, {**app.view_functions}
    for blueprint in blueprints:
        trial.register_blueprint(blueprint)
        if isinstance(blueprint, APIBlueprint):
            _mark(app, kind, blueprint)
    for blueprint in blueprints:
        if isinstance(blueprint, APIBlueprint):
            _document(app, blueprint)
        else:
            app.register_blueprint(blueprint)


def _mark(app: OpenAPI, kind: str, blueprint: APIBlueprint) -> None:
    """Say of each route whose it is."""
    for path, item in blueprint.paths.items():
        for method in item.model_fields_set:
            there = app.paths[path].model_fields_set if path in app.paths else set()
            if method in there | plain.paths().get(path, {}).keys():
                raise SchemaClash(
                    f"{method} {path}: got it from the kind {kind}, want another path"
                )
            setattr(getattr(item, method), MARK, kind)


def _document(app: OpenAPI, blueprint: APIBlueprint) -> None:
    """Register it; paths that it shares with others keep what those have of them."""
    before = dict(app.paths)
    app.register_api(blueprint)
    for path in before.keys() & blueprint.paths.keys():  # the framework keeps the newest item
        for method in before[path].model_fields_set:
            setattr(app.paths[path], method, getattr(before[path], method))
