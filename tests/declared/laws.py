"""What the laws of the kinds of stats need: random entries, and plain ways to the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pitlive.kind import kind_of
from pitlive.messages import Entry, Fold

FIELDS: dict[str, Any] = {
    "place": {"type": "text", "required": False},
    "who": {"type": "text", "required": False},
    "n": {"type": "number", "decimals": 2, "required": False},
    "yes": {"type": "boolean", "required": False},
}
"""One field of each type; every one may be missing."""

TYPES = {"fact": {"fields": FIELDS}, "gain": {"fields": FIELDS}}

START_MS = 1_700_000_000_000


@dataclass
class Seen:
    """A prefix of the entries: what a plain computation may look at."""

    entries: Sequence[Entry]
    earlier: Sequence[Seen] = ()
    """The prefixes before this one."""

    looked: list[tuple[str, Any, int, bool]] | None = None
    """What a rule saw when the last of the entries came, once that is known."""

    rows: pd.DataFrame = field(init=False)
    """The facts that count: one a row, with `at_ms`, in the order of their first entries."""

    gains: pd.DataFrame = field(init=False)
    """The same of the second type."""

    def __post_init__(self) -> None:
        self._figures: dict[str, dict[str, Any]] = {}
        counts: dict[str, Entry] = {}
        for entry in self.entries:
            known = counts.get(entry.fact)
            if entry.type != "tick" and (
                known is None or (known.revision, known.uid) < (entry.revision, entry.uid)
            ):
                counts[entry.fact] = entry
        self._newest = counts
        kept = [
            {**dict.fromkeys(FIELDS), **e.data, "type": e.type, "at_ms": e.at_ms}
            for e in counts.values()
            if not e.retract
        ]
        both = pd.DataFrame(kept, columns=["type", *FIELDS, "at_ms"])
        self.rows = both[both["type"] == "fact"].drop(columns="type")
        self.gains = both[both["type"] == "gain"].drop(columns="type")

    def anew(self, earlier: Sequence[Seen]) -> Seen:
        """The same prefix, for another stat: its facts are known, what was made of them is not."""
        other = copy(self)
        other.earlier, other.looked, other._figures = earlier, None, {}
        return other

    def figures(self, base: dict[str, Any]) -> dict[str, Any]:
        """What a stat that a rule looks at is, plainly computed once."""
        if base["kind"] not in self._figures:
            from tests.declared.oracles import ORACLES  # which are made of what is here

            self._figures[base["kind"]] = ORACLES[base["kind"]][0](base, self)
        return self._figures[base["kind"]]

    @cached_property
    def counting(self) -> dict[str, Entry]:
        """The entry that counts of each fact."""
        return {uid: entry for uid, entry in self._newest.items() if not entry.retract}

    @property
    def now_ms(self) -> int:
        """The clock: the newest event time of what counts, and of ticks."""
        ticks = (entry.at_ms for entry in self.entries if entry.type == "tick")
        return max([0, *ticks, *(entry.at_ms for entry in self.counting.values())])

    def by(self, names: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
        """The rows of each group that has all these fields, by the key of its row."""
        if not names:
            return [("", self.rows)] if len(self.rows) else []
        there = self.rows.dropna(subset=list(names))
        if there.empty:
            return []
        found = there.groupby(list(names), sort=True)
        return [("/".join(map(str, key)), part) for key, part in found]


Oracle = Callable[[dict[str, Any], Seen], dict[str, Any]]


def entries(seed: int, size: int = 70) -> list[Entry]:
    """Random facts with repeats, corrections, retractions, ticks, and missing values."""
    random = np.random.default_rng(seed)
    made: list[Entry] = []
    for n in range(size):
        what, at_ms = random.random(), START_MS + n * 700 + int(random.integers(-3000, 1000))
        if made and what < 0.1:
            made.append(made[int(random.integers(len(made)))])
        elif what < 0.18:
            made.append(tick(at_ms))
        elif made and what < 0.28:
            of = str(random.choice([f"f{int(random.integers(25))}", f"g{int(random.integers(5))}"]))
            revision = int(random.integers(1, n + 2))
            made.append(Entry(f"out/{n}", "retract", at_ms, {}, revision, of, retract=True))
        else:
            uid, revision = f"f{int(random.integers(25))}", len(made)
            at_ms += int(random.integers(0, 2)) * int(random.integers(0, 20_000))
            if random.random() < 0.2:
                made.append(
                    Entry(f"g{int(random.integers(5))}", "gain", at_ms, _data(random), revision)
                )
            else:
                made.append(Entry(uid, "fact", at_ms, _data(random), revision))
    return made


FAR_MS = (START_MS + 10**6, START_MS + 10**8, 10**13)


def wild(seed: int, far_ms: Sequence[int] = FAR_MS) -> list[Entry]:
    """The same, with facts far ahead that are taken back, or moved back, a while later."""
    random, made = np.random.default_rng(seed), entries(seed)
    for n in range(6):
        at_ms = int(random.choice(far_ms))
        start = int(random.integers(len(made)))
        end = int(random.integers(start, len(made))) + 1
        made.insert(start, Entry(f"far/{n}", "fact", at_ms, _data(random)))
        if n % 2:
            made.insert(end, Entry(f"back/{n}", "retract", 10**13, {}, 1, f"far/{n}", retract=True))
        else:
            made.insert(end, Entry(f"far/{n}", "fact", START_MS + n, _data(random), 1))
    return made


def steady(seed: int) -> list[Entry]:
    """Entries after each of which it is as late as it ever was: for what is not undone."""
    return [one for entry in entries(seed, 45) for one in (entry, tick(entry.at_ms))]


def tick(at_ms: int) -> Entry:
    """Nothing has happened, and it is so late."""
    return Entry(f"tick/{at_ms}", "tick", at_ms, {})


def _data(random: np.random.Generator) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "place": str(random.choice(["north", "south", 'ea"st', "w\nest"])),
        "who": f"p{int(random.integers(6))}",
        "n": round(float(random.integers(-300, 900)) / 100, 2),
        "yes": bool(random.random() < 0.4),
    }
    return {name: value for name, value in whole.items() if random.random() < 0.88}


BASES: dict[str, dict[str, Any]] = {
    "places": {
        "kind": "level",
        "by": ["place"],
        "adds": "gain",
        "opening": {"north": 3, "moon": 1},
    },
    "amounts": {"kind": "level", "by": ["place"], "adds": "gain", "of": "n"},
    "counts": {"kind": "count", "by": ["place"]},
    "shares": {"kind": "proportion", "of": "yes"},
    "means": {"kind": "mean", "of": "n", "by": ["who"]},
    "last": {"kind": "rolling", "over_s": 9, "by": ["place"]},
    "ends": {"kind": "extreme", "of": "n"},
}
"""The stats that rules look at in the laws."""


def begin(stat: dict[str, Any]) -> Fold:
    """A fold of a source with this stat alone, and the one that it looks at if it is a rule."""
    base = stat.get("stat")
    stats = [stat, *([BASES[base] | {"name": base}] if base else [])]
    told = {"kind": "declared", "entries": TYPES, "stats": stats}
    kind = kind_of(told)
    return kind.fold(kind.spec(told))


def apply(state: dict[str, Any], outcome: Any, name: str) -> None:
    """Note what changed in one channel."""
    for key, row in outcome.rows.get(name, {}).items():
        if row is None:
            state.pop(key, None)
        else:
            state[key] = row


def folded(stat: dict[str, Any], batches: Sequence[Sequence[Entry]]) -> dict[str, Any]:
    """The rows of a stat after these batches."""
    state: dict[str, Any] = {}
    fold = begin(stat)
    for batch in ([], *batches):
        apply(state, fold.outcome(batch), stat["name"])
    return state
