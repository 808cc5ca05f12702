"""Numbers known by row key before any entry: opening stock, electorates.

In a file they are a table beside the declaration; what is sent to a server has them inline.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from pitlive.declaration.problems import DeclarationProblem, Location, of_model, shown
from pitlive.declared.groups import joined
from pitlive.messages import Json

MOST = 100_000
"""Keys of one stat: twice the largest stock we know of, some 2 MB of declaration."""

Seeds = Annotated[dict[str, int | float], Field(max_length=MOST)]
"""Row key → number."""

_Total = Annotated[  # pydantic writes no bound of a union into the schema
    int | float, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})
]
Totals = Annotated[dict[str, _Total], Field(max_length=MOST)]
"""Row key → number of 0 or more."""

PARTS = frozenset({"opening", "totals"})
"""Options of stats that are such numbers."""


class SeedFile(BaseModel):
    """A table with numbers by key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, description="A CSV with a header, beside the declaration.")
    key: tuple[str, ...] = Field(min_length=1, description="Columns that make the row key.")
    value: str = Field(description="The column with the number.")


class Misread(NamedTuple):
    """What is wrong in such a table."""

    file: str
    line: int
    column: int
    problem: DeclarationProblem

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.problem}"


def inlined(
    declared: Json, open: Callable[[str], str]
) -> tuple[Json, list[DeclarationProblem], list[Misread]]:
    """Return a declaration with the numbers of its files in it, and what is wrong.

    Args:
        open: Name of a file → its text; raises `OSError` or `ValueError`.

    >>> files = {"stock.csv": "item,n\\nbolt,3\\nnut,4\\n"}
    >>> told = {"opening": {"file": "stock.csv", "key": ["item"], "value": "n"}}
    >>> inlined({"stats": [told]}, files.__getitem__)[0]
    {'stats': [{'opening': {'bolt': 3, 'nut': 4}}]}
    """
    problems: list[DeclarationProblem] = []
    misread: list[Misread] = []
    stats = declared.get("stats") if isinstance(declared, Mapping) else None
    if not isinstance(stats, list):
        return declared, [], []
    found = [_of_stat(("stats", n), stat, open, problems, misread) for n, stat in enumerate(stats)]
    return {**declared, "stats": found}, problems, misread


def names_file(value: Json) -> bool:
    """Tell whether seeds are in a file: as a row key `file` would have a number."""
    return isinstance(value, Mapping) and isinstance(value.get("file"), str)


def _of_stat(
    place: Location,
    stat: Json,
    open: Callable[[str], str],
    problems: list[DeclarationProblem],
    misread: list[Misread],
) -> Json:
    if not isinstance(stat, Mapping):
        return stat
    told = dict(stat)
    for part in sorted(PARTS):
        if names_file(told.get(part)):
            told[part] = _of_file((*place, part), told[part], open, problems, misread)
    return told


def _of_file(
    place: Location,
    given: Json,
    open: Callable[[str], str],
    problems: list[DeclarationProblem],
    misread: list[Misread],
) -> dict[str, Json]:
    try:
        told = SeedFile.model_validate({**given, "key": _tuple(given.get("key"))}, strict=True)
    except ValidationError as error:
        problems += of_model(error, place, {(): SeedFile})
        return {}
    try:
        text = open(told.file)
    except (OSError, ValueError) as error:
        problems.append(
            DeclarationProblem((*place, "file"), told.file, f"a file in UTF-8 ({error})")
        )
        return {}
    seeds: dict[str, Json] = {}
    misread += _read(text.removeprefix("\ufeff"), told, seeds)
    return seeds


def _tuple(value: Json) -> Json:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else ()


def _read(text: str, told: SeedFile, seeds: dict[str, Json]) -> Iterator[Misread]:
    """Read a table into seeds; yield what is wrong with it."""
    lines = text.splitlines(keepends=True)
    rows = csv.reader(lines)
    header = [name.strip() for name in next(rows, [])]
    if missing := [name for name in (*told.key, told.value) if name not in header]:
        want = f"the column {missing[0]}"
        yield Misread(told.file, 1, 1, DeclarationProblem(("header",), ",".join(header), want))
        return
    for cells in rows:
        if cells:
            line = rows.line_num
            for name, got, want in _enter(dict(zip(header, cells, strict=False)), told, seeds):
                column = _column(lines[line - 1], header.index(name))
                yield Misread(told.file, line, column, DeclarationProblem((name,), got, want))


def _enter(
    row: Mapping[str, str], told: SeedFile, seeds: dict[str, Json]
) -> Iterator[tuple[str, Json, str]]:
    """Enter a row, or yield the column, what was there and what would do."""
    names = [row.get(name, "").strip() for name in told.key]
    if "" in names:
        yield told.key[names.index("")], "", "a text that names the row"
        return
    key, number = joined(names), _number(row.get(told.value, "").strip())
    if number is None:
        yield told.value, row.get(told.value, ""), "a finite number"
    elif key in seeds:
        yield told.key[0], "/".join(names), "each key once"
    elif len(seeds) >= MOST:
        yield told.key[0], "/".join(names), f"at most {MOST} rows"
    else:
        seeds[key] = number


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return (int(number) if number.is_integer() else number) if math.isfinite(number) else None


def _column(line: str, cell: int) -> int:
    """Return where a cell begins in its line, from 1."""
    is_quoted, seen = False, 0
    for at, letter in enumerate(line, 1):
        if seen == cell:
            return at
        is_quoted ^= letter == '"'
        seen += letter == "," and not is_quoted
    return len(line.rstrip()) + 1


def path(key: str) -> tuple[str, ...]:
    """Return the parts of a row key.

    >>> path("arts/phd"), path("")
    (('arts', 'phd'), ())
    """
    return tuple(key.split("/")) if key else ()


def at_depth(seeds: Mapping[str, float], depth: int) -> dict[str, float]:
    """Return the seeds of the rows of a depth: those given, else the sums of those below.

    >>> at_depth({"arts": 9, "arts/phd": 2, "law/phd": 3, "law/ba": 4}, 1)
    {'arts': 9, 'law': 7}
    """
    given: defaultdict[int, dict[tuple[str, ...], float]] = defaultdict(dict)
    for key, value in seeds.items():
        given[len(path(key))][path(key)] = value
    found: dict[tuple[str, ...], float] = {}
    for level in range(max(given, default=0), depth - 1, -1):
        sums: defaultdict[tuple[str, ...], float] = defaultdict(int)
        for parts, value in found.items():
            sums[parts[:-1]] += value
        found = {**sums, **given[level]}
    return {"/".join(parts): value for parts, value in found.items()}


def misfits(
    place: Location, seeds: Mapping[str, float], by: Sequence[str], *, nested: bool, scale: int
) -> Iterator[DeclarationProblem]:
    """Yield the seeds whose key no row can have, or whose number its field cannot hold."""
    depths = range(len(by) + 1) if nested else (len(by),)
    for key, value in seeds.items():
        if len(path(key)) not in depths or (key and "" in path(key)):
            want = (
                f"a row key of {' and '.join(map(shown, by))}, joined by /"
                if by
                else 'the row key ""'
            )
            yield DeclarationProblem((*place, key), key, want)
        elif not math.isfinite(value) or round(value * scale) / scale != value:
            want = "a whole number" if scale == 1 else f"a multiple of {1 / scale}"
            yield DeclarationProblem((*place, key), value, want)
