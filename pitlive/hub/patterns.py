"""Which channels a reader asks for: names separated by commas, `*` for any text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from pitlive.errors import PitLiveError
from pitlive.messages import PERSONAL, is_personal

_TEXT = r"[^*,\x00-\x1f\x7f]*"

CHANNELS = rf"^{_TEXT}(\*{_TEXT}){{0,2}}(,{_TEXT}(\*{_TEXT}){{0,2}})*$"
"""Two stars at most in a name: matching more takes Redis, which does one thing at a time,
a power of the channel's length. Control characters would end a pattern of Lua's."""

LONGEST = 1000
"""Characters: names of some hundred channels."""


class BadChannels(PitLiveError):
    """Channels were asked for in a way that is not understood."""


def read(channels: Sequence[str]) -> list[str]:
    """Return the patterns that are asked for, of all channels if there are none.

    Raises:
        BadChannels: There are too many, or one is not a pattern.

    >>> read(["standings,laps/*"]), read([])
    (['standings', 'laps/*'], ['*'])
    """
    text = ",".join(channels)
    if len(text) > LONGEST or not re.fullmatch(CHANNELS, text):
        raise BadChannels(
            f"channels: got {ascii(text)[:80]}, want names separated by commas with at most two * "
            f"each, {LONGEST} characters in all"
        )
    return [_own(pattern) for pattern in text.split(",") if pattern] or ["*"]


def user_of(secret: str) -> str:
    """Return the user whose secret that is: whoever knows it reads what the user is sent.

    >>> user_of("hush")
    'dc8331bcb2283e89d275a1c2fe66f7bf'
    """
    return sha256(secret.encode()).hexdigest()[:32]


def _own(pattern: str) -> str:
    """A channel for one user alone, without the secret that opens it; others as they are."""
    if not is_personal(pattern):
        return pattern
    user, _, secret = pattern.removeprefix(PERSONAL).partition("~")
    if user_of(secret) != user:
        raise BadChannels(
            f"channels: got {ascii(PERSONAL + user)[:80]}, want {PERSONAL}<user>~<secret>: "
            "messages are read by the user to whom they are sent"
        )
    return PERSONAL + user
