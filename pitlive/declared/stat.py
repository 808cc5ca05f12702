"""A kind of stat: how it is declared, and what it must compute.

A module of a kind defines `Spec`, a `StatSpec`, and `Stat`. Rows of a table are added to it
and taken out again; asked for its rows, it gives those that changed. What it gives depends
on the set of rows that count, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pitlive.declared.exact import grown
from pitlive.declared.groups import Groups
from pitlive.declared.seeds import PARTS, at_depth
from pitlive.messages import Row
from pitlive.numerics import Bools, Ints

RowUpdates = dict[str, Row | None]
"""Row key → the whole new row, None where the group is empty."""


Wait = Annotated[int, Field(ge=0, le=60_000)]
"""Milliseconds that a change is held back: a minute and more is no longer live."""


class StatSpec(BaseModel):
    """What every stat has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    name: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*$",
            max_length=100,
            description="Its channel, which readers ask for.",
        ),
    ]
    title: str = Field("", description="What people call it; default: the name.")
    entries: str = Field("", description="The type of entries it is about; default: the first.")
    by: tuple[str, ...] = Field((), max_length=5, description="Fields that make the groups.")
    where: str = Field("", description="Which entries count: `score >= 60`; default: all.")
    nested: bool = Field(
        False, description="Also a row for all, and for every part of `by` from the left."
    )
    quiet_ms: Wait | None = Field(
        None, description="Changes are told once there have been none for so long [ms]."
    )
    latest_ms: Wait | None = Field(
        None, description="At most so long after the first [ms]; default: 5 times `quiet_ms`."
    )

    @property
    def levels(self) -> tuple[StatSpec, ...]:
        """The stats it consists of: one, or with `nested` one for each part of `by`, itself last.

        Each computes its figures from the entries, as if it were declared alone.
        """
        shallower = range(len(self.by) if self.nested else 0)
        return (
            *(self.of_depth(depth, self.by[:depth]) for depth in shallower),
            self.of_depth(len(self.by)),
        )

    def of_depth(self, depth: int, by: tuple[str, ...] | None = None) -> StatSpec:
        """Return the stat of one depth; none that is declared has a blank in its name."""
        seeds = {part: at_depth(seeds, depth) for part, seeds in self.seeds.items() if seeds}
        changed = {} if by is None else {"by": by, "name": f"{self.name} {depth}"}
        return self.model_copy(update=changed | seeds) if changed or seeds else self

    @property
    def seeds(self) -> dict[str, dict[str, float]]:
        """Numbers by row key that are known before any entry."""
        return {part: getattr(self, part) for part in sorted(PARTS) if hasattr(self, part)}

    @property
    def others(self) -> tuple[str, ...]:
        """Further types of entries it is about, which have the same fields."""
        return ()

    @property
    def has_runs(self) -> bool:
        """Whether it is a rule: its rows say `is_on`, and how many `times` it has been."""
        return False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it is about, besides those of the groups."""
        of: str = getattr(self, "of", "")
        return (of,) if of else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Those of them that must be numbers."""
        return ()

    @property
    def booleans(self) -> tuple[str, ...]:
        """Those of them that must be true or false."""
        return ()

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ()


def channel_of(name: str) -> str:
    """Return the channel of a stat; a depth of a nested one has it behind a blank."""
    return name.partition(" ")[0]


class Stat(Protocol):
    """What a kind of stat computes, for one declaration of it."""

    def __init__(self, spec: Any, groups: Groups) -> None: ...

    def take(self, rows: Ints, sign: int) -> None:
        """Rows of the table count from now on (sign 1), or no longer do (-1)."""
        ...

    def rows(self) -> RowUpdates:
        """Return the rows that may have changed since the last call."""
        ...


class Moves(NamedTuple):
    """What a batch did to the rows of a table, in the order of its entries.

    Attributes:
        rows: Rows, shape (n,).
        signs: 1 if the row counts from now on, -1 if it no longer does, shape (n,).
        clocks: The clock when it moved [ms], shape (n,).
        entries: Which entry of the batch moved it, shape (n,); a correction moves two rows.
        uids: The uid of every entry of the batch.
    """

    rows: Ints
    signs: Ints
    clocks: Ints
    entries: Ints
    uids: Sequence[str]

    def among(self, which: Bools | Ints | slice) -> Moves:
        """Return some of them."""
        rows, signs, clocks, entries = (part[which] for part in self[:4])
        return Moves(rows, signs, clocks, entries, self.uids)


@runtime_checkable
class Timed(Protocol):
    """A stat whose rows change with time alone."""

    def pass_to(self, now_ms: int) -> None:
        """It is so late now."""
        ...

    @property
    def due_ms(self) -> int | None:
        """When time alone will change its rows [ms], None if it will not."""
        ...


@runtime_checkable
class RewindingStat(Protocol):
    """A stat that has to know when it is earlier than it was thought to be."""

    def rewind(self, now_ms: int, rows: Ints) -> None:
        """It is only so late now, for what was newer is taken back.

        Args:
            rows: All rows that count and happened since `reach_ms` before now.
        """
        ...

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that matter to it [ms]."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A stat that is told of the order too."""

    def follow(self, moves: Moves) -> None:
        """Rows moved, in this order; `take` has been told of them already."""
        ...


@runtime_checkable
class Ordered(Follows, Protocol):
    """A stat that depends on the order: what has closed stays as it is."""

    is_of_the_order: bool

    def flush(self) -> None:
        """The stream has ended; what is open closes."""
        ...


class Touched:
    """The groups that rows were added to or taken from."""

    def __init__(self) -> None:
        self._is_touched = np.zeros(0, np.bool_)

    def add(self, groups: Ints) -> None:
        """Note groups."""
        if groups.size:
            self._is_touched = grown(self._is_touched, int(groups.max()) + 1)
            self._is_touched[groups] = True

    def take(self) -> list[int]:
        """Return the groups noted since the last time, in the order of their numbers."""
        groups: list[int] = self.groups().tolist()
        return groups

    def groups(self) -> Ints:
        """Return the same, shape (groups,)."""
        self._is_touched[:1] = False  # the group of those that lack a field
        taken = np.flatnonzero(self._is_touched)
        self._is_touched[taken] = False
        return taken


def counted(keys: Sequence[str], counts: Ints, rows: Sequence[Row]) -> RowUpdates:
    """Return rows by their keys, None of those with nothing in them.

    >>> counted(["a", "b"], np.array([2, 0]), [{"count": 2}, {"count": 0}])
    {'a': {'count': 2}, 'b': None}
    """
    found: RowUpdates = dict(zip(keys, rows, strict=True))
    for place in np.flatnonzero(counts == 0).tolist():
        found[keys[place]] = None
    return found
