"""`python -m pitlive.web.document > openapi.json`: the document without a server or a Redis."""

from __future__ import annotations

import json
import sys
from typing import cast

from flask_openapi3.openapi import OpenAPI

from pitlive.settings import load
from pitlive.web.app import create_app


def main() -> None:
    """Write the document of an installation with all its plug-ins, in an order that stays."""
    document = cast(OpenAPI, create_app(load())).spec_json
    json.dump(document, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
