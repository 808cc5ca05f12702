"""The embedded analytical store: Parquet files, read by a DuckDB that lives in memory.

    history/races/<key>.parquet      one row: the race as a whole, and the digest of the session
    history/cars/<key>.parquet       one row a car
    history/laps/<key>.parquet       one row per car and lap
    history/stops/<key>.parquet      one row a stop
    history/cautions/<key>.parquet   one row a caution

A session is there when its row in `races` is, which is written last. Each file is written
beside its place and renamed, so a reader never sees half of one; a load that was
interrupted is made good by the next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pandas as pd

from pitlive.errors import BadFile
from pitlive.race.history.csv_files import plain
from pitlive.race.history.session import TABLES, RaceSession, Session

_RACES = {
    **{name: "VARCHAR" for name in ("series", "id", "name", "track", "track_type", "date")},
    **{name: "BIGINT" for name in ("season", "laps", "run")},
    "stages": "BIGINT[]",
    **{name: "BOOLEAN" for name in ("points", "timed", "has_laps", "has_stops", "has_flags")},
    "digest": "VARCHAR",
}

_COUNTED = {
    "run": ("laps", "at_ms >= 0"),
    "stops": ("stops", "in_ms >= 0"),
    "lane": ("stops", "lane_ms > 0"),
    "service": ("stops", "service_ms > 0"),
    "cautions": ("cautions", "true"),
}
"""What can be scored of a race: laps with a crossing, stops, those with a time in the lane and
in the box, cautions. The table that each stands in, and which of its rows."""


class Archive:
    """The races kept below a folder."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        self.folder = folder
        self._db = duckdb.connect()

    def put(self, session: Session) -> str:
        """Keep a session; return `new`, `changed` or `same`, which writes nothing."""
        key, digest = session.race.key, session.digest()
        before = self._digest(key)
        if before == digest:
            return "same"
        for name, columns in TABLES.items():
            self._write(name, key, getattr(session, name), columns)
        race = {**asdict(session.race), "stages": list(session.race.stages), "digest": digest}
        self._write("races", key, pd.DataFrame([race]), _RACES)
        return "new" if before is None else "changed"

    def races(self, glob: str = "*") -> list[tuple[RaceSession, str]]:
        """Return the races whose key fits a pattern and their digests, oldest first."""
        if not any((self.folder / "races").glob("*.parquet")):
            return []
        found = self._rows("SELECT * FROM read_parquet(?)", self._files("races", "*"))
        races = [(_race(row), str(row["digest"])) for row in found]
        fitting = [one for one in races if fnmatch(one[0].key, glob)]
        return sorted(fitting, key=lambda one: (one[0].season, one[0].date, one[0].key))

    def session(self, key: str) -> Session:
        """Return one session.

        Raises:
            BadFile: There is none of that key.
        """
        if self._digest(key) is None:
            raise BadFile(f"{self.folder}: got no race {key}, want one of `pitlive history list`")
        (row,) = self._rows("SELECT * FROM read_parquet(?)", self._files("races", key))
        cars, laps, stops, cautions = (self._table(name, key) for name in TABLES)
        return Session(_race(row), cars, laps, stops, cautions)

    def counts(self) -> pd.DataFrame:
        """Return how much of each race can be scored: its key, and the columns of `_COUNTED`."""
        counted = self._db.execute(
            "SELECT parse_filename(filename, true) AS key FROM read_parquet(?, filename = true)",
            [self._files("races", "*")],
        ).df()
        for name, (table, usable) in _COUNTED.items():
            found = self._db.execute(
                f"SELECT parse_filename(filename, true) AS key, count(*) AS {name} "  # noqa: S608
                f"FROM read_parquet(?, filename = true) WHERE {usable} GROUP BY ALL",
                [self._files(table, "*")],
            ).df()
            counted = counted.merge(found, on="key", how="left")
        counted.loc[counted.run.isna(), list(_COUNTED)] = 0  # nothing is scored without laps
        return counted.fillna(0).astype(dict.fromkeys(_COUNTED, "int64"))

    def _files(self, name: str, key: str) -> str:
        return str(self.folder / name / f"{key}.parquet")

    def _table(self, name: str, key: str) -> pd.DataFrame:
        found = self._db.execute("SELECT * FROM read_parquet(?)", [self._files(name, key)])
        return plain(found.df())

    def _rows(self, query: str, *given: Any) -> Iterator[dict[str, Any]]:
        found = self._db.execute(query, list(given))
        names = [column[0] for column in found.description or ()]
        return (dict(zip(names, row, strict=True)) for row in found.fetchall())

    def _digest(self, key: str) -> str | None:
        file = self._files("races", key)
        if not Path(file).is_file():
            return None
        (row,) = self._rows("SELECT digest FROM read_parquet(?)", file)
        return str(row["digest"])

    def _write(self, name: str, key: str, table: pd.DataFrame, columns: dict[str, str]) -> None:
        place = Path(self._files(name, key))
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_suffix(f".{os.getpid()}")
        picked = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in columns.items())
        self._db.register("given", table)
        try:
            kept = self._db.sql(f"SELECT {picked} FROM given")  # noqa: S608 - our own names
            kept.write_parquet(str(beside), compression="zstd")
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
            self._db.unregister("given")


def _race(row: dict[str, Any]) -> RaceSession:
    known = {field.name: row[field.name] for field in fields(RaceSession)}
    return RaceSession(**{**known, "stages": tuple(row["stages"] or ())})
