"""What can be done to a whole column, and what each operation has to say.

Pure and exact: a column is whole numbers of 64 bits, in units of its last decimal, and an
operation either gives every row its new value or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from pitlive.declaration.fields import FieldRefused, IntegerField, NumberField, units
from pitlive.messages import Json
from pitlive.numerics import Ints
from pitlive.tables.spec import Column

MOST_MODULUS = 2**31
"""Units; products of two remainders below it are exact in 64 bits."""

SEEDS = IntegerField.model_validate({"min": 0, "max": 2**32 - 1})
FACTORS = IntegerField.model_validate({"min": -(2**31), "max": 2**31})


class OperationRefused(NamedTuple):
    """Why an operation is not done: the field, what was there, what would do."""

    field: str
    got: Json
    want: str


class Ends(NamedTuple):
    """Between which values all cells of a column lie, in units of its last decimal."""

    low: int
    high: int

    def within(self, bounds: tuple[int, int]) -> bool:
        """Tell whether all of them lie between these bounds, too."""
        return bounds[0] <= self.low and self.high <= bounds[1]


Given = Mapping[str, int]
"""The fields of an operation in units of the column's last decimal."""


class Operation(NamedTuple):
    """One operation.

    Attributes:
        takes: Its fields, in order, and whether each must be there.
        ends: Ends of the column before, fields, number of rows → ends of it afterwards.
        make: Column, fields → the new column, wherever its ends are of 62 bits.
    """

    takes: Mapping[str, bool]
    ends: Callable[[Ends, Given, int], Ends]
    make: Callable[[Ints, Given], Ints]


def _affine_ends(before: Ends, of: Given, _: int) -> Ends:
    a, b = of["a"], of["b"]
    if (m := of.get("m")) is not None:
        return Ends(0, m - 1)
    return Ends(*sorted((a * before.low + b, a * before.high + b)))


def _affine(values: Ints, of: Given) -> Ints:
    """(a x + b) mod m; without m, a x + b."""
    a, b, m = of["a"], of["b"], of.get("m")
    return values * a + b if m is None else (values % m * (a % m) + b % m) % m


def _random(values: Ints, of: Given) -> Ints:
    """Evenly spread from low to high: the same for the same seed, in every version of numpy."""
    low, high = of["low"], of["high"]
    raw = np.random.PCG64(of["seed"]).random_raw(len(values))
    return (raw % np.uint64(high - low + 1)).astype(np.int64) + low


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation(
        {"k": True},
        lambda before, of, _: Ends(before.low + of["k"], before.high + of["k"]),
        lambda values, of: values + of["k"],
    ),
    "affine": Operation({"a": True, "b": True, "m": False}, _affine_ends, _affine),
    "fill": Operation(
        {"v": True},
        lambda _, of, __: Ends(of["v"], of["v"]),
        lambda values, of: np.full_like(values, of["v"]),
    ),
    "row_index": Operation(
        {"k": True},
        lambda _, of, rows: Ends(*sorted((0, of["k"] * (rows - 1)))),
        lambda values, of: np.arange(len(values), dtype=np.int64) * of["k"],
    ),
    "random": Operation(
        {"seed": True, "low": False, "high": False},
        lambda _, of, __: Ends(of["low"], of["high"]),
        _random,
    ),
}
"""Every operation by the type of its entry."""

DEFAULTS: Mapping[str, Mapping[str, int]] = {"random": {"low": 0, "high": 999}}
"""What stands for fields that are absent; lesser where the column is narrower."""


