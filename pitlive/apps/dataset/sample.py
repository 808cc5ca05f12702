"""A made-up working day: six people change cells and whole columns of one table, and talk.

Most look at the beginning of the table, as visitors of a demo do, so that something happens
where they look; others work through all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pitlive.messages import Json

PEOPLE = ("Ada", "Grace", "Hedy", "Katherine", "Margaret", "Mary")
ROWS = 50_000
SEEN = 60
"""Rows at the beginning, where the page opens."""

STOCK, ORDERED, SOLD, RETURNED, PRICE, WEIGHT, RATING, SHELF, VIEWS = range(1, 10)

CHANGES = 6000
APART_MS = 2500
"""Mean time between two changes, so that 20x brings 8 a second."""

BEGIN_MS = 1_780_304_400_000
"""Nine o'clock on 1 June 2026, UTC."""

SAID = (
    "Moving everything up a shelf.",
    "Prices are a cent up, please check yours.",
    "Counting returns from the top.",
    "Back after lunch.",
)


def entries(seed: int) -> Iterator[dict[str, Json]]:
    """Yield what people do, in the order of their doing it.

    >>> first = next(entries(1))
    >>> first["uid"], first["origin"] in PEOPLE
    ('1-0', True)
    """
    chance = Random(seed)
    at_ms = float(BEGIN_MS)
    for n in range(CHANGES):
        at_ms += chance.expovariate(1 / APART_MS)
        who = {"uid": f"{seed}-{n}", "origin": chance.choice(PEOPLE), "at_ms": round(at_ms)}
        yield {**who, **_done(chance)}


def _done(chance: Random) -> dict[str, Json]:
    """What somebody does: mostly a cell, often a column, seldom a word."""
    what = chance.random()
    if what < 0.01:
        return {"type": "message", "text": chance.choice(SAID)}
    return _cell(chance) if what < 0.7 else _column(chance)


def _cell(chance: Random) -> dict[str, Json]:
    row = chance.randrange(SEEN if chance.random() < 0.6 else ROWS)
    column, value = chance.choice(
        (
            (STOCK, chance.randint(0, 400)),
            (ORDERED, chance.randint(0, 60)),
            (RETURNED, chance.randint(0, 9)),
            (PRICE, chance.randint(50, 19_999) / 100),
            (RATING, chance.randint(10, 50) / 10),
        )
    )
    return {"type": "cell", "column": column, "row": row, "value": value}


def _column(chance: Random) -> dict[str, Json]:
    """Changes of whole columns; over a day none of them runs away."""
    sign = chance.choice((-1, 1))
    done = chance.choices(
        (
            {"type": "add", "column": VIEWS, "k": chance.randint(1, 5)},
            {"type": "add", "column": SOLD, "k": 1},
            {"type": "add", "column": PRICE, "k": sign * 0.01},
            {"type": "affine", "column": SHELF, "a": 5, "b": 1, "m": 512},
            {"type": "add", "column": STOCK, "k": sign * chance.randint(1, 3)},
            {"type": "random", "column": WEIGHT, "seed": chance.randrange(2**32), "high": 25},
            {"type": "fill", "column": ORDERED, "v": 0},
        ),
        weights=(30, 20, 15, 15, 15, 3, 2),
    )
    return dict(done[0])
