"""Which channels are meant: names, in which `*` stands for any text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pitlive.messages import is_personal


def matches(channel: str, patterns: Iterable[str]) -> bool:
    """Tell whether a channel is among those asked for; `*` alone stands for any text.

    Channels for one user alone are asked for by their name, and never by a `*`.

    >>> matches("laps/24", ["standings", "laps/*"]), matches("laps/24", ["laps/2?"])
    (True, False)
    >>> matches("messages/ann", ["*", "messages/*"]), matches("messages/ann", ["messages/ann"])
    (False, True)
    """
    if is_personal(channel):
        return channel in patterns
    texts = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    return any(re.fullmatch(text, channel) for text in texts)


def of_lua(pattern: str) -> str:
    """Write a `*` pattern as Lua's.

    >>> of_lua("laps/*")
    '^laps%/.*$'
    """
    escaped = "".join(c if c.isalnum() else ".*" if c == "*" else "%" + c for c in pattern)
    return f"^{escaped}$"
