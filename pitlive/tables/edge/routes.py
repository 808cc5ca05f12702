"""Rows of a table, read from its packed columns: what a page costs does not depend on the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

import orjson
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from pitlive.errors import PitLiveError
from pitlive.store import sources
from pitlive.store.client import Redis
from pitlive.tables.edge import packed, schemas
from pitlive.tables.edge.packed import TablePage
from pitlive.tables.kind import TABLE
from pitlive.tables.packed_columns import page
from pitlive.web.answers import raw, said
from pitlive.web.problems import problem
from pitlive.web.schemas.shared import SourcePath

ROUTE = "/api/v1/sources/<source>/rows"

LOOK_AGAIN = {"Cache-Control": "no-cache"}
"""A browser may keep a page, and asks each time whether its versions are still those."""


class BadColumns(PitLiveError):
    """Columns were asked for that are none."""


def add_routes(blueprint: APIBlueprint, redis: Redis) -> None:
    """Add the route that reads rows."""

    @blueprint.get(ROUTE, responses=said(schemas.TableRows, 404))
    def read_rows(path: SourcePath, query: schemas.RowsQuery) -> Response:
        """Read rows of a table, each column with its version, all of one moment.

        The last page is short, and beyond the end it is empty. The `ETag` changes with any of
        the versions.
        """
        columns = read(query.columns)
        found = packed.page(redis, path.source, query.offset, query.limit, columns)
        if found is None:
            return _no_table(redis, path.source)
        if len(found.columns) != len(columns or found.about):
            raise _unknown(next(n for n in columns if n not in found.about), found)
        body = text(path.source, query.offset, found)
        response = raw(body)
        response.set_etag(tag(body))
        response.headers.update(LOOK_AGAIN)
        response.make_conditional(request)
        return response


def read(columns: str | None) -> Sequence[int]:
    """Return the numbers of the columns asked for, none if all are.

    Raises:
        BadColumns: Something else than numbers is there.

    >>> read("0,3"), read(None)
    ([0, 3], [])
    >>> read("2.5")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    BadColumns: columns: got '2.5', want numbers of columns separated by commas
    """
    if columns is None:
        return []
    if not re.fullmatch(schemas.COLUMNS, columns):
        want = "numbers of columns separated by commas"
        raise BadColumns(f"columns: got {ascii(columns)[:80]}, want {want}")
    return list(dict.fromkeys(map(int, columns.split(","))))


def text(source: str, offset: int, found: TablePage) -> bytes:
    """Return rows as they are answered."""
    head = {"source": source, "offset": offset, "total": found.total}
    return orjson.dumps(head | page(found.about, found.counts, found.columns))


def tag(body: bytes) -> str:
    """Return what names the content of a page: versions are given out again in another past."""
    return blake2b(body, digest_size=8).hexdigest()


def _unknown(column: int, found: TablePage) -> BadColumns:
    return BadColumns(f"columns: got {column}, want numbers from 0 to {len(found.about) - 1}")


def _no_table(redis: Redis, source: str) -> Response:
    """Say why there are no rows: no source, no table, or no engine that has made it yet."""
    kind = sources.meta(redis, source).spec["kind"]
    if kind != TABLE.name:
        return problem(404, f"source: {source!r} is of the kind {kind}, want a table")
    return problem(503, "the table is being made, try again")
