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
    Rule(
        ("declared",),
        r"(stats\.0\.(entries|by\.0|of|key|adds|orders|figure)|(webhooks|page\.widgets)\.0\.stats?(\.0)?"
        r"|entries\.\w+\.derived\.\w+\.expression|stats\.0\.where): .*want one of .*",
        "a name stands for what is declared elsewhere",
    ),
    Rule(
        ("declared",),
        r"entries\.\w+\.uid\.0: .*want a required field: .*",
        "a name stands for a field that must be there",
    ),
    Rule(
        ("declared",),
        r"entries\.\w+\.revision: .*want a field that is an integer .*",
        "a name stands for a field of one type",
    ),
    Rule(
        ("declared",),
        r"stats\.0\.(of|by\.0): .*want a (number|boolean) \(.*",
        "a name stands for a field of one type",
    ),
    Rule(
        ("declared",),
        r"(stats\.0\.of: .*want (a boolean field, or totals|the field whose .*|none)"
        r"|stats\.0\.nested: .*want (fields in by|false: |none: ).*"
        r"|stats\.0\.(peak|total|totals): .*want (none with|either total or totals).*"
        r"|stats\.0\.\w+(\.0)?: .*want none: it is for the stat to say"
        r"|page\.start_s: .*want when lines begin)",
        "whether it is wanted, another part says",
    ),
    Rule(
        ("declared",),
        r"(stats\.0\.stat: .*want a stat with figures|webhooks\.0\.stat: .*want a rule \().*",
        "a name stands for a stat of some kinds",
    ),
    Rule(
        ("declared",),
        r"page\.widgets\.0\.look: .*want (.*, as suits .*|line, which can be compared)",
        "what is drawn decides what can draw it",
    ),
    Rule(
        ("declared",),
        r"stats\.0\.(opening|totals)\..*"
        r"want (a row key of|the row key|a whole number|a multiple of).*",
        "which keys rows have, and how exact they are, other parts say",
    ),
    Rule(
        ("declared",),
        r"(entries\.\w+(\.fields\.\w+|\.derived\.\w+)?: .*want another name; "
        r"|(stats|webhooks)\.0\.name: .*want a name of its own"
        r"|entries\.\w+\.fields\.\w+(\.column)?: .*want a column of its own; ).*",
        "names that stand in several places are compared",
    ),
    Rule(
        ("declared",),
        r"(entries\.\w+\.fields\.\w+\.min: .*want at most max"
        r"|stats\.0\.every_s: .*want from over_s"
        r"|stats\.0\.(clear|end_s): .*want at least (low|start_s)).*",
        "one part is compared with another",
    ),
    Rule(
        ("declared",),
        r"(entries\.\w+\.derived\.\w+\.expression|stats\.0\.where): .*"
        r"want an? (expression of|condition|number).*",
        "a grammar is more than a pattern, and so are types",
    ),
    Rule(
        ("declared",),
        r"entries\.\w+\.at\.zone: .*want a time zone of the IANA .*",
        "which there are, another data base says",
    ),
    Rule(
        ("declared",),
        r"entries\.\w+\.at\.format: .*want a format with year, month and day.*",
        "each part may stand anywhere in it, and be of several forms",
    ),
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
    Rule(
        ("table",),
        r"(low: .*want at most high|high: .*want at least low)",
        "one field is compared with another",
    ),
    Rule(("table",), r"to: .*without \* , or ~", "invisible characters differ between Unicodes"),
    Rule(("figures",), r"part: .*want a whole number from 0 to 0", "compared with `parts`"),
    Rule(
        ("declared",),
        r"\w+: .*want (a time such as|a number of (ms|s|min) since).*",
        "whether a text is a time, its format says",
    ),
    Rule(("declared",), r"uid: .*want a text of 0 to 0 characters.*", "fields make it, joined"),
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
