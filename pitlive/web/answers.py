"""Answers as bytes, and how the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel

from pitlive.kind import page_of
from pitlive.messages import Json

NO_STORE = {"Cache-Control": "no-store"}
"""Figures are of this moment; nobody may keep them on the way."""

ALWAYS = (401, 403, 422, 429, 503)
"""Problems that any route may answer with: the door, the path or query, Redis."""


JSON, SCHEMA = "application/json", "application/schema+json"


def answer(value: Json, status: int = 200, *, mimetype: str = JSON) -> Response:
    """Return a value as JSON."""
    return raw(orjson.dumps(value), status, mimetype=mimetype)


def raw(text: bytes, status: int = 200, *, mimetype: str = JSON) -> Response:
    """Return ready-made JSON text."""
    return Response(text, status, NO_STORE, mimetype=mimetype)


def declaration(source: str, version: int, spec: Mapping[str, Json]) -> Response:
    """Return how a source is declared."""
    about = {"source": source, "version": version, "spec": spec}
    return answer(about | page(spec, source))


def page(spec: Mapping[str, Json], source: str) -> dict[str, Json]:
    """Return where a source so declared is shown, nothing if it is nowhere."""
    shown = page_of(spec, source)
    return {"page": shown} if shown else {}


def operation_id(*, name: str, **_: str) -> str:
    """Return the name of an operation in the OpenAPI document: that of its function."""
    return name


def said(
    model: type[BaseModel], *problems: int, status: int = 200, **special: type[BaseModel]
) -> dict[str | int | HTTPStatus, Any]:
    """Describe a route's answers: a model, and problems by status.

    Args:
        special: Models of problems that say more than usual: `_409=DecidedBefore`.
    """
    described: dict[str | int | HTTPStatus, Any] = {}
    described |= {str(status): _described(status, "application/json", model.__name__)}
    for code in sorted({*ALWAYS, *problems}):
        described[str(code)] = _described(code, "application/problem+json", "Problem")
    for name, more in special.items():
        code = int(name.removeprefix("_"))
        described[str(code)] = _described(code, "application/problem+json", more.__name__)
    return described


def said_as_schema(*problems: int) -> dict[str | int | HTTPStatus, Any]:
    """Describe the answers of a route that answers with a JSON Schema."""
    schema = {"type": "object", "required": ["$schema"], "additionalProperties": True}
    content = {SCHEMA: {"schema": schema}}
    described: dict[str | int | HTTPStatus, Any] = {
        "200": {"description": "OK", "content": content}
    }
    for code in sorted({*ALWAYS, *problems}):
        described[str(code)] = _described(code, "application/problem+json", "Problem")
    return described


def accepts(schema: str, example: Json, **texts: str | None) -> dict[str, Any]:
    """Describe a route's body.

    Args:
        schema: Name of the schema of its JSON.
        example: What may stand there, None to show nothing.
        texts: Other content types → an example of each.
    """
    content: dict[str, Any] = {"application/json": {"schema": _ref(schema)} | _example(example)}
    for mimetype, text in texts.items():
        content[mimetype] = {"schema": {"type": "string"}} | _example(text)
    return {"requestBody": {"required": True, "content": content}}


def _example(value: Json) -> dict[str, Json]:
    return {} if value is None else {"example": value}


def _described(status: int, mimetype: str, schema: str) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {mimetype: {"schema": _ref(schema)}},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
