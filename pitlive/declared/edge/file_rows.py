"""Rows of a file for a declared source: read as it is declared, with their times and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b

import orjson

from pitlive.declared import cells
from pitlive.declared.spec import SourceSpec
from pitlive.feeds import table
from pitlive.feeds.lines import LineRefused, Reported, objects
from pitlive.messages import Json

_DIGEST = 8
"""Bytes that tell rows apart: two different ones look alike once in 10^10 files of a million."""


class DeclaredRows:
    """How the rows of one file become entries of a source.

    Args:
        spec: The declaration of the source.
        file: What the file is called, which becomes a part of names.

    Attributes:
        key: The declaration as text: under another one the same rows are other entries.
    """

    def __init__(self, spec: SourceSpec, file: str) -> None:
        self._spec, self._file = spec, file
        self.key = str(spec)

    def of_table(
        self, lines: Iterable[str], reading: table.TableReading | None
    ) -> Iterator[Reported | LineRefused]:
        """Read a CSV table."""
        rows = table.records(
            lines, reading or table.TableReading(), lambda row: cells.entry(row, self._spec)
        )
        return self._named(rows)

    def of_objects(
        self,
        lines: Iterable[bytes | str],
        reading: table.TableReading | None,  # noqa: ARG002 - a protocol's; objects have no columns
    ) -> Iterator[Reported | LineRefused]:
        """Read one JSON object a line."""
        return self._named(self._timed(row) for row in objects(lines))

    def _timed(self, row: Reported | LineRefused) -> Reported | LineRefused:
        if isinstance(row, LineRefused) or "at_ms" in row.entry:
            return row
        type = self._spec.type_of(row.entry)
        at_ms = type.at.read(row.entry.get(type.at.field)) if type and type.at else None
        return row if at_ms is None else Reported(row.line, row.entry | {"at_ms": at_ms})

    def _named(self, rows: Iterable[Reported | LineRefused]) -> Iterator[Reported | LineRefused]:
        """Name those that nothing else names by their file and content; the n-th equal one by n.

        So the same file again is only repeats, also when it has grown meanwhile.
        """
        seen: Counter[bytes] = Counter()
        for row in rows:
            if isinstance(row, LineRefused) or not self._lacks_name(row.entry):
                yield row
                continue
            digest = blake2b(orjson.dumps(row.entry), digest_size=_DIGEST)
            seen[digest.digest()] += 1
            times = seen[digest.digest()]
            uid = f"{self._file}/{digest.hexdigest()}" + (f"/{times}" if times > 1 else "")
            yield Reported(row.line, row.entry | {"uid": uid})

    def _lacks_name(self, entry: dict[str, Json]) -> bool:
        type = self._spec.type_of(entry)
        return "uid" not in entry and type is not None and not type.uid
