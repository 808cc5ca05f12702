"""Reported things → the entry log: checked, appended once, the refused kept with the reason."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from pitlive import kinds
from pitlive.errors import UnknownSource
from pitlive.messages import Entry, Json, SetAside
from pitlive.store import aside, entries
from pitlive.store.aside import shorten
from pitlive.store.client import Redis
from pitlive.web.declared import Declarations, Declared
from pitlive.web.offload import breathe

AT_ONCE = entries.BATCH
"""Things taken in one go: some 30 ms, after which other greenlets have their turn."""

MOST_LISTED = 1000
"""Refusals that an answer lists; beyond it they are counted, and all are in the set-aside."""

LONGEST_ENTRY = 16 * 1024
"""Bytes of one entry as JSON: pages of the log stay of a size that can be held."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was not taken: where in the body, and why."""

    index: int
    why: SetAside

    def said(self) -> dict[str, Json]:
        """Return it as an answer says it."""
        why = self.why
        return {
            "index": self.index,
            "field": why.field,
            "got": shorten(why.got),
            "want": why.want,
        }


@dataclass(slots=True)
class Taken:
    """What became of a body."""

    accepted: int = 0
    repeats: int = 0
    refused: int = 0
    listed: list[Refusal] = field(default_factory=list)
    last: str | None = None

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
        return answer


class Ingest:
    """Takes entries for all sources, on behalf of one worker."""

    def __init__(self, client: Redis, declarations: Declarations) -> None:
        self._client = client
        self._declarations = declarations

    def take(
        self, source: str, things: Iterable[Json | SetAside], *, text: bool, by: str | None
    ) -> Taken:
        """Append what can be taken, set aside what cannot.

        Args:
            things: What was reported, or why a piece of it could not be read.
            text: Values come as text.
            by: Who is logged in: reports are theirs, whatever they say.

        Raises:
            UnknownSource: The source is not declared, and may not declare itself.
            BadBody: Nothing could be taken, for the body is not of its format.
        """
        taken = Taken()
        declared = self._declarations.of(source)
        for start, batch in _batches(things):
            checked = self.check(batch, declared, text=text, by=by)
            self._keep(source, start, checked, taken)
            breathe()
        return taken

    def check(
        self, batch: list[Json | SetAside], declared: Declared, *, text: bool, by: str | None
    ) -> list[Entry | SetAside]:
        """Return each thing as an entry, or why it is none."""
        check, spec = kinds.of(declared.spec).entry, declared.spec
        now_ms = declared.at_ms if declared.at_ms is not None else wall_ms()
        checked: list[Entry | SetAside] = []
        for thing in batch:
            if isinstance(thing, SetAside):
                checked.append(thing)
                continue
            if by and isinstance(thing, dict):
                thing = _signed(thing, by)
            checked.append(_too_long(thing) or check(thing, spec, seen_ms=now_ms, text=text))
        return checked

    def append(self, source: str, facts: list[Entry]) -> entries.Appended:
        """Append entries; a source that Redis has lost is declared once more.

        Raises:
            UnknownSource: It may not declare itself.
        """
        seen_ms = wall_ms()
        try:
            return entries.append(self._client, source, facts, seen_ms)
        except UnknownSource:
            self._declarations.again(source)
            return entries.append(self._client, source, facts, seen_ms)

    def _keep(self, source: str, start: int, checked: list[Entry | SetAside], taken: Taken) -> None:
        facts = [one for one in checked if isinstance(one, Entry)]
        if facts:
            appended = self.append(source, facts)
            taken.accepted += appended.accepted
            taken.repeats += len(facts) - appended.accepted
            taken.last = appended.last or taken.last
        if len(facts) < len(checked):
            refused = [
                Refusal(start + n, o) for n, o in enumerate(checked) if isinstance(o, SetAside)
            ]
            aside.refuse(self._client, source, [one.why for one in refused])
            taken.refused += len(refused)
            taken.listed += refused[: MOST_LISTED - len(taken.listed)]


def wall_ms() -> int:
    """Return the time [ms since 1970]."""
    return time.time_ns() // 1_000_000


def _signed(thing: dict[str, Json], by: str) -> dict[str, Json]:
    """The report in the name of whoever is logged in."""
    signed = {**thing, "origin": by}
    if "operator" in thing:
        signed["operator"] = by
    return signed


def _too_long(thing: Any) -> SetAside | None:
    """Why an entry cannot be kept, though it may be right otherwise."""
    try:
        length = len(orjson.dumps(thing))
    except TypeError:  # deeper than orjson writes, though not than it reads
        return SetAside("", "entry", ascii(thing)[:100], "at most 250 levels of nesting")
    if length <= LONGEST_ENTRY:
        return None
    return SetAside("", "entry", f"{length} bytes", f"at most {LONGEST_ENTRY} bytes as JSON")


def _batches(things: Iterable[Any]) -> Iterator[tuple[int, list[Any]]]:
    rest, start = iter(things), 0
    while batch := list(islice(rest, AT_ONCE)):
        yield start, batch
        start += len(batch)
