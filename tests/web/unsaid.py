"""The rules that JSON Schema cannot say, in one place: what is valid and refused all the same.

A refusal of something valid that no rule here explains fails the tests.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """One rule.

    Attributes:
        kinds: Kinds of source that have it; none: all.
        refusal: What the refusal looks like, `place: got …, want …`, with numbers as `0`.
        why: Why no schema says it.
    """

    kinds: tuple[str, ...]
    refusal: str
    why: str


NAMES = (
    r"entries\.\w+(\.(uid\.0|revision|at\.(zone|format)|derived\.\w+(\.expression)?"
    r"|fields\.\w+(\.(min|column))?))?"
    r"|stats\.0\.(name|entries|by\.0|of|where|key|stat|adds|orders|figure|takes|nested|every_s)"
    r"|webhooks\.0\.(stat|name|url|on|only\.0)|page\.widgets\.0\.(stats\.0|look)"
)
"""Places of a declared source where a name stands for something, or must be its own."""

DECLARATIONS = (
    Rule((), r".*want (a finite number|a number of 0 bits|.* valid Unicode.*)", "JSON allows it"),
    Rule((), r"most_groups: .*which this server is set to", "the bound is a setting of the server"),
    Rule(("race",), r"cars: .*each car once.*", "items differ in one part, not as a whole"),
    Rule(
        ("table",),
        r"columns\.0\.start\.\w+: .*",
        "what an operation makes of the rows must lie within the column's own bounds and decimals",
    ),
    Rule(
        ("table",),
        r"columns\.0\.(min|max|decimals): .*want (at most max|as many decimals|none, for).*",
        "one part is compared with another",
    ),
    Rule(("figures",), r"periods: .*", "a product of three parts is bounded"),
    Rule(("figures",), r".*want start_ms and end_ms with.*", "a product of three parts is bounded"),
    Rule(("declared",), f"({NAMES}): .*", "names stand for what is declared elsewhere"),
)
"""Of declarations."""

ENTRIES = (
    Rule((), r".*want (finite numbers of 0 bits|a text .*Unicode).*", "JSON allows it"),
    Rule((), r"at_ms: .*want at most 0\w+ ahead of .*", "what is too far ahead, the clock says"),
    Rule(
        ("table", "declared"),
        r"\w+: .*want a number with at most 0 decimals.*",
        "validators that divide floats refuse 0.07 as a `multipleOf` 0.01",
    ),
    Rule(("table",), r"low: .*want at most high", "one field is compared with another"),
    Rule(("table",), r"to: .*without \* , or ~", "invisible characters differ between Unicodes"),
    Rule(("figures",), r"part: .*want a whole number from 0 to 0", "compared with `parts`"),
    Rule(
        ("declared",),
        r"\w+: .*want (a time such as|a number of (ms|s|min) since).*",
        "whether a text is a time, its format says",
    ),
    Rule(("declared",), r"uid: .*want a text of 0 to 0 characters.*", "fields make it, joined"),
    Rule(("figures",), r"rows\.[^:]*: got .*0\.0.*", "5.0 is whole to a schema, below a field"),
)
"""Of entries."""

QUERIES = (
    Rule((), r"columns: got 0, want numbers from 0 to 0", "how many columns, the table says"),
)
"""Of what is asked for in a path or a query."""


def is_unsaid(kind: str, refusal: str, rules: tuple[Rule, ...] = DECLARATIONS) -> bool:
    """Tell whether a rule explains a refusal.

    >>> is_unsaid("race", "cars: got [], want: each car once; 24 stands there more often")
    True
    >>> is_unsaid("race", "laps: got 0, want: greater than 0")
    False
    """
    shape = re.sub(r"\d+", "0", refusal)
    return any(
        re.fullmatch(rule.refusal, shape, re.DOTALL)
        for rule in rules
        if not rule.kinds or kind in rule.kinds
    )


def refusals(detail: str) -> list[str]:
    """Return the refusals that a problem tells, without a word on how many more there are."""
    lines = [line for part in detail.split("\n") for line in part.split("; ")]
    joined: list[str] = []
    for line in lines:
        if joined and not re.match(r"[\w.\\]+: got ", line):
            joined[-1] += f"; {line}"  # a part of the one before
        else:
            joined.append(line)
    return [line for line in joined if not re.fullmatch(r"and \d+ more", line)]
