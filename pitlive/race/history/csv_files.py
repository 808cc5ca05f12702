"""CSV files, read as far as they are sound: a cell that is not what it should be is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pitlive.errors import BadFile

WANT = {"BIGINT": "a whole number or nothing", "DOUBLE": "a number or nothing"}


def read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read some columns of a CSV file (may be .gz), in the order of the file.

    Args:
        path: The file; its first line names the columns.
        columns: Name → VARCHAR, BIGINT or DOUBLE; an empty cell is unknown.

    Raises:
        BadFile: It is not there, lacks a column, or a cell is not what it should be.
    """
    import duckdb

    if not path.is_file():
        raise BadFile(f"{path}: got no such file, want a CSV file with {', '.join(columns)}")
    with duckdb.connect() as db:
        try:
            db.execute(
                "CREATE TABLE t AS SELECT *, row_number() OVER () + 1 AS line FROM "
                "read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"')",
                [str(path)],
            )
        except duckdb.Error as error:
            message = str(error).splitlines()[0]
            raise BadFile(f"{path}: got {message!r}, want a CSV file with a header") from None
        _check(db, path, columns)
        picked = ", ".join(
            f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items()
        )
        return plain(db.execute(f"SELECT {picked} FROM t ORDER BY line").df())  # noqa: S608 - ours


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose whole numbers with unknowns among them are floats with NaN."""
    masked = {c: "float64" for c in table if isinstance(table[c].dtype, pd.Int64Dtype)}
    return table.astype(masked)


def _check(db: Any, path: Path, columns: Mapping[str, str]) -> None:
    """Say of the first column or cell that will not do where it is."""
    there = [row[0] for row in db.execute("DESCRIBE t").fetchall()]
    if missing := [name for name in columns if name not in there]:
        raise BadFile(f"{path}:1: {missing[0]}: got {', '.join(there[:-1])}, want that column")
    for name, kind in columns.items():
        bad = db.execute(
            f'SELECT line, "{name}" FROM t '  # noqa: S608 - names of our own tables
            f'WHERE "{name}" IS NOT NULL AND TRY_CAST("{name}" AS {kind}) IS NULL '
            "ORDER BY line LIMIT 1"
        ).fetchone()
        if bad:
            raise BadFile(f"{path}:{bad[0]}: {name}: got {bad[1]!r}, want {WANT[kind]}")
