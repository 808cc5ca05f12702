"""Which page shows a source."""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.errors import BadSpec
from pitlive.kind import kind_of
from pitlive.messages import Json


def page(spec: Mapping[str, Json], source: str) -> str:
    """Return the path of the page that shows a source so declared, empty if there is none.

    >>> page({"kind": "declared"}, "scores"), page({"kind": "another"}, "scores")
    ('/source/scores', '')
    """
    try:
        pages = kind_of(spec).pages
    except BadSpec:  # of a kind that the server may have, and is not here
        return ""
    return next(iter(pages), "").replace("<source>", source)
