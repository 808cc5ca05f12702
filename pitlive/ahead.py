"""How far ahead of our clock an event time may be: a wrong one would make all others old."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pitlive.messages import Json

DEFAULT, ANY = "1d", "none"

_UNITS_MS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

PATTERN = r"^(none|[1-9][0-9]{0,8}(ms|s|min|h|d))$"

_DURATION = re.compile(r"([0-9]+)([a-z]+)")


CLOCK_IS_SET_MS = 1_577_836_800_000
"""The year 2020: a machine that thinks it is earlier has no clock, and cannot judge others."""


class Ahead(NamedTuple):
    """A bound as it is declared.

    Attributes:
        text: `"1d"`.
    """

    text: str

    @property
    def ms(self) -> int:
        """The same in milliseconds.

        >>> Ahead("1d").ms, Ahead("90min").ms
        (86400000, 5400000)
        """
        if (match := _DURATION.fullmatch(self.text)) is None:
            raise ValueError(f"at_most_ahead: got {self.text!r}, want such as 1d, 12h, 30min, 5s")
        return int(match[1]) * _UNITS_MS[match[2]]

    def is_beyond(self, at_ms: int, seen_ms: int) -> bool:
        """Tell whether something happens later than it may.

        >>> Ahead("1d").is_beyond(10**13, 1_700_000_000_000), Ahead("1d").is_beyond(10**13, 0)
        (True, False)
        """
        return CLOCK_IS_SET_MS < seen_ms < at_ms - self.ms

    def want(self, seen_ms: int, of: str = "now") -> str:
        """Say what would do.

        >>> Ahead("1d").want(1_600_000_000_000)
        'at most 1d ahead of now (2020-09-13T12:26:40Z)'
        """
        now = datetime.fromtimestamp(seen_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"at most {self.text} ahead of {of} ({now})"


def ahead_of(spec: Mapping[str, Json], default: str = DEFAULT) -> Ahead | None:
    """Return the bound of a checked declaration, None if it has none.

    Args:
        default: That of its kind, which holds where the declaration says nothing.

    >>> ahead_of({}), ahead_of({}, ANY), ahead_of({"at_most_ahead": "5min"}, ANY)
    (Ahead(text='1d'), None, Ahead(text='5min'))
    """
    text = spec.get("at_most_ahead", default)
    return None if text == ANY else Ahead(str(text))
