"""What may be sent, as the OpenAPI document shows it: that of the default kind of source."""

from __future__ import annotations

from typing import NamedTuple

from pitlive.messages import Json


class Examples(NamedTuple):
    """Examples of what is sent to a kind of source; what is None is not shown.

    Attributes:
        entries: Several, as JSON.
        ndjson: Others, a JSON object a line.
        csv: Others, as a table.
    """

    declaration: Json = None
    entries: Json = None
    ndjson: str | None = None
    csv: str | None = None
