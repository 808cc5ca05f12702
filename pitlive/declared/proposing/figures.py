"""Which figures suit the columns of a table: few, and such as people look at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pitlive.declared.proposing.columns import ProposedColumn
from pitlive.messages import Json

MEASURES = 3
GROUPS = 3
"""Columns that get figures of their own; a page with more is not read."""

FEWEST, MOST = 2, 100
"""Groups that can be taken in on one page."""

CROWD = 20
"""Different names from which on the best are of interest, and not all."""

EVERY_S = (60, 300, 3600, 86_400, 604_800, 2_592_000)
BUCKETS = range(8, 1000)
"""How many bars a picture may have."""


def figures(
    columns: Mapping[str, ProposedColumn], uid: Sequence[str], span_s: int
) -> list[dict[str, Json]]:
    """Return stats, the most telling first.

    Args:
        columns: Field → its column.
        uid: Fields that name a row.
        span_s: Time from the first row to the last [s], 0 where nobody knows.
    """
    measures = [field for field, one in columns.items() if one.role == "measure"][:MEASURES]
    groups = [field for field, one in columns.items() if _groups(one) and [field] != [*uid]]
    groups = sorted(groups, key=lambda field: columns[field].distinct > CROWD)[:GROUPS]
    flags = [field for field, one in columns.items() if one.role == "flag"][:GROUPS]
    crowd = _crowd({f: one for f, one in columns.items() if f not in groups}, uid)
    found = [
        {"kind": "count", "name": "rows", "title": "Rows"},
        *_over_time(span_s),
        *(_mean(of) for of in measures),
        *({"kind": "proportion", "name": f"share_{of}", "title": f"Share of {of}", "of": of}
          for of in flags),
        *(_mean(measures[0], by) for by in groups if measures),
        *({"kind": "count", "name": f"rows_{by}", "title": f"Rows by {by}", "by": [by]}
          for by in groups),
        *([_best(crowd, measures)] if crowd else []),
    ]  # fmt: skip
    return _named_apart(found)


def _groups(column: ProposedColumn) -> bool:
    return column.role in ("name", "flag") and FEWEST <= column.distinct <= MOST


def _crowd(columns: Mapping[str, ProposedColumn], uid: Sequence[str]) -> str | None:
    """Who or what a list of the best is of: a part of the uid, else the smallest crowd."""
    able = {
        field: one.distinct
        for field, one in columns.items()
        if one.role == "name" and one.distinct > CROWD and [field] != [*uid]
    }
    able = {field: n for field, n in able.items() if n < len(columns[field].cells) / 2}
    return min(able, key=lambda field: (field not in uid, able[field])) if able else None


def _over_time(span_s: int) -> Iterator[dict[str, Json]]:
    every = [every for every in EVERY_S if span_s // every in BUCKETS][:3]
    if every:
        yield {"kind": "timed", "name": "over_time", "title": "Rows over time", "every_s": every}


def _mean(of: str, by: str = "") -> dict[str, Json]:
    groups = {"by": [by]} if by else {}
    name, title = (f"{of}_{by}", f"Mean of {of} by {by}") if by else (of, f"Mean of {of}")
    return {"kind": "mean", "name": name, "title": title, "of": of} | groups


def _best(who: str, measures: Sequence[str]) -> dict[str, Json]:
    best: dict[str, Json] = {"kind": "ranking", "name": f"best_{who}", "by": [who]}
    if not measures:
        return best | {"title": f"Most rows by {who}", "figure": "count"}
    return best | {"title": f"Highest mean of {measures[0]} by {who}", "of": measures[0]}


def _named_apart(stats: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Give each a channel of its own."""
    taken: set[str] = set()
    for stat in stats:
        name = stem = stat["name"][:90]
        number = 2
        while name in taken:
            name, number = f"{stem}.{number}", number + 1
        taken.add(name)
        stat["name"] = name
    return stats
