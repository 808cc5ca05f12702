"""Values of rows of which some are not known, and what becomes of them when they are combined.

As in SQL: a comparison with what is not known is neither true nor false, and `and`, `or` and
`not` keep it so unless the rest decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from pitlive.declared.fact_table import NOTHING, FactTable
from pitlive.numerics import Ints

How = Callable[[Any, Any], Any]
"""What makes one array of two."""

ARITHMETIC = frozenset({np.add, np.subtract, np.multiply, np.divide})
"""Its results are not always finite."""

ValueKind = Literal["number", "text", "condition"] | None
"""What an expression is; None: one of its fields is wrong in itself, so nobody knows."""


class Known(NamedTuple):
    """Values of rows, and for which rows they are known."""

    values: Any
    there: Any


class TableView(NamedTuple):
    """Some rows of a table."""

    table: FactTable
    rows: Ints

    def number(self, name: str) -> Known:
        """Return the numbers of a field."""
        values = self.table.column(name)[self.rows]
        return Known(values / self.table.scale(name), values != NOTHING)

    def flag(self, name: str) -> Known:
        """Return where a field is true."""
        values = self.table.column(name)[self.rows]
        return Known(values == 1, values != NOTHING)

    def text(self, name: str) -> Known:
        """Return the texts of a field."""
        codes, texts = self.table.column(name)[self.rows], self.table.names[name].texts
        there = codes != NOTHING
        values = np.array([texts[c] if c != NOTHING else "" for c in codes.tolist()], object)
        return Known(values, there)


class Expression(NamedTuple):
    """What an expression is, and how it is evaluated."""

    type: ValueKind
    of: Callable[[TableView], Known]

    def evaluate(self, table: FactTable, rows: Ints) -> Known:
        """Return the values of rows of a table, shape (rows,), and which are known."""
        with np.errstate(all="ignore"):  # what is not finite is not known
            found = self.of(TableView(table, rows))
        shape = (len(rows),)
        return Known(np.broadcast_to(found.values, shape), np.broadcast_to(found.there, shape))


def same_text(how: How, name: str, text: str) -> Expression:
    """Compare a text field with a text: its number decides, so no text is looked at."""

    def of(view: TableView) -> Known:
        codes = view.table.column(name)[view.rows]
        return Known(how(codes, view.table.names[name].known(text)), codes != NOTHING)

    return Expression("condition", of)


def compared(how: How, a: Expression, b: Expression) -> Expression:
    """Compare the values of two expressions."""
    return computed(how, a, b)._replace(type="condition")


def computed(how: How, a: Expression, b: Expression) -> Expression:
    """Combine the values of two expressions; what comes out not finite is not known."""

    def of(view: TableView) -> Known:
        left, right = a.of(view), b.of(view)
        values = how(left.values, right.values)
        there = np.logical_and(left.there, right.there)
        if how in ARITHMETIC:
            there = np.logical_and(there, np.isfinite(values))
        return Known(values, there)

    return Expression("number", of)


def signed(a: Expression, sign: int) -> Expression:
    """Return the numbers, or (sign -1) their opposites."""

    def of(view: TableView) -> Known:
        values, there = a.of(view)
        return Known(sign * values, there)

    return Expression("number", of)


def negated(a: Expression) -> Expression:
    """What is not known of a condition is not known of its opposite."""

    def of(view: TableView) -> Known:
        values, there = a.of(view)
        return Known(np.logical_not(values), there)

    return Expression("condition", of)


def both(a: Expression, b: Expression) -> Expression:
    """One that is false decides, whatever the other is."""
    return negated(either(negated(a), negated(b)))


def either(a: Expression, b: Expression) -> Expression:
    """One that is true decides, whatever the other is."""

    def of(view: TableView) -> Known:
        left, right = a.of(view), b.of(view)
        decided = [np.logical_and(one.values, one.there) for one in (left, right)]
        values = np.logical_or(*decided)
        return Known(values, np.logical_or(values, np.logical_and(left.there, right.there)))

    return Expression("condition", of)


def nobody_knows() -> Expression:
    """What becomes of a field that is wrong in itself."""
    return Expression(None, lambda _: Known(np.float64(0), False))
