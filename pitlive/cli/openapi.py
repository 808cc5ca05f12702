"""`pitlive openapi`: the OpenAPI document of this installation, without a server."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import cast

import click


@click.command(short_help="Print the OpenAPI document, without a server.")
def openapi() -> None:
    """Print the OpenAPI document: every route, declaration, entry and answer of all kinds.

    It is that of a server with the same packages installed, in an order that stays, so that
    what is generated from it changes only with it. What a package brings and is left out is
    named on the standard error.

    \b
    Example
      pitlive openapi > openapi.json
    """
    from flask_openapi3.openapi import OpenAPI

    from pitlive import logs
    from pitlive.plugins import OF_WEB
    from pitlive.settings import load
    from pitlive.web.app import create_app

    with redirect_stdout(sys.stderr):  # what is logged, and what modules of packages print
        document = cast(OpenAPI, create_app(load())).spec_json
        logs.left_out(OF_WEB)
    json.dump(document, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