def checked(
    type: str, given: Mapping[str, Json], column: Column
) -> dict[str, Json] | OperationRefused:
    """Return the fields of an operation as they are kept, or why they cannot be.

    >>> column = Column(name="n", min=0, max=100)
    >>> checked("add", {"k": 2.0}, column)
    {'k': 2}
    >>> checked("fill", {"v": 101}, column)
    OperationRefused(field='v', got=101, want='a whole number from 0 to 100')
    """
    kept: dict[str, Json] = {}
    for name, is_required in OPERATIONS[type].takes.items():
        value, field = given.get(name), _field(name, column)
        if value is None and not is_required:
            continue
        try:
            kept[name] = field.check(value)
        except FieldRefused as refused:
            return OperationRefused(name, value, str(refused))
    return _disorder(type, kept, column) or kept


def applied(
    type: str, given: Mapping[str, Json], column: Column, values: Ints, ends: Ends
) -> tuple[Ints, Ends] | OperationRefused:
    """Return the new column and its ends, or why nothing of it is changed.

    Args:
        ends: Between which all values lie; they need not reach them.

    >>> applied("affine", {"a": 3, "b": 1}, Column(name="n"), np.arange(4), Ends(0, 3))
    (array([ 1,  4,  7, 10]), Ends(low=1, high=10))
    """
    operation = OPERATIONS[type]
    named = [name for name in operation.takes if given.get(name) is not None]
    own = {name: _units(name, given[name], column) for name in named}
    of = _defaults(type, column) | own
    after = operation.ends(ends, of, len(values))
    if not after.within(column.bounds):  # it may be that the values only seem to reach so far
        after = operation.ends(ends_of(values), of, len(values))
    if after.within(column.bounds):
        return operation.make(values, of), after
    first = next(iter(operation.takes))
    want = f"one that leaves {column.field.want} in every row; nothing was changed"
    return OperationRefused(first, given[first], want)


def ends_of(values: Ints) -> Ends:
    """Return the ends of a column that it reaches."""
    return Ends(int(values.min()), int(values.max()))


def beginning(column: Column, rows: int) -> Ints:
    """Return what a column begins with, shape (rows,).

    >>> beginning(Column(name="n", start={"type": "row_index", "k": 5}), 3)
    array([ 0,  5, 10])
    """
    made = begun(column, rows)
    if isinstance(made, OperationRefused):  # the declaration was checked
        raise ValueError(f"start: {made}")
    return made[0]


def begun(column: Column, rows: int) -> tuple[Ints, Ends] | OperationRefused:
    """Return what a column begins with and its ends, or why it cannot."""
    zeros = np.zeros(rows, np.int64)
    return applied(column.start["type"], column.start, column, zeros, Ends(0, 0))


def _disorder(type: str, kept: Mapping[str, Json], column: Column) -> OperationRefused | None:
    """What is wrong with fields that are right each by itself."""
    m = kept.get("m")
    if m is not None and not 0 < _units("m", m, column) <= MOST_MODULUS:
        most = MOST_MODULUS // column.field.scale
        return OperationRefused(
            "m", m, f"{column.amount.want.partition(' from ')[0]} above 0, to {most}"
        )
    if type != "random":
        return None
    of = _defaults(type, column) | {name: _units(name, kept[name], column) for name in kept}
    if of["low"] <= of["high"]:
        return None
    if "low" in kept:
        return OperationRefused("low", kept["low"], "at most high")
    return OperationRefused("high", kept["high"], "at least low")


def _field(name: str, column: Column) -> NumberField:
    """What a field of an operation is like."""
    if name in ("v", "low", "high"):
        return column.field
    return {"a": FACTORS, "seed": SEEDS}.get(name, column.amount)


def _units(name: str, value: Json, column: Column) -> int:
    """A number of an operation in units of the column's last decimal; counts as they are."""
    scale = 1 if name in ("a", "seed") else column.field.scale
    found = units(value, scale)
    if found is None:  # it was checked when it came in
        raise ValueError(f"{name}: {value} has more decimals than the column")
    return found


def _defaults(type: str, column: Column) -> dict[str, int]:
    low, high = column.bounds
    scale = column.field.scale
    return {n: min(max(v * scale, low), high) for n, v in DEFAULTS.get(type, {}).items()}
