"""The rules of a source and the stats that they look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pitlive.declared.registry import STATS
from pitlive.declared.rules import RewindingRule, Rule, RuleSpec
from pitlive.declared.running_values import Watched
from pitlive.declared.stat import Timed
from pitlive.messages import Rows


class Rules:
    """Every rule, by the stat that it looks at."""

    def __init__(self, declared: Sequence[RuleSpec]) -> None:
        self._rules: dict[str, list[tuple[Any, Rule]]] = defaultdict(list)
        self._watched: list[tuple[str, Watched]] = []
        for spec in declared:
            self._rules[spec.stat].append((spec, STATS[spec.kind].Stat(spec)))

    @property
    def stats(self) -> Sequence[str]:
        """The names of the stats that rules look at."""
        return list(self._rules)

    def watch(self, name: str, stat: Watched) -> None:
        """This is the stat of that name."""
        self._watched.append((name, stat))

    def pass_to(self, now_ms: int, *, back: bool = False) -> None:
        """Look at what has happened; it is so late now, or (`back`) only so late."""
        for name, stat in self._watched:
            course = stat.course()
            for spec, rule in self._rules[name]:
                rule.look(course.looks(spec.figure))
                if back and isinstance(rule, RewindingRule):
                    rule.rewind(now_ms)
                if isinstance(rule, Timed):
                    rule.pass_to(now_ms)

    @property
    def due_ms(self) -> int | None:
        """When the next of them changes by time alone [ms], None if none does."""
        timed = [rule for rules in self._rules.values() for _, rule in rules]
        due = [rule.due_ms for rule in timed if isinstance(rule, Timed)]
        return min((ms for ms in due if ms is not None), default=None)

    def collect(self, into: Rows) -> None:
        """Collect the rows that changed."""
        for rules in self._rules.values():
            for spec, rule in rules:
                if found := rule.rows():
                    into.setdefault(spec.name, {}).update(found)
