"""Fields of entries: what may stand in them, and how a column of them is kept.

Numbers are kept as whole multiples of their last decimal, so that sums are exact and do not
depend on the order in which they were added: 71.25 with two decimals is 7125.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pitlive.messages import Json

EXACT = 2**53
"""Whole numbers below it are exact as 64-bit floats, which is what readers of JSON have."""

MOST_UNITS = 2**62
"""Of the last decimal: what a column holds, also where a declaration allows more."""

LONGEST_TEXT = 200
"""Characters of a text: it may be the key of a row, and a part of a uid."""

MOST_DECIMALS = 9


class FieldRefused(ValueError):
    """A value that a field does not take; the message is what it would take."""


def _listed(given: Any) -> Any:
    """A list is as good as a tuple, also to those who read strictly."""
    return tuple(given) if isinstance(given, list) else given


class _Field(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = Field(True, description="An entry without it is refused.")
    column: str = Field("", max_length=200, description="Its column in CSV; default: its name.")

    def parse(self, text: str) -> Json:
        """Return what a text of a CSV file stands for; what is not right is left to `check`."""
        return text


class TextField(_Field):
    """A text; a whole number is taken as the text of it, for it may name a school."""

    type: Literal["text"] = "text"
    one_of: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), description="The texts that are taken; any if empty."
    )

    longest: int = Field(
        LONGEST_TEXT, ge=1, le=LONGEST_TEXT, description="Characters that it has at most."
    )

    @property
    def want(self) -> str:
        """What would do, in words."""
        if self.one_of:
            return f"one of {', '.join(self.one_of)}"
        return f"a text of 1 to {self.longest} characters"

    def check(self, value: Json) -> Json:
        """Return the value as it is kept, or raise `FieldRefused`.

        >>> TextField().check(63)
        '63'
        """
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        sound = isinstance(value, str) and 0 < len(value) <= self.longest and _is_unicode(value)
        if not sound or (self.one_of and value not in self.one_of):
            raise FieldRefused(self.want)
        return value


class NumberField(_Field):
    """A finite number with so many decimals at most."""

    type: Literal["number"] = "number"
    min: float | None = Field(None, description="Smallest value that is taken.")
    max: float | None = Field(None, description="Largest value that is taken.")
    decimals: int = Field(6, ge=0, le=MOST_DECIMALS, description="Decimals that are kept.")
    rounds: bool = Field(False, description="More decimals are rounded off, and not refused.")

    @model_validator(mode="after")
    def _in_order(self) -> NumberField:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min: got {self.min}, want at most max, which is {self.max}")
        return self

    @property
    def scale(self) -> int:
        """How many units of the last decimal make one."""
        return int(10**self.decimals)

    @property
    def want(self) -> str:
        """What would do, in words."""
        what = (
            f"a number with at most {self.decimals} decimals" if self.decimals else "whole number"
        )
        return f"a {what.removeprefix('a ')} from {self.low:.15g} to {self.high:.15g}"

    def check(self, value: Json) -> Json:
        """Return the value as it is kept, or raise `FieldRefused`.

        >>> NumberField(min=0, max=100, decimals=2).check(71.25)
        71.25
        >>> NumberField(min=0, max=9, decimals=2).check(0.125)
        Traceback (most recent call last):
        pitlive.declaration.fields.FieldRefused: a number with at most 2 decimals from 0 to 9
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldRefused(self.want)
        if not self.low <= value <= self.high:
            raise FieldRefused(self.want)
        value = round(value, self.decimals) if self.rounds else value
        if units(value, self.scale) is None:
            raise FieldRefused(self.want)
        return int(value) if value == int(value) else value

    @property
    def low(self) -> float:
        """The smallest value that is taken."""
        if self.min is None:
            return -(EXACT // self.scale)
        return max(self.min, -(MOST_UNITS // self.scale))

    @property
    def high(self) -> float:
        """The largest value that is taken."""
        if self.max is None:
            return EXACT // self.scale
        return min(self.max, MOST_UNITS // self.scale)

    def parse(self, text: str) -> Json:
        """Return the number that a text stands for.

        >>> NumberField().parse("-7"), NumberField().parse("1e3"), NumberField().parse("1_0")
        (-7, 1000.0, '1_0')
        """
        if not NUMBER.fullmatch(text):
            return text
        return (
            int(text) if text.lstrip("+-").isdigit() and len(text) < LONGEST_WHOLE else float(text)
        )


class IntegerField(NumberField):
    """A whole number."""

    type: Literal["integer"] = "integer"  # type: ignore[assignment]
    decimals: Literal[0] = Field(0, description="It has none.")


class BooleanField(_Field):
    """True or false."""

    type: Literal["boolean"] = "boolean"

    @property
    def want(self) -> str:
        """What would do, in words."""
        return "true or false"

    def check(self, value: Json) -> Json:
        """Return the value as it is kept, or raise `FieldRefused`."""
        if not isinstance(value, bool):
            raise FieldRefused(self.want)
        return value

    def parse(self, text: str) -> Json:
        """Return what a text stands for.

        >>> BooleanField().parse("Yes"), BooleanField().parse("0")
        (True, False)
        """
        return BOOLEANS.get(text.strip().lower(), text)


def units(value: float, scale: int) -> int | None:
    """Return a number in units of its last decimal, None if it has more decimals than that.

    >>> units(71.25, 100), units(0.1, 10), units(0.125, 100)
    (7125, 1, None)
    """
    if isinstance(value, int):
        return value * scale
    whole = round(value * scale)
    return whole if whole / scale == value else None


def _short(declared: Any) -> Any:
    """`"text"` is short for `{type = "text"}`."""
    return {"type": declared} if isinstance(declared, str) else declared


def _is_unicode(text: str) -> bool:
    return text.isprintable() or not any("\ud800" <= c <= "\udfff" for c in text)


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

LONGEST_WHOLE = 1000
"""Digits beyond which a whole number is not worth its exact value; no field takes it."""

BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}

AnyField = Annotated[
    Annotated[TextField | NumberField | IntegerField | BooleanField, Field(discriminator="type")],
    BeforeValidator(_short),
]
"""A field as it is declared."""
