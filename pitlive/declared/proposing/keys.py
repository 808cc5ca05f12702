"""Which columns name a row: those that tell all rows apart, and would hardly by chance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod

import numpy as np

from pitlive.declared.proposing.columns import ProposedColumn
from pitlive.numerics import Ints
from pitlive.reported import LONGEST_UID

MOST = 3
"""Columns of a key."""

TRIED = 8
"""Columns that are tried in combinations: the first ones, for keys stand at the front."""

BY_CHANCE = 5
"""Pairs of equal rows that must be expected by chance, for having none to mean something."""


def key(columns: Sequence[ProposedColumn], room: int) -> list[ProposedColumn]:
    """Return the fewest columns that tell all rows apart, none if nothing does.

    Rows whose cells were drawn at random would have n² / 2 / (product of how many different
    there are) pairs of equal ones. Where that is next to none, being different says nothing.

    Args:
        room: Characters of a uid that are taken already.
    """
    able = [one for one in columns if one.role == "name" and one.field and one.is_full][:TRIED]
    rows = len(columns[0].cells) if columns else 0
    codes = [_codes(one.cells) for one in able]
    for size in range(1, MOST + 1):
        for chosen in combinations(range(len(able)), size):
            kinds = prod(able[n].distinct for n in chosen)
            if kinds < rows or rows**2 / 2 / kinds < BY_CHANCE:
                continue
            if _tells_apart([codes[n] for n in chosen]) and _fits([able[n] for n in chosen], room):
                return [able[n] for n in chosen]
    return []


def _codes(cells: Sequence[str]) -> Ints:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(cell, len(numbers)) for cell in cells], np.int64)


def _tells_apart(codes: Sequence[Ints]) -> bool:
    whole = np.zeros(len(codes[0]), np.int64)
    for one in codes:
        _, whole = np.unique(whole * (one.max() + 1) + one, return_inverse=True)
    return len(np.unique(whole)) == len(whole)


def _fits(columns: Sequence[ProposedColumn], room: int) -> bool:
    """Whether a uid can hold the longest of them: `/` and `~` take two characters."""
    longest = [max(len(c) + c.count("/") + c.count("~") for c in one.cells) for one in columns]
    return room + sum(longest) + len(columns) <= LONGEST_UID
