"""One column of a table so far: its cells, its version, and what of it is to be handed over."""

from __future__ import annotations

from zlib import crc32

from pitlive.messages import Json, PackedPiece
from pitlive.numerics import Ints
from pitlive.tables.operations import beginning, ends_of
from pitlive.tables.packed_columns import PACKED
from pitlive.tables.spec import Column


class Changed:
    """What of a column has changed since its bytes were handed over.

    Attributes:
        is_whole: Whether all of it has.
        cells: Rows of which only the cell has.
    """

    __slots__ = ("cells", "is_whole")

    def __init__(self) -> None:
        self.is_whole = True
        self.cells: set[int] = set()

    def pieces(self, name: str, values: Ints) -> list[PackedPiece]:
        """Return the bytes that changed, and begin anew."""
        is_whole, cells = self.is_whole, sorted(self.cells)
        self.is_whole, self.cells = False, set()
        packed = values.astype(PACKED, copy=False)
        if is_whole:
            return [PackedPiece(name, None, packed.tobytes())]
        return [PackedPiece(name, row * PACKED.itemsize, packed[row].tobytes()) for row in cells]


class ColumnState:
    """One column so far.

    Attributes:
        values: Its cells, in units of its last decimal, shape (rows,).
        ends: Between which they all lie; they need not reach them.
        version: How often it was changed; `operations` of these as a whole.
        changed: What readers have not got yet.
    """

    __slots__ = (
        "begun",
        "changed",
        "declared",
        "ends",
        "last",
        "operations",
        "values",
        "version",
    )

    def __init__(self, declared: Column, rows: int) -> None:
        self.declared = declared
        self.values = beginning(declared, rows)
        self.ends = ends_of(self.values)
        self.begun = f"{crc32(self.values.astype(PACKED).tobytes()):08x}"
        self.version = self.operations = 0
        self.last: dict[str, Json] = {}
        self.changed = Changed()

    @property
    def scale(self) -> int:
        """How many units make one."""
        return self.declared.field.scale

    @property
    def row(self) -> dict[str, Json]:
        """What readers are told of it."""
        counts = {"version": self.version, "operations": self.operations}
        return {**counts, **self.last, "begun": self.begun, "scale": self.scale}
