"""What is wrong with a declaration: where, what was there, what would do."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from pitlive.messages import Json

Location = tuple[str | int, ...]
"""The way into a declaration: `("stats", 2, "of")`."""

DEEPEST = 12
"""Levels of a declaration; twice what any needs, and far from where a parser gives up."""

_LONGEST = 80


class DeclarationProblem(NamedTuple):
    """One thing that is wrong.

    >>> str(DeclarationProblem(("stats", 2, "of"), "scor", "one of score"))
    "stats.2.of: got 'scor', want one of score"
    """

    place: Location
    got: Json
    want: str

    def __str__(self) -> str:
        return f"{self.path}: {self.said}"

    @property
    def path(self) -> str:
        """Where it is, in words: names and numbers from 0, joined by points."""
        return ".".join(map(shown, self.place)) or "declaration"

    @property
    def said(self) -> str:
        """What was there, and what would do."""
        got = "nothing" if self.got is ABSENT else ascii(self.got)
        cut = got if len(got) <= _LONGEST else got[:_LONGEST] + "…"
        return f"got {cut}, want {_printable(self.want)}"


class _Absent:
    """Nothing, which is not the same as null."""


ABSENT = _Absent()
"""Stands for what is missing."""


def shown(part: str | int) -> str:
    """Return a part of a place as it can be printed."""
    return ascii(part)[1:-1] if isinstance(part, str) else str(part)


def _printable(text: str) -> str:
    r"""Return a text on one line, whatever the names in it hold.

    >>> _printable("one of a\n, é")
    'one of a\\n, é'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def unfit(value: Json, place: Location = ()) -> Iterator[DeclarationProblem]:
    """Yield what no declaration can hold: dates, infinite numbers, broken Unicode, depths.

    >>> [str(problem) for problem in unfit({"a": [1, float("inf")]})]
    ['a.1: got inf, want a finite number']
    """
    if len(place) > DEEPEST:
        yield DeclarationProblem(place, "…", f"at most {DEEPEST} levels")
    elif isinstance(value, Mapping):
        for name, below in value.items():
            if _broken(name):
                yield DeclarationProblem(place, name, "names of valid Unicode")
            else:
                yield from unfit(below, (*place, name))
    elif isinstance(value, list):
        for n, below in enumerate(value):
            yield from unfit(below, (*place, n))
    elif want := _unfit(value):
        yield DeclarationProblem(place, value, want)


def _unfit(value: Json) -> str:
    if isinstance(value, str):
        return "a text of valid Unicode" if _broken(value) else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "a finite number"
    if isinstance(value, int):
        return "" if abs(value) < 2**63 else "a number of 64 bits"
    return "" if value is None else "a text, a number, true or false"


def _broken(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def of_model(
    error: ValidationError, place: Location, allowed: Mapping[Location, type[BaseModel]]
) -> Iterator[DeclarationProblem]:
    """Yield what pydantic found.

    Args:
        place: Where the model stands.
        allowed: Place below it → the model there, to name its parts.
    """
    for one in error.errors(include_url=False):
        loc = tuple(part for part in one["loc"] if part != "[key]")
        message = re.fullmatch(r"Value error, (\w+): (?:got .*|absent), want (.*)", one["msg"])
        if message:
            yield DeclarationProblem(
                (*place, *loc, message[1]), _at(one["input"], message[1]), message[2]
            )
        elif one["type"] == "extra_forbidden":
            parts = ", ".join(allowed[loc[:-1]].model_fields) if loc[:-1] in allowed else ""
            yield DeclarationProblem((*place, *loc), one["input"], f"no such part; one of {parts}")
        elif one["type"] in ("missing", "union_tag_not_found"):
            loc = (*loc, "type") if one["type"] == "union_tag_not_found" else loc
            yield DeclarationProblem(
                (*place, *loc), ABSENT, _described(allowed.get(loc[:-1]), loc[-1])
            )
        elif one["type"] == "union_tag_invalid":
            want = f"one of {str(one['ctx']['expected_tags']).replace(chr(39), '')}"
            yield DeclarationProblem((*place, *loc, "type"), one["ctx"]["tag"], want)
        else:
            yield DeclarationProblem((*place, *loc), one["input"], _wanted(one))


def _described(model: type[BaseModel] | None, part: str | int) -> str:
    """What stands in a part of a model that must be there."""
    field = model.model_fields.get(str(part)) if model else None
    description = field.description if field else None
    return f"it: {description}" if description else "it, for it is required"


def _at(value: Json, part: str) -> Json:
    return value.get(part, ABSENT) if isinstance(value, Mapping) else ABSENT


def _wanted(one: Any) -> str:
    """Pydantic's words for what would do."""
    if one["type"] == "string_pattern_mismatch":
        return f"a name that matches {one['ctx']['pattern']}"
    if one["type"] in ("model_type", "dict_type", "model_attributes_type"):
        return "a table"
    if one["type"] == "tuple_type":
        return "a list"
    text = str(one["msg"]).removeprefix("Value error, ")
    return re.sub(r"^(Input|String|Tuple|Dictionary) should (be|have) ", "", text)
