"""A table → a declaration that takes all of its rows, and why it is so.

Nothing is asked that the table shows. What is decided is said, and is a file to be edited.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pitlive.declaration.fields import LONGEST_TEXT
from pitlive.declared.fitting import TAKEN
from pitlive.declared.proposing.columns import ProposedColumn, column
from pitlive.declared.proposing.figures import figures
from pitlive.declared.proposing.keys import key
from pitlive.declared.times import EventTime
from pitlive.messages import Json

TYPE = "row"
"""What its entries are called."""

MOST = 100
"""Fields of a declaration; further columns are kept, and nothing is made of them.

So are those with names that are too long.
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A declaration, and a line for everything that was decided."""

    declared: dict[str, Json]
    why: list[str]


def propose(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposal:
    """Propose a declaration for a table.

    Args:
        title: What people call it.
        header: Names of its columns; one without a name is left out.
        rows: Cells, as many in each row as there are names.

    >>> told = propose("Scores", ["student", "score"], [["ann", "80.5"], ["bob", "55"]])
    >>> told.declared["entries"]["row"]["fields"]
    {'student': {'type': 'text'}, 'score': {'type': 'number', 'min': 0, 'decimals': 1}}
    """
    cells = zip(*rows, strict=True) if rows else ((),) * len(header)
    named = [(name, texts) for name, texts in zip(header, cells, strict=True) if name]
    able = [(name, texts) for name, texts in named if len(name) <= LONGEST_TEXT][:MOST]
    columns = [column(name, [text.strip() for text in texts]) for name, texts in able]
    at = next((one for one in columns if one.at is not None), None)
    fields = _fields(columns, at)
    names = {one.name: field for field, one in fields.items()}
    uid = [names[one.name] for one in key([*fields.values()], len(TYPE))]
    why = _why(columns, at, names, uid)
    entries: dict[str, Json] = {
        "fields": {name: _declared(name, one) for name, one in fields.items()}
    }
    entries |= {"uid": uid} if uid else {}
    entries |= {"at": dict(at.at)} if at is not None and at.at else {}
    stats = figures(fields, uid, _span_s(at))
    return Proposal(
        {"kind": "declared", "name": title[:200] or TYPE, "entries": {TYPE: entries}}
        | {"stats": stats},
        [*why, f"stats: {', '.join(stat['title'] for stat in stats)}"],
    )


def _fields(
    columns: Sequence[ProposedColumn], at: ProposedColumn | None
) -> dict[str, ProposedColumn]:
    """Name the fields; a declaration has at least one."""
    able = [one for one in columns if one is not at and one.field]
    if not able:
        name = _name("", 1, {one.name for one in columns})
        able = [ProposedColumn(name, (), "other", {"type": "text", "required": False}, "")]
    fields: dict[str, ProposedColumn] = {}
    for number, one in enumerate(able, 1):
        fields[_name(one.name, number, {*fields, *(other.name for other in able)})] = one
    return fields


def _name(name: str, number: int, taken: set[str]) -> str:
    """Return the name of a field: that of its column, if a field can have it."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) and name not in TAKEN:
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:50]
    stem = stem if re.match(r"[a-z]", stem) else f"column_{number}"
    while stem in taken or stem in TAKEN:
        stem += "_"
    return stem


def _declared(name: str, column: ProposedColumn) -> dict[str, Json]:
    other = {} if column.name == name else {"column": column.name}
    return {**(column.field or {}), **other}


def _span_s(at: ProposedColumn | None) -> int:
    if at is None or at.at is None or not at.cells:
        return 0
    time = EventTime.model_validate(at.at)
    times = [time.read(cell) or 0 for cell in at.cells]
    return (max(times) - min(times)) // 1000


def _why(
    columns: Sequence[ProposedColumn],
    at: ProposedColumn | None,
    names: Mapping[str, str],
    uid: Sequence[str],
) -> list[str]:
    reasons = [
        f"{one.name}: {one.why}"
        + (f"; called {names[one.name]}" if names.get(one.name, one.name) != one.name else "")
        for one in columns
    ]
    if at is None:
        reasons.append("no column says when things happened: a row happens when it is fed")
    if uid:
        reasons.append(f"uid: {', '.join(uid)} tell all rows apart" if len(uid) > 1
                    else f"uid: {uid[0]} tells all rows apart")  # fmt: skip
    else:
        reasons.append(
            "no columns surely tell all rows apart: a row is named by the file and its content, "
            "and one that is corrected counts twice (want a name for it: uid = [...])"
        )
    return reasons
