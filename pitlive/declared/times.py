"""When an entry happened, as a feed writes it: a number since 1970, or a text in some format."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pitlive.messages import Json
from pitlive.reported import LATEST_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SOME_DAY = datetime(2011, 10, 12, 13, 14, 15)  # formats know no zone
_IN_MS = {"ms": 1, "s": 1000, "min": 60_000}


class EventTime(BaseModel):
    """Where an entry says when it happened, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(min_length=1, max_length=200, description="What it is called in the entry.")
    unit: Literal["iso", "ms", "s", "min"] = Field(
        "iso", description="A text such as `2011-09-01 08:25`, or a number since 1970."
    )
    format: str = Field(
        "",
        max_length=100,
        description="How a text is written, as `strptime` of Python has it: `%d.%m.%Y %H:%M`.",
    )
    zone: str = Field("UTC", description="Time zone of texts that name none: `Europe/London`.")

    @field_validator("format")
    @classmethod
    def _names_a_moment(cls, format: str) -> str:
        if format and not _names_a_day(format):
            raise ValueError("a format with year, month and day: %d.%m.%Y %H:%M")
        return format

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, KeyError):  # a folder, a path, a name nobody has
            raise ValueError("a time zone of the IANA data base: Europe/London") from None
        return zone

    @property
    def want(self) -> str:
        """What would do, in words."""
        if self.format:
            return f"a time such as {_SOME_DAY.strftime(self.format)} ({self.format}), from 1970 on"
        if self.unit == "iso":
            return "a time such as 2011-09-01 08:25:00, from 1970 on"
        return f"a number of {self.unit} since 1970, such as {10**12 // _IN_MS[self.unit]}"

    def read(self, value: Json) -> int | None:
        """Return when that is [ms since 1970], None if it is no time that we can keep.

        >>> EventTime(field="when").read("2011-09-01 08:25:00.5")
        1314865500500
        >>> EventTime(field="t", unit="s").read(1.25), EventTime(field="t").read("noon")
        (1250, None)
        >>> EventTime(field="t", format="%d.%m.%Y", zone="Europe/Berlin").read("02.01.1970")
        82800000
        """
        try:
            at_ms = self._text(value) if self.format or self.unit == "iso" else self._number(value)
        except (ValueError, OverflowError, TypeError):
            return None
        return at_ms if 0 <= at_ms <= LATEST_MS else None

    def _text(self, text: str) -> int:
        return _at_ms(text, self.format, self.zone)

    def _number(self, value: Json) -> int:
        if isinstance(value, bool):
            raise TypeError
        number = int(value) if isinstance(value, str) and value.isdecimal() else float(value)
        if not math.isfinite(number):
            raise ValueError
        return round(number * _IN_MS[self.unit])


@lru_cache(maxsize=1024)  # many rows of a file are of the same minute, and strptime is slow
def _at_ms(text: str, format: str, zone: str) -> int:
    moment = datetime.strptime(text, format) if format else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _names_a_day(format: str) -> bool:
    """Whether a format gives back the day that was written in it."""
    try:
        text = _SOME_DAY.strftime(format)
        return datetime.strptime(text, format).date() == _SOME_DAY.date()
    except (ValueError, re.error):  # a directive that there is not, or the same one twice
        return False
