"""What a column of a table holds, judged by all of its cells and by nothing else but its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pitlive.declaration.fields import BOOLEANS, EXACT, LONGEST_TEXT, MOST_DECIMALS, NUMBER
from pitlive.declared.fitting import TAKEN
from pitlive.declared.proposing.moments import moment
from pitlive.messages import Json

Role = Literal["time", "name", "measure", "flag", "other"]
"""What a column is for: a name says whose the row is, a measure can be averaged."""

FEW = 10
"""Different texts of which each is likely to be meant: a grade, a kind of ballot."""

NOISY = 6
"""Decimals that are kept of numbers that were written with more than we take."""

SPARE = 16
"""Times below the largest exact number, so that no number is rounded to its neighbour."""

_NAMES = re.compile(
    r"(^|[^a-z])(id|no|nr|num|number|code|key|name|zip|postcode|phone|year|sku|serial|uuid|"
    r"school|district|student|class|room|customer|user|account|invoice|order|item|product|article|"
    r"stock|station|sensor|device|team|player|car|driver|ward|precinct|zone|version)$"
)
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column and what it is taken for.

    Attributes:
        name: Its name in the header.
        cells: Its cells, one a row, without blanks around them.
        role: What it is for.
        field: How the field is declared; None: it cannot be one, or need not.
        why: What was seen, for people.
        at: How the event time is declared, if it is one.
    """

    name: str
    cells: Sequence[str]
    role: Role
    field: dict[str, Json] | None
    why: str
    at: Mapping[str, Json] | None = None

    @property
    def is_full(self) -> bool:
        """Whether every row has it."""
        return all(self.cells)

    @property
    def distinct(self) -> int:
        """How many different texts are in it."""
        return len(set(self.cells) - {""})


def column(name: str, cells: Sequence[str]) -> ProposedColumn:
    """Judge a column.

    >>> column("Grade", ["K", "1"] * 10).field
    {'type': 'text', 'one_of': ['1', 'K']}
    >>> column("school", ["63", ""]).field, column("score", ["7", "12.5"]).field
    ({'type': 'text', 'required': False}, {'type': 'number', 'min': 0, 'decimals': 1})
    """
    texts = set(cells) - {""}
    if not texts:
        return ProposedColumn(name, cells, "other", None, "empty: left out")
    required: dict[str, Json] = {} if all(cells) else {"required": False}
    at = moment(name, cells, texts)
    role, field, why = _judged(name, texts, len(cells))
    if at is not None:
        why = f"when it happened, as {at.get('format') or at['unit']}; without a zone it is UTC"
        return ProposedColumn(name, cells, "time", field and field | required, why, at)
    if required:
        why += f"; {cells.count('')} rows lack it"
    return ProposedColumn(name, cells, role, field and field | required, why)


def _judged(name: str, texts: set[str], rows: int) -> tuple[Role, dict[str, Json] | None, str]:
    if {text.lower() for text in texts} in _PAIRS:
        return "flag", {"type": "boolean"}, "true or false"
    is_name = _NAMES.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()) is not None
    if not is_name and (number := _number(texts)):
        return "measure", *number
    if any(len(text) > LONGEST_TEXT for text in texts):
        become = "rows with them are refused" if name in TAKEN else "kept, but no field"
        return "other", None, f"some texts are longer than {LONGEST_TEXT}: {become}"
    if 1 < len(texts) <= FEW and rows >= 10 * len(texts):
        listed = ", ".join(sorted(texts))
        return "name", {"type": "text", "one_of": sorted(texts)}, f"one of {listed}"
    if is_name and _number(texts):
        return "name", {"type": "text"}, f"names something: {len(texts)} different numbers"
    return "name", {"type": "text"}, f"{len(texts)} different texts"


def _number(texts: set[str]) -> tuple[dict[str, Json], str] | None:
    """How a column of numbers is declared, None if it is not one that can be kept."""
    if all(map(_WHOLE.fullmatch, texts)):
        values: list[Decimal] = [Decimal(text) for text in texts]
        declared: dict[str, Json] = {"type": "integer"}
        most, what = EXACT, "whole numbers"
    elif all(map(NUMBER.fullmatch, texts)) and not any(map(_has_zeros, texts)):
        values = [Decimal(text) for text in texts if abs(_exponent(text)) < 400]
        if len(values) < len(texts):
            return None
        digits = max(0, *(-value.normalize().as_tuple().exponent for value in values))  # type: ignore[operator]
        noisy = digits > MOST_DECIMALS
        decimals = NOISY if noisy else digits
        declared = {"type": "number", "decimals": decimals} | ({"rounds": True} if noisy else {})
        most, what = EXACT // (SPARE * 10**decimals), f"numbers with {decimals} decimals"
        what += f", rounded from {digits}" if noisy else ""
    else:
        return None
    low, high = min(values), max(values)
    if not -most <= low <= high <= most:
        return None
    kept = {"type": declared.pop("type")} | ({"min": 0} if low >= 0 else {}) | declared
    return kept, f"{what} from {low} to {high}"


def _has_zeros(text: str) -> bool:
    """Whether zeros at the front say that it is a name, as of a telephone."""
    return re.match(r"[+-]?0\d", text) is not None


def _exponent(text: str) -> int:
    return int(text.lower().partition("e")[2] or 0)


_PAIRS = [
    {text for text, value in BOOLEANS.items() if text in pair}
    for pair in ({"true", "false"}, {"yes", "no"})
]
