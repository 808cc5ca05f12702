"""Which kinds of source there are, and what each must bring.

The web edge and the engine know a source only through this: no `if race` anywhere.
Adding a kind is one module with these functions and one line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from pitlive.arithmospora import kind as figures
from pitlive.batch import Batch
from pitlive.declared import kind as declared
from pitlive.errors import BadSpec
from pitlive.messages import Entry, Fold, Json, SetAside
from pitlive.race import kind as race
from pitlive.tables import kind as table


class Kind(Protocol):
    """What a module of a kind of source defines.

    Attributes:
        AWAITED: Whether who reports an entry wants to know what the fold makes of it.
    """

    AWAITED: bool

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults, or raise `BadSpec`."""
        ...

    def entry(
        self, reported: Json, spec: Mapping[str, Json], *, seen_ms: int, text: bool = False
    ) -> Entry | SetAside:
        """Check one reported entry; `text` says that values come as text (CSV)."""
        ...

    @property
    def batch(self) -> Callable[..., Batch | None] | None:
        """Check many reported entries at once, with the same arguments; None if it cannot.

        What comes out is what `entry` makes of each; None if one of them may be wrong.
        """
        ...

    def shown(self, entry: Entry) -> Mapping[str, Json]:
        """Return what everybody may read of an entry in the log."""
        ...

    def fold(self, spec: Mapping[str, Json]) -> Fold:
        """Begin a fold of a source so declared."""
        ...


KINDS: Mapping[str, Kind] = {
    "race": race,
    "declared": declared,
    "figures": figures,
    "table": table,
}
"""Every kind of source by its name in a declaration."""


def of(spec: Mapping[str, Json]) -> Kind:
    """Return the kind that a declaration names.

    Raises:
        BadSpec: There is no such kind.
    """
    name = spec.get("kind", "race")
    if not isinstance(name, str) or name not in KINDS:
        raise BadSpec(f"kind: got {name!r}, want one of {', '.join(sorted(KINDS))}")
    return KINDS[name]
