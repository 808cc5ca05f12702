"""Channel patterns as Redis matches them; what they mean is `messages.matches`."""

from __future__ import annotations


def of_lua(pattern: str) -> str:
    """Write a `*` pattern as Lua's.

    >>> of_lua("laps/*")
    '^laps%/.*$'
    """
    escaped = "".join(c if c.isalnum() else ".*" if c == "*" else "%" + c for c in pattern)
    return f"^{escaped}$"
