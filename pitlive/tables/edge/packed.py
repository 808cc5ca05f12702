"""Pages of a table: rows and the versions that belong to them, in one atomic step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pitlive.messages import Json
from pitlive.store.client import Redis, script
from pitlive.store.keys import key
from pitlive.tables.fold import COLUMNS
from pitlive.tables.packed_columns import PACKED, ROWS


@dataclass(frozen=True, slots=True)
class TablePage:
    """Some rows of a table.

    Attributes:
        about: Number of each column of the table → its row of the channel `columns`.
        total: How many rows the table has.
        counts: Packed: how often cells of each row asked for were changed.
        columns: Number → packed cells of the rows asked for, of the columns asked for.
    """

    about: Mapping[int, Mapping[str, Json]]
    total: int
    counts: bytes
    columns: Mapping[int, bytes]


def page(
    client: Redis, source: str, offset: int, limit: int, columns: Sequence[int] = ()
) -> TablePage | None:
    """Return up to `limit` rows from `offset` on, None if there is no table yet.

    Args:
        columns: Their numbers, none for all; those that the table does not have are left out.
    """
    names = [key(source, f"state:{COLUMNS}"), key(source, f"packed:{ROWS}")]
    args: list[Any] = [key(source, "packed:"), PACKED.itemsize, offset, limit, *columns]
    found = script(client, "page", names, args, "pitlive.tables.edge")
    if found is None:
        return None
    about, total, counts, *cells = found  # RESP2 and RESP3 both give a flat list to scripts
    rows = {int(n): orjson.loads(row) for n, row in _couples(about).items()}
    return TablePage(rows, int(total), counts, {int(n): d for n, d in _couples(cells).items()})


def _couples(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
