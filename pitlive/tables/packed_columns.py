"""Packed columns: how cells stand in bytes, and a part of a table read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pitlive.messages import Json

PACKED: np.dtype[Any] = np.dtype("<i8")
"""A cell: a whole number of 8 bytes, lowest first, in units of the column's last decimal."""

ROWS = "rows"
"""Name of the packed counts of changes of each row's cells."""


def number_of(value: int, scale: int) -> Json:
    """Return a cell as the number that it stands for.

    >>> number_of(7125, 100), number_of(3, 1)
    (71.25, 3)
    """
    return value / scale if scale != 1 else value


def page(
    about: Mapping[int, Mapping[str, Json]], counts: bytes, columns: Mapping[int, bytes]
) -> dict[str, Json]:
    """Return rows of some columns, with the versions that belong to them.

    Args:
        about: Number → row of the channel `columns`, of every column of the table.
        counts: Packed: how often cells of each row were changed.
        columns: Number → packed cells of the columns asked for.

    >>> about = {0: {"version": 2, "operations": 1, "scale": 10}}
    >>> cells = np.array([5, 7]).astype(PACKED).tobytes()
    >>> page(about, np.array([0, 1]).astype(PACKED).tobytes(), {0: cells})
    {'row_versions': [1, 2], 'columns': {'0': {'version': 2, 'values': [0.5, 0.7]}}}
    """
    operations = sum(row["operations"] for row in about.values())
    return {
        "row_versions": (np.frombuffer(counts, PACKED) + operations).tolist(),
        "columns": {
            str(n): {"version": about[n]["version"], "values": values(data, about[n]["scale"])}
            for n, data in columns.items()
        },
    }


def values(data: bytes, scale: int) -> Sequence[Json]:
    """Return packed cells as numbers."""
    cells = np.frombuffer(data, PACKED)
    found: list[Json] = (cells / scale if scale != 1 else cells).tolist()
    return found
