"""Expressions over fields: what Python's own `eval` says of each row, for all rows at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.batch import Batch
from pitlive.declaration.fields import BooleanField, IntegerField, NumberField, TextField
from pitlive.declared.expression import LONGEST, BadExpression, compiled
from pitlive.declared.fact_table import FactTable
from pitlive.messages import Entry

FIELDS: dict[str, Any] = {
    "grade": TextField(),
    "school": TextField(),
    "score": IntegerField(),
    "price": NumberField(decimals=2),
    "paid": BooleanField(),
}
TYPES = {name: field.type for name, field in FIELDS.items()}


class Missing:
    """What a row lacks: whatever is done to it, it stays."""

    def _stay(self, *_: Any) -> Missing:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _stay
    __truediv__ = __rtruediv__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = _stay
    __eq__ = __ne__ = _stay  # type: ignore[assignment]


def both(a: Any, b: Any) -> Any:
    """`and` as SQL has it."""
    return False if a is False or b is False else a if isinstance(a, Missing) else b


def either(a: Any, b: Any) -> Any:
    """`or` as SQL has it."""
    return True if a is True or b is True else a if isinstance(a, Missing) else b


def no(a: Any) -> Any:
    """`not` as SQL has it."""
    return a if isinstance(a, Missing) else not a


def over(a: Any, b: Any) -> Any:
    """A quotient; by zero it is not known."""
    return Missing() if isinstance(a, Missing) or isinstance(b, Missing) or b == 0 else a / b


Written = tuple[str, str]
"""An expression, and the same for `eval` where values may be missing."""

_WORDS = "scor 1 'a' == < in not and ( ) - / , lambda [ ] is ** := . 1e999 99999999999999999 True"
WORDS = _WORDS.split()
TEXTS = ["'1'", "'K'", "'web'"]
number = st.deferred(
    lambda: (
        st.sampled_from(["score", "price", "3", "0.25", "100"]).map(lambda t: (t, t))
        | st.tuples(number, st.sampled_from("+-*"), number).map(_infix)
        | st.tuples(number, number).map(
            lambda p: (f"({p[0][0]} / {p[1][0]})", f"over({p[0][1]}, {p[1][1]})")
        )
        | number.map(lambda a: (f"(-{a[0]})", f"(-{a[1]})"))
    )
)
comparison = st.one_of(
    st.tuples(number, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), number),
    st.tuples(
        st.sampled_from(["grade", "school", *TEXTS]).map(lambda t: (t, t)),
        st.sampled_from(["==", "!="]),
        st.sampled_from(["grade", "school", *TEXTS]).map(lambda t: (t, t)),
    ),
)
condition = st.deferred(
    lambda: (
        comparison.map(lambda p: _infix(p))
        | st.just(("paid", "paid"))
        | st.just(("grade in ('1', 'K')", "either(grade == '1', grade == 'K')"))
        | st.just(("(0 <= score < 50)", "both(0 <= score, score < 50)"))
        | condition.map(lambda a: (f"(not {a[0]})", f"no({a[1]})"))
        | st.tuples(condition, condition).map(
            lambda p: (f"({p[0][0]} and {p[1][0]})", f"both({p[0][1]}, {p[1][1]})")
        )
        | st.tuples(condition, condition).map(
            lambda p: (f"({p[0][0]} or {p[1][0]})", f"either({p[0][1]}, {p[1][1]})")
        )
    )
)
row = st.fixed_dictionaries(
    {},
    optional={
        "grade": st.sampled_from(["1", "K"]),
        "school": st.sampled_from(["1", "web"]),
        "score": st.integers(-100, 100),
        "price": st.integers(-500, 500).map(lambda n: n / 100),
        "paid": st.booleans(),
    },
)


def _infix(parts: tuple[Written, str, Written]) -> Written:
    (a, a2), op, (b, b2) = parts
    return f"({a} {op} {b})", f"({a2} {op} {b2})"


def table_of(rows: list[dict[str, Any]]) -> FactTable:
    """The rows as columns."""
    table = FactTable(FIELDS)
    for n, row in enumerate(rows):
        table.append(Batch.of([Entry(str(n), "x", 0, row)]).parts)
    return table


def by_python(text: str, row: dict[str, Any]) -> Any:
    """What Python says of one row."""
    names = {name: row.get(name, Missing()) for name in FIELDS}
    logic = {"both": both, "either": either, "no": no, "over": over}
    return eval(text, logic, names)  # noqa: S307 - the test wrote the text itself


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(number, condition).filter(lambda written: len(written[0]) <= LONGEST),
    st.lists(row, min_size=1, max_size=8),
)
def test_each_row_is_what_python_says(written: Written, rows: list[dict[str, Any]]) -> None:
    """Numbers equal, conditions alike, and unknown where a value that matters is missing."""
    values, there = compiled(written[0], TYPES).evaluate(table_of(rows), np.arange(len(rows)))

    for n, one in enumerate(rows):
        wanted = by_python(written[1], one)
        if isinstance(wanted, Missing):
            assert not there[n]
        else:
            assert there[n]
            assert values[n] == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from([*FIELDS, *WORDS]),
        max_size=12,
    ).map(" ".join)
)
def test_whatever_is_written_is_taken_or_refused_with_words(text: str) -> None:
    """Never a crash, and never anything that is not in the list."""
    with suppress(BadExpression):
        expression = compiled(text, TYPES)
        assert len(expression.evaluate(table_of([{"score": 1}, {}]), np.arange(2)).values) == 2


@pytest.mark.parametrize(
    ("text", "got", "want"),
    [
        ("scor > 1", "scor", "one of grade, school, score, price, paid"),
        ("grade > 'K'", "'K'", "== or != before it; texts have no order here"),
        ("score == 'K'", "'K'", "a number to compare with"),
        ("score and paid", "score", "a condition; it is a number"),
        ("not grade", "grade", "a condition; it is a text"),
        ("grade in 'K1'", "'K1'", "values in parentheses: ('1', '2')"),
        ("-" * 300 + "1", "-" * 300 + "1", "at most 40 levels"),
        ("1" * 501, "1" * 501, "an expression of at most 500 characters"),
    ],
)
def test_what_is_not_taken_is_named(text: str, got: str, want: str) -> None:
    """The part that is wrong, and what would do."""
    with pytest.raises(BadExpression) as bad:
        compiled(text, TYPES)
    assert (bad.value.got, bad.value.want) == (got, want)


@pytest.mark.parametrize("text", ["__import__('os')", "score.real", "(lambda: 1)()", "[1][0]"])
def test_nothing_can_be_called_or_reached(text: str) -> None:
    """An expression computes, and does nothing else."""
    with pytest.raises(BadExpression):
        compiled(text, TYPES)
