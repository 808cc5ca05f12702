"""`pitlive openapi`: the OpenAPI document of this installation, without a server."""

from __future__ import annotations

import json
import sys
from typing import cast

import click


@click.command(short_help="Print the OpenAPI document, without a server.")
def openapi() -> None:
    """Print the OpenAPI document: every route, declaration, entry and answer of all kinds.

    It is that of a server with the same packages installed, in an order that stays, so that
    what is generated from it changes only with it.

    \b
    Example
      pitlive openapi > openapi.json
    """
    from flask_openapi3.openapi import OpenAPI

    from pitlive.settings import load
    from pitlive.web.app import create_app

    document = cast(OpenAPI, create_app(load())).spec_json
    json.dump(document, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
