"""How many groups a source may have, and which entries would make one too many.

A group stays, with all that is kept of it, so a field with another text in each entry would fill
the memory. Whether there is room is decided in the order of the log, entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pitlive.batch import Batch
from pitlive.declared.groups import GroupPath, Groups, joined
from pitlive.declared.type_state import TypeState
from pitlive.messages import Entry, Rejection


class GroupLimit:
    """The room that a source has for groups.

    Args:
        most: Groups of all its stats; those of the same fields share theirs.
    """

    def __init__(self, most: int, types: Mapping[str, TypeState]) -> None:
        self._most, self._types = most, types

    def admitted(self, batch: Batch, aside: list[Rejection]) -> Batch:
        """Return a batch without the entries for which there is no room."""
        types = (self._types.get(part.type) for part in batch.parts if not part.retract)
        each = max((len(type.grouped) for type in types if type), default=0)
        taken = self._taken
        if taken + each * len(batch) <= self._most:
            return batch
        asked: list[dict[tuple[Groups, GroupPath], str]] = [{} for _ in batch.uids]
        for place, groups, path, stat in self._asked(batch):
            asked[place][groups, path] = stat
        kept: list[Entry] = []
        made: set[tuple[Groups, GroupPath]] = set()
        for entry, its in zip(batch, asked, strict=True):
            fresh = its.keys() - made
            if taken + len(fresh) > self._most:
                aside.append(self._refused(entry, its, next(one for one in its if one in fresh)))
                continue
            taken += len(fresh)
            made |= fresh
            kept.append(entry)
        return batch if len(kept) == len(batch) else Batch.of(kept)

    @property
    def _taken(self) -> int:
        return sum(len(g) - 1 for type in self._types.values() for g in type.grouped)

    def _asked(self, batch: Batch) -> Iterator[tuple[int, Groups, GroupPath, str]]:
        """Yield the groups that are not there yet, each with the place of an entry in them."""
        for part in batch.parts:
            type = self._types.get(part.type)
            if type is None or part.retract:
                continue
            rows = type.table.like()
            rows.append([part])
            for groups, stat in type.grouped.items():
                for place, path in zip(part.places, groups.paths(rows), strict=True):
                    if path is not None and not groups.has(path):
                        yield place, groups, path, stat

    def _refused(
        self,
        entry: Entry,
        its: Mapping[tuple[Groups, GroupPath], str],
        one: tuple[Groups, GroupPath],
    ) -> Rejection:
        groups, path = one
        want = (
            f"a group that is there: with this one of stat {its[one]!r} the source had "
            f"{self._most + 1:,}, at most {self._most:,} are kept (most_groups)"
        )
        return Rejection(entry.uid, "/".join(groups.by), joined(map(str, path)), want, entry.id)
