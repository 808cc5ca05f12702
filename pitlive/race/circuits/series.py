"""Series by one name each: a feed says "Formula 1", history `f1`."""

from __future__ import annotations

import re

_KNOWN = {
    "f1": re.compile(r"f1|formula[ -]?(1|one)\b.*|fia formula (1|one)\b.*"),
    "indycar": re.compile(r"(ntt |verizon )?indycar\b.*"),
    "nascar-truck": re.compile(r"nascar\b.*\btrucks?\b.*"),
    "nascar-xfinity": re.compile(r"nascar\b.*\b(xfinity|o'reilly)\b.*"),
    "nascar-cup": re.compile(r"nascar\b.*\bcup\b.*"),
}
"""What history calls a series, and what feeds call it: sponsors come and go."""


def series(text: str) -> str:
    """Return what history calls a series; one it does not know keeps its words.

    >>> series("Formula 1"), series("NTT IndyCar Series"), series("NASCAR Cup")
    ('f1', 'indycar', 'nascar-cup')
    >>> series("Club Racing")
    'club-racing'
    """
    plain = text.casefold().strip()
    for known, called in _KNOWN.items():
        if called.fullmatch(plain):
            return known
    return plain.replace(" ", "-")


def family(text: str) -> str:
    """Return the series whose circuits are called alike.

    >>> family("nascar-xfinity"), family("Formula 1")
    ('nascar', 'f1')
    """
    known = series(text)
    return "nascar" if known.startswith("nascar") else known
