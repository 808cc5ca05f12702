"""Reported things → the entry log: checked, appended once, the refused kept with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from pitlive.errors import OtherDeclaration, StoreUnavailable, UnknownSource
from pitlive.kind import kind_of
from pitlive.messages import Json, Rejection
from pitlive.store import entries, rejected
from pitlive.store.client import Redis
from pitlive.store.durable import Durable
from pitlive.store.entries import Appended
from pitlive.store.rejected import shorten
from pitlive.web import checking
from pitlive.web.awaited import USUAL_S, Awaited
from pitlive.web.checking import Checked
from pitlive.web.declarations import CurrentDeclaration, Declarations
from pitlive.web.metrics import ENTRIES
from pitlive.web.offload import breathe
from pitlive.web.sizes import measured

BodyCheck = Callable[[CurrentDeclaration], Checked]
"""How what was reported is checked by a declaration."""

DECLARATION_LOOKS = 5
"""How often we look at a declaration before we say that it does not hold still."""

APPEND_BATCH = entries.RECORD_ENTRIES
"""Things appended in one go: some 30 ms, after which other greenlets have their turn."""

MOST_LISTED = 1000
"""Refusals that an answer lists; beyond it they are counted, and all are in the set-aside."""


@dataclass(frozen=True, slots=True)
class EntryRefusal:
    """One thing that was not taken: where in the body, and why."""

    index: int
    why: Rejection

    def said(self) -> dict[str, Json]:
        """Return it as an answer says it."""
        why = self.why
        problem = {
            "index": self.index,
            "field": why.field,
            "got": shorten(why.got),
            "want": why.want,
        }
        return problem if why.stands is None else problem | {"stands": why.stands}


@dataclass(slots=True)
class BodyResult:
    """What became of a body."""

    accepted: int = 0
    repeats: int = 0
    refused: int = 0
    listed: list[EntryRefusal] = field(default_factory=list)
    last: str | None = None
    newest: str | None = None
    awaited: Awaited | None = None

    def said(self) -> dict[str, Json]:
        """Return the answer; what is not known is absent."""
        answer: dict[str, Json] = {
            "accepted": self.accepted,
            "repeats": self.repeats,
            "refused": [one.said() for one in self.listed],
        }
        if self.refused > len(self.listed):
            answer["unlisted"] = self.refused - len(self.listed)
        if self.last:
            answer["last"] = self.last
        if self.newest:
            answer["newest"] = self.newest
        if self.awaited:
            answer["folded"] = self.awaited.is_folded
        return answer


class Ingest:
    """Takes entries for all sources, on behalf of one worker."""

    def __init__(self, client: Redis, durable: Durable, declarations: Declarations) -> None:
        self._client = client
        self._durable = durable
        self._declarations = declarations

    def accept(
        self,
        source: str,
        things: Iterable[Json | Rejection],
        *,
        text: bool,
        by: str | None,
        wait_s: float | None = 0,
        holds: str = entries.START,
        are_short: bool = False,
    ) -> BodyResult:
        """Append what can be taken, set aside what cannot.

        Args:
            things: What was reported, or why a piece of it could not be read.
            text: Values come as text.
            by: Who is logged in: reports are theirs, whatever they say.
            wait_s: How long to wait for what the fold makes of them; None: as long as is usual
                for the kind of source.
            holds: Id of an entry that the log must have.
            are_short: It is known already that none of them is too long.

        Raises:
            UnknownSource: The source is not declared, and may not declare itself.
            OtherPast: The log does not have that entry.
            BadBody: Nothing could be taken, for the body is not of its format.
        """
        kind = kind_of(self._declarations.of(source).spec)
        if wait_s is None:
            wait_s = USUAL_S if kind.is_awaited else 0
        taken = BodyResult(awaited=Awaited(wait_s) if wait_s else None)
        with self._durable.writes():
            for start, batch in _batches(things):
                check = partial(self.check, batch, text=text, by=by, are_short=are_short)
                checked, appended = self.append(source, check, taken.newest or holds)
                self._keep(source, start, checked, appended, taken)
                breathe()
        if taken.awaited:
            self._await(source, taken, taken.awaited)
        return taken

    def check(
        self,
        things: list[Json | Rejection],
        declared: CurrentDeclaration,
        *,
        text: bool,
        by: str | None,
        are_short: bool = False,
    ) -> Checked:
        """Return things as entries, and why those that are none are none.

        Args:
            are_short: It is known already that none of them is too long.
        """
        now_ms = wall_ms()
        seen_ms = now_ms if declared.at_ms is None else min(declared.at_ms, now_ms)
        if by:
            things = [_signed(one, by) if isinstance(one, dict) else one for one in things]
        if not are_short:
            things = measured(things)
        return checking.check(things, declared.spec, seen_ms=seen_ms, text=text, wall_ms=now_ms)

    def append(
        self, source: str, check: BodyCheck, holds: str = entries.START
    ) -> tuple[Checked, Appended | None]:
        """Append what passes a check by the declaration in force; None if nothing passes.

        A source that Redis has lost is declared once more.

        Raises:
            UnknownSource: It may not declare itself.
            OtherPast: Its log does not have an entry that it must have.
            StoreUnavailable: It is declared anew all the time.
        """
        for _ in range(DECLARATION_LOOKS):
            declared = self._declarations.of(source)
            checked = check(declared)
            try:
                return checked, self._append(source, checked, declared, holds)
            except (OtherDeclaration, UnknownSource):
                self._declarations.again(source)
        raise StoreUnavailable(f"{source}: its declaration changes all the time")

    def _append(
        self, source: str, checked: Checked, declared: CurrentDeclaration, holds: str
    ) -> Appended | None:
        if checked.refused and not self._declarations.is_in_force(source, declared):
            raise OtherDeclaration(f"{source}: its declaration is not the one they were checked by")
        if not checked.batch:
            return None
        edition = declared.edition
        done = entries.append(self._client, source, checked.batch, wall_ms(), holds, edition)
        ENTRIES["accepted"].inc(done.accepted)
        ENTRIES["repeat"].inc(done.repeats)
        return done

    def refuse(self, source: str, refused: list[Rejection]) -> None:
        """Keep what is not taken where an operator can see it."""
        rejected.refuse(self._client, source, refused)
        ENTRIES["refused"].inc(len(refused))

    def _keep(
        self,
        source: str,
        start: int,
        checked: Checked,
        appended: Appended | None,
        taken: BodyResult,
    ) -> None:
        if appended:
            taken.accepted += appended.accepted
            taken.repeats += appended.repeats
            taken.last = appended.last or taken.last
            taken.newest = appended.newest
            if taken.awaited:
                size = len(checked.batch) + len(checked.refused)
                places = [start + n for n in range(size) if n not in checked.refused]
                taken.awaited.note(self._client, source, checked.batch.uids, appended, places)
        if checked.refused:
            refused = [EntryRefusal(start + place, why) for place, why in checked.refused.items()]
            self.refuse(source, list(checked.refused.values()))
            taken.refused += len(refused)
            taken.listed += refused[: MOST_LISTED - len(taken.listed)]

    def _await(self, source: str, taken: BodyResult, awaited: Awaited) -> None:
        """Wait until all are folded in, and tell what the fold did not take."""
        for index, why, is_repeat in awaited.wait(self._client, source):
            taken.refused += 1
            taken.listed.append(EntryRefusal(index, why))
            taken.repeats -= is_repeat
            taken.accepted -= not is_repeat


def wall_ms() -> int:
    """Return the time [ms since 1970]."""
    return time.time_ns() // 1_000_000


def _signed(thing: dict[str, Json], by: str) -> dict[str, Json]:
    """The report in the name of whoever is logged in."""
    signed = {**thing, "origin": by}
    if "operator" in thing:
        signed["operator"] = by
    return signed


def _batches(things: Iterable[Any]) -> Iterator[tuple[int, list[Any]]]:
    rest, start = iter(things), 0
    while batch := list(islice(rest, APPEND_BATCH)):
        yield start, batch
        start += len(batch)
