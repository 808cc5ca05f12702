"""The declaration of a source whose figures another program computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pitlive.ahead import DEFAULT, PATTERN
from pitlive.declaration.problems import unfit
from pitlive.errors import BadSpec
from pitlive.messages import Json
from pitlive.reported import LATEST_MS

DataKind = Literal["proportion", "rolling", "timed", "single_value", "generic"]
Comparator = Literal[">", ">=", "==", "<=", "<"]
StatName = Annotated[str, Field(min_length=1, max_length=150)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedStat(_Part):
    """A stat: its full name, `group:key`, and what its data are."""

    name: StatName
    kind: DataKind


class Period(_Part):
    """The buckets of one length of a timed stat.

    Attributes:
        granularity: Their length [s].
        cycles: How many there are besides the present one, -1 for those of the whole time.
    """

    granularity: int = Field(ge=1, le=31_536_000)
    cycles: int = Field(ge=-1, le=100_000)


class Milestone(_Part):
    """What is told once, when a figure first compares so with a target."""

    stat: StatName
    collection: str = ""
    name: StatName
    points: tuple[str, ...] = ()
    field: StatName
    target: float = Field(allow_inf_nan=False)
    comparator: Comparator
    message: str = Field(max_length=2000)


class FiguresSpec(_Part):
    """A source of figures, as its feed declares it."""

    kind: Literal["figures"]
    name: StatName | None = None
    lateness_ms: int = Field(60_000, ge=0, le=3_600_000)
    at_most_ahead: str = Field(DEFAULT, pattern=PATTERN)
    most_groups: int | None = Field(None, ge=1)
    start_ms: int = Field(0, ge=0, le=LATEST_MS)
    end_ms: int = Field(LATEST_MS, ge=0, le=LATEST_MS)
    periods: tuple[Period, ...] = Field((), max_length=20)
    stats: tuple[NamedStat, ...] = Field(max_length=1000)
    milestones: tuple[Milestone, ...] = Field((), max_length=1000)

    @model_validator(mode="after")
    def _can_be_shown(self) -> FiguresSpec:
        for period in self.periods if any(s.kind == "timed" for s in self.stats) else ():
            whole_s = (self.end_ms - self.start_ms) // 1000
            if period.cycles < 0 and whole_s // period.granularity > 200_000:
                raise ValueError(
                    f"periods: got {period.granularity} s of the whole time, "
                    "want start_ms and end_ms with at most 200,000 of them between"
                )
        return self


def check(declared: Mapping[str, Json]) -> dict[str, Json]:
    """Check a declaration and fill in its defaults.

    Raises:
        BadSpec: Something in it cannot be taken.
    """
    return read(declared).model_dump(mode="json", exclude_none=True)


def read(declared: Mapping[str, Json]) -> FiguresSpec:
    """Return a declaration as values.

    Raises:
        BadSpec: Something in it cannot be taken.
    """
    if problems := list(unfit(declared)):
        raise BadSpec("\n".join(map(str, problems)))
    try:
        return FiguresSpec.model_validate_json(json.dumps(declared), strict=True)
    except ValidationError as error:
        raise BadSpec("\n".join(_explain(one) for one in error.errors())) from None


def _explain(error: Any) -> str:
    want = str(error["msg"]).removeprefix("Value error, ")
    place = ".".join(map(str, error["loc"]))
    return f"{place}: got {ascii(error['input'])[:80]}, want: {want}" if place else want
