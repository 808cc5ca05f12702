"""The declaration of a table: its columns, how many rows it has, and what it begins with."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pitlive.ahead import DEFAULT, PATTERN
from pitlive.declaration.fields import EXACT, MOST_DECIMALS, IntegerField, NumberField, units

MOST_ROWS = 1_000_000
"""Rows; a column of them is 8 MB, written in 32 portions ahead of the publish that tells of it."""

MOST_COLUMNS = 100

TableText = Annotated[str, Field(min_length=1, max_length=200)]


class Column(BaseModel):
    """One column: whole multiples of its last decimal, so that sums are exact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: TableText = Field(description="What people call it.")
    type: Literal["integer", "number"] = Field("integer", description="What stands in its cells.")
    decimals: int | None = Field(
        None, ge=0, le=MOST_DECIMALS, description="Decimals of a number; default: 2."
    )
    min: float | None = Field(None, description="Smallest value that is taken.")
    max: float | None = Field(None, description="Largest value that is taken.")
    start: dict[str, Any] = Field(
        {"type": "fill", "v": 0}, description="The operation that makes it; default: zeros."
    )

    @model_validator(mode="after")
    def _fits(self) -> Column:
        if self.type == "integer" and self.decimals:
            raise ValueError(f"decimals: got {self.decimals}, want none, for it is an integer")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min: got {self.min}, want at most max, which is {self.max}")
        for name in ("min", "max"):
            value = getattr(self, name)
            if value is not None and units(value, self.field.scale) is None:
                raise ValueError(f"{name}: got {value}, want as many decimals as the column has")
        return self

    @cached_property
    def field(self) -> NumberField:
        """The field that a cell is like."""
        if self.type == "integer":
            return IntegerField.model_validate({"min": self.min, "max": self.max})
        decimals = 2 if self.decimals is None else self.decimals
        own = {"min": self.min, "max": self.max, "decimals": decimals}
        return NumberField.model_validate(own)

    @cached_property
    def amount(self) -> NumberField:
        """The field that a number of an operation is like: the same without bounds."""
        return self.field.model_copy(update={"min": None, "max": None})

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """Smallest and largest value, in units of the last decimal."""
        scale = self.field.scale
        low = -EXACT if self.min is None else round(self.min * scale)
        return low, EXACT if self.max is None else round(self.max * scale)


class TableSpec(BaseModel):
    """A table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["table"] = Field(description="What kind of source it is: `table`.")
    name: TableText | None = Field(None, description="What people call it.")
    rows: int = Field(ge=1, le=MOST_ROWS, description="How many rows it has, numbered from 0.")
    columns: list[Column] = Field(
        min_length=1, max_length=MOST_COLUMNS, description="The columns, numbered from 0."
    )
    lateness_ms: int = Field(
        2000, ge=0, le=3_600_000, description="Entries later than this are flagged late [ms]."
    )
    at_most_ahead: str = Field(
        DEFAULT,
        pattern=PATTERN,
        description="How far ahead of our clock an entry may happen, such as `90min`; `none`: any.",
    )
