"""Plain requests for rows of a table, answered before the web framework.

A page of a table is read ten times a second by whoever scrolls, and two thirds of its time
were the framework's. As with streams (`hub.stream_fast_path`) only what is certain is
answered here, and everything else goes on untouched, so there is one place for every rule
and every refusal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.messages import SOURCE_NAME
from pitlive.store.client import Redis
from pitlive.tables.edge import packed, routes, schemas
from pitlive.web import packing
from pitlive.web.access import Access
from pitlive.web.edge import Application
from pitlive.web.metrics import REQUESTS

_PATH = re.compile(rf"/api/v1/sources/({SOURCE_NAME.strip('^$')})/rows")
_WHOLE = re.compile(r"[0-9]{1,9}")
_VALUES = {
    "offset": _WHOLE,
    "limit": _WHOLE,
    "columns": re.compile(r"[0-9]{1,4}(?:(?:,|%2C)[0-9]{1,4})*"),
}

_NOT_PLAIN = frozenset(
    {
        "CONTENT_LENGTH",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_EXPECT",
        "HTTP_IF_NONE_MATCH",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_RANGE",
    }
)
"""With one of these an answer may be another one, or a body has to be dropped."""

_OF_A_PAGE = frozenset({"content-encoding", "content-length", "etag", "date"})
"""Headers that differ from page to page."""


class RowsRequest(NamedTuple):
    """A plain request for rows."""

    source: str
    offset: int
    limit: int
    columns: Sequence[int]


class RowsFastPath:
    """Stands before an application, for one worker."""

    def __init__(self, application: Application, redis: Redis, access: Access) -> None:
        self._application, self._redis, self._access = application, redis, access
        self._headers: list[tuple[str, str]] = []
        self._taken = REQUESTS.labels(routes.ROUTE, "GET", "2xx")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, or let the application answer."""
        began = time.perf_counter()
        asked = self._asked(environ)
        if asked is None:
            return self._application(environ, start_response)
        if not self._headers:
            return self._application(environ, self._learning(start_response))
        if (found := self._read(asked)) is None:
            return self._application(environ, start_response)
        text = routes.text(asked.source, asked.offset, found)
        text, own = _coded(text, routes.tag(text), environ.get("HTTP_ACCEPT_ENCODING"))
        start_response("200 OK", self._headers + own)
        self._taken.observe(time.perf_counter() - began)
        return [text]

    def _asked(self, environ: Mapping[str, Any]) -> RowsRequest | None:
        """Return what is asked for if that is plain, and sure to be let in."""
        path = _PATH.fullmatch(environ["PATH_INFO"])
        if path is None or environ["REQUEST_METHOD"] != "GET" or environ.get("SCRIPT_NAME"):
            return None
        if not _NOT_PLAIN.isdisjoint(environ) or not self._admits(environ):
            return None
        return read(path[1], environ.get("QUERY_STRING", ""))

    def _admits(self, environ: Mapping[str, Any]) -> bool:
        names = {"host": "HTTP_HOST", "authorization": "HTTP_AUTHORIZATION"}
        return self._access.admits({k: environ[v] for k, v in names.items() if v in environ})

    def _read(self, asked: RowsRequest) -> packed.TablePage | None:
        """Return the rows, None if there is a reason to give why there are none."""
        try:
            found = packed.page(self._redis, *asked)
        except (StoreUnavailable, DamagedSource):
            return None
        return found if found and len(found.columns) == len(asked.columns or found.about) else None

    def _learning(self, start_response: Any) -> Any:
        """Remember the headers that the application gives to a page: the same for every one."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if status == "200 OK" and not any(name.lower() == "set-cookie" for name, _ in headers):
                self._headers = [one for one in headers if one[0].lower() not in _OF_A_PAGE]
            return start_response(status, headers, *rest)

        return start


def _coded(text: bytes, tag: str, header: str | None) -> tuple[bytes, list[tuple[str, str]]]:
    """Return a page as it is sent, and the headers that are its own, as `packing` has them."""
    own = [("ETag", f'W/"{tag}"' if packing.accepts(header) else f'"{tag}"')]
    if (packed := packing.packed(text, header)) is not None:
        text, own = packed, [*own, ("Content-Encoding", "gzip")]
    return text, [*own, ("Content-Length", str(len(text)))]


def read(source: str, query: str) -> RowsRequest | None:
    """Return what a query asks for, None if that is not plain or not sure to be right.

    >>> read("dataset", "offset=100&limit=2&columns=0,3")
    RowsRequest(source='dataset', offset=100, limit=2, columns=[0, 3])
    >>> read("dataset", "limit=0") is read("dataset", "columns=2.5") is None
    True
    """
    pairs = [part.partition("=")[::2] for part in query.split("&")] if query else []
    given = dict(pairs)
    if len(given) < len(pairs) or not all(
        name in _VALUES and _VALUES[name].fullmatch(value) for name, value in pairs
    ):
        return None
    offset, limit = int(given.get("offset", 0)), int(given.get("limit", schemas.USUAL_ROWS))
    columns = given.get("columns", "").replace("%2C", ",")
    if not 1 <= limit <= schemas.MOST_ROWS or len(columns) > schemas.LONGEST_COLUMNS:
        return None
    return RowsRequest(source, offset, limit, routes.read(columns or None))
