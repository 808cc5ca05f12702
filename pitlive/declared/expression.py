"""Small expressions over the fields of an entry: `grade == '3' and score >= 60`.

Written as in Python, and read by its parser; only what stands in this file is taken, and it is
evaluated for all rows at once. What is not known stays unknown: a comparison with a field that
an entry lacks is neither true nor false, `and`, `or` and `not` keep it so unless the rest
decides, and in the end it does not count.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from pitlive.declaration.problems import shown
from pitlive.declared.nullable import (
    Expression,
    How,
    Known,
    ValueKind,
    both,
    compared,
    computed,
    either,
    negated,
    nobody_knows,
    same_text,
    signed,
)

LONGEST = 500
"""Characters of an expression."""

DEEPEST = 40
"""Levels of an expression, in parentheses or not."""

TAKEN = "field names, numbers, 'texts', true fields, == != < <= > >=, in (…), and, or, not, + - * /"
"""All that an expression is made of."""


class BadExpression(ValueError):
    """An expression that cannot be taken: the part that is wrong, and what would do."""

    def __init__(self, got: str, want: str) -> None:
        super().__init__(f"got {got!r}, want {want}")
        self.got, self.want = got, want


def compiled(text: str, types: Mapping[str, str | None]) -> Expression:
    """Return an expression over fields of these types.

    Args:
        types: Field → text, number, integer or boolean; None where nobody knows.

    Raises:
        BadExpression: Something in it is not taken.

    >>> compiled("grade == '3' and score >= 60", {"grade": "text", "score": "integer"}).type
    'condition'
    >>> compiled("scor >= 60", {"score": "integer"})
    Traceback (most recent call last):
    pitlive.declared.expression.BadExpression: got 'scor', want one of score
    """
    if len(text) > LONGEST:
        raise BadExpression(text, f"an expression of at most {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError, Warning):
        raise BadExpression(text, f"an expression of {TAKEN}") from None
    return _Reading(text.strip(), types).read(tree.body, 0)


class _Reading:
    """Reads the parts of one expression."""

    def __init__(self, text: str, types: Mapping[str, str | None]) -> None:
        self._text, self._types = text, types

    def read(self, node: ast.expr, depth: int) -> Expression:
        """Read a part, or refuse it."""
        if depth > DEEPEST:
            raise BadExpression(self._text, f"at most {DEEPEST} levels")
        match node:
            case ast.Name(id=name):
                return self._field(name)
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.Compare():
                return self._compared(node, depth)
        return self._joined(node, depth)

    def _joined(self, node: ast.expr, depth: int) -> Expression:
        """Read what an operator makes of one part or several."""
        match node:
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                sign = -1 if isinstance(op, ast.USub) else 1
                return signed(self._of(operand, "number", depth), sign)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negated(self._of(operand, "condition", depth))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                parts = (self._of(one, "number", depth) for one in (left, right))
                return computed(_ARITHMETIC[type(op)], *parts)
            case ast.BoolOp(op=op, values=values):
                join = both if isinstance(op, ast.And) else either
                return reduce(join, [self._of(one, "condition", depth) for one in values])
        raise self._refused(node, TAKEN)

    def _refused(self, node: ast.expr, want: str) -> BadExpression:
        return BadExpression(ast.get_source_segment(self._text, node) or self._text, want)

    def _of(self, node: ast.expr, want: ValueKind, depth: int) -> Expression:
        """Read a part that must be of a type."""
        part = self.read(node, depth + 1)
        if part.type not in (want, None):
            raise self._refused(node, f"a {want}; it is a {part.type}")
        return part

    def _field(self, name: str) -> Expression:
        if name not in self._types:
            raise BadExpression(name, f"one of {', '.join(map(shown, self._types))}")
        match self._types[name]:
            case "text":
                return Expression("text", lambda view: view.text(name))
            case "boolean":
                return Expression("condition", lambda view: view.flag(name))
            case None:
                return nobody_knows()
        return Expression("number", lambda view: view.number(name))

    def _constant(self, node: ast.expr, value: Any) -> Expression:
        if isinstance(value, str):
            return Expression("text", lambda _: Known(value, True))
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not abs(value) <= 2**53:
            raise self._refused(node, "a 'text', or a number of at most 2^53")
        return Expression("number", lambda _: Known(np.float64(value), True))

    def _compared(self, node: ast.Compare, depth: int) -> Expression:
        """`a < b <= c` is `a < b and b <= c`."""
        lefts = [node.left, *node.comparators]
        pairs = zip(lefts, node.ops, node.comparators, strict=False)
        return reduce(both, [self._pair(a, op, b, depth + 1) for a, op, b in pairs])

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Expression:
        if isinstance(op, ast.In | ast.NotIn):
            found = self._among(left, right, depth)
            return found if isinstance(op, ast.In) else negated(found)
        if type(op) not in _COMPARISONS:
            raise self._refused(right, f"no `is` before it, but {' '.join(_SIGNS)}")
        a, b = self.read(left, depth), self.read(right, depth)
        if None in (a.type, b.type):
            return nobody_knows()
        if a.type == "condition":
            raise self._refused(left, "a number or a text to compare")
        if a.type != b.type:
            raise self._refused(right, f"a {a.type} to compare with")
        if a.type == "text" and not isinstance(op, ast.Eq | ast.NotEq):
            raise self._refused(right, "== or != before it; texts have no order here")
        how = _COMPARISONS[type(op)]
        if isinstance(left, ast.Name) and isinstance(right, ast.Constant) and a.type == "text":
            return same_text(how, left.id, str(right.value))
        return compared(how, a, b)

    def _among(self, left: ast.expr, right: ast.expr, depth: int) -> Expression:
        if not isinstance(right, ast.Tuple | ast.List) or not right.elts:
            raise self._refused(right, "values in parentheses: ('1', '2')")
        return reduce(either, [self._pair(left, ast.Eq(), one, depth) for one in right.elts])


_ARITHMETIC: Mapping[type, How] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}

_COMPARISONS: Mapping[type, How] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

_SIGNS = ("==", "!=", "<", "<=", ">", ">=")
