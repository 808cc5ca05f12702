"""Which channels a reader asks for: names separated by commas, `*` for any text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pitlive.errors import PitLiveError

_TEXT = r"[^*,\x00-\x1f\x7f]*"

CHANNELS = rf"^{_TEXT}(\*{_TEXT}){{0,2}}(,{_TEXT}(\*{_TEXT}){{0,2}})*$"
"""Two stars at most in a name: matching more takes Redis, which does one thing at a time,
a power of the channel's length. Control characters would end a pattern of Lua's."""

LONGEST = 1000
"""Characters: names of some hundred channels."""


class BadChannels(PitLiveError):
    """Channels were asked for in a way that is not understood."""


def read(asked: Sequence[str]) -> list[str]:
    """Return the patterns that are asked for, of all channels if there are none.

    Raises:
        BadChannels: There are too many, or one is not a pattern.

    >>> read(["standings,laps/*"]), read([])
    (['standings', 'laps/*'], ['*'])
    """
    text = ",".join(asked)
    if len(text) > LONGEST or not re.fullmatch(CHANNELS, text):
        raise BadChannels(
            f"channels: got {ascii(text)[:80]}, want names separated by commas with at most two * "
            f"each, {LONGEST} characters in all"
        )
    return [pattern for pattern in text.split(",") if pattern] or ["*"]
