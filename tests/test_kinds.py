"""Laws of every kind of source that is installed: what it makes of whatever is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.kind import Kind, kinds
from pitlive.messages import Entry, Json, Rejection
from pitlive.reported import ENVELOPE
from pitlive.reported.report import RETRACT, Report
from pitlive.web.checking import check

SEEN_MS = 77


class Example(NamedTuple):
    """A declaration of a kind, and reports that are right by it."""

    declared: Mapping[str, Json]
    right: list[dict[str, Json]]


LAP = {"type": "lap", "car": "24", "lap": 3, "at_ms": 16183}
CLAIM = {"car": "24", "lap": 5, "operator": "anna", "tires": 2, "service_ms": 11000}
ORDER = {"item": "text", "quantity": "integer", "price": {"type": "number", "required": False}}
ARRIVAL = {
    "uid": ["item", "number"],
    "revision": "number",
    "at": {"field": "when", "unit": "s"},
    "fields": {"item": "text", "number": "integer"},
}

EXAMPLES = {
    "race": Example(
        {"kind": "race", "cars": [{"car": "24"}, {"car": "5"}]},
        [
            LAP,
            LAP | {"uid": "a", "revision": 2, "origin": "timing", "weather": [1, None]},
            {"type": "pit_out", "car": "5", "at_ms": 9, "tires": 4},
            CLAIM | {"type": "pit_report"},
            CLAIM | {"type": "pit_decision", "reason": "seen"},
            {"type": "note", "uid": "n", "text": "hello"},
            {"type": "retract", "amends": "lap/24/3"},
        ],
    ),
    "table": Example(
        {"kind": "table", "rows": 6, "columns": [{"name": "n"}]},
        [
            {"type": "add", "uid": "a", "column": 0, "k": 1},
            {"type": "cell", "uid": "b", "column": 0, "row": 2, "value": 5},
            {"type": "message", "uid": "c", "text": "hi", "to": "ann"},
            {"type": "flush"},
        ],
    ),
    "declared": Example(
        {"kind": "declared", "entries": {"order": {"fields": ORDER}, "arrival": ARRIVAL}},
        [
            {"uid": "a", "item": "bolt", "quantity": 3},
            {"uid": "a", "item": "bolt", "quantity": 3.0, "price": 2.5, "more": {"a": [1]}},
            {"type": "arrival", "item": "a/b", "number": 4, "when": 2.5},
            {"type": "retract", "amends": "a"},
            {"type": "tick"},
        ],
    ),
    "figures": Example(
        {"kind": "figures", "stats": [{"name": "other:n", "kind": "single_value"}]},
        [
            {"stat": "other:n", "us": 7000, "rows": {"": 5}},
            {"stat": "other:n", "us": 9000, "gone": [""], "part": 2, "parts": 3},
            {"type": "flush"},
        ],
    ),
}
"""Of every kind that comes with PitLive; what others install is held to what needs no example."""

leaves = st.sampled_from(
    [0, 1, 5.0, -1, 0.125, 2**53, 2**70, 1e301, float("nan"), True, False, None]
    + ["", "24", "x" * 201, "\ud800", "é", "decision/24/5", *ENVELOPE]
    + [named for one in EXAMPLES.values() for report in one.right if (named := report.get("type"))]
)
jsons = st.recursive(
    leaves | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted(
    {*ENVELOPE, "id", "seen_ms", "retract", "more", "\ud800"}
    | {name for one in EXAMPLES.values() for report in one.right for name in report}
)
anything = jsons | st.dictionaries(st.sampled_from(FIELDS), jsons, max_size=6)
QUICK = settings(max_examples=50, deadline=None, derandomize=True)

every_kind = pytest.mark.parametrize("name", sorted(kinds()))
ours = pytest.mark.parametrize("name", sorted(EXAMPLES))


def spec_of(name: str) -> tuple[Kind, Mapping[str, Json]]:
    """A kind, and a declaration of it; of a stranger's kind the shortest there is."""
    kind = kinds()[name]
    example = EXAMPLES.get(name, Example({"kind": name}, []))
    return kind, kind.spec(example.declared)


def reports(name: str) -> st.SearchStrategy[Json]:
    """What may come in: right, nearly right, or anything."""
    example = EXAMPLES.get(name)
    if example is None:
        return anything
    right = st.sampled_from(example.right)
    nearly = st.builds(
        lambda report, wrong, missing: {k: v for k, v in (report | wrong).items() if k != missing},
        right,
        st.dictionaries(st.sampled_from(FIELDS), jsons, max_size=2),
        st.sampled_from([*FIELDS, *[""] * len(FIELDS)]),
    )
    return right | nearly | nearly | anything


def made_of(name: str, data: Any) -> Iterator[tuple[Json, Entry | Rejection]]:
    """Reports of a kind, and what it makes of them."""
    kind, spec = spec_of(name)
    report, text = data.draw(reports(name)), data.draw(st.booleans())
    yield report, kind.entry(report, spec, seen_ms=SEEN_MS, text=text)


def test_every_kind_of_ours_has_an_example() -> None:
    """One that is added is held to all of these laws."""
    of_ours = {n for n, kind in kinds().items() if type(kind).__module__.startswith("pitlive.")}
    assert of_ours == EXAMPLES.keys()


@every_kind
@QUICK
@given(data=st.data())
def test_whatever_is_reported_is_an_entry_or_a_refusal_that_says_what_would_do(
    name: str, data: Any
) -> None:
    """It never raises; a refusal names a field, and can be kept as JSON."""
    for _, made in made_of(name, data):
        if isinstance(made, Rejection):
            assert isinstance(made.field, str)
            assert made.want
            orjson.dumps([made.uid, made.field, made.got, made.want])
        else:
            assert isinstance(made, Entry)


@ours
def test_what_is_right_is_taken(name: str) -> None:
    """Else the laws below would hold of nothing."""
    kind, spec = spec_of(name)
    for report in EXAMPLES[name].right:
        assert isinstance(kind.entry(report, spec, seen_ms=SEEN_MS), Entry), report


@every_kind
@QUICK
@given(data=st.data())
def test_an_entry_has_what_the_log_asks_of_it(name: str, data: Any) -> None:
    """A name, a time, a revision; and it can be written."""
    for _, made in made_of(name, data):
        if isinstance(made, Entry):
            assert made.uid
            assert isinstance(made.at_ms, int)
            assert made.revision >= 0
            assert made.retract == (made.type == RETRACT)
            assert made.seen_ms == SEEN_MS
            orjson.dumps([made.uid, made.type, made.amends, made.origin, made.data])


@every_kind
@QUICK
@given(data=st.data())
def test_what_is_shown_is_no_more_than_what_is_kept(name: str, data: Any) -> None:
    """Everybody may read it."""
    kind, _ = spec_of(name)
    for _, made in made_of(name, data):
        if isinstance(made, Entry):
            assert kind.shown(made).items() <= made.data.items()


@every_kind
@QUICK
@given(data=st.data())
def test_what_was_read_back_from_the_log_may_be_reported_again(name: str, data: Any) -> None:
    """It is the same entry, of the same uid and revision: a repeat."""
    kind, spec = spec_of(name)
    for _, made in made_of(name, data):
        if isinstance(made, Entry):
            logged = replace(made, id="1763822400000-1")
            again = kind.entry(_as_read(logged), spec, seen_ms=SEEN_MS)
            assert again == replace(made, data=_known(made.data))


@every_kind
@QUICK
@given(data=st.data())
def test_many_at_once_are_what_each_is_alone(name: str, data: Any) -> None:
    """The entries and the refusals by their places, checked by columns or one by one."""
    kind, spec = spec_of(name)
    report = data.draw(reports(name))
    size = data.draw(st.integers(1, 12))
    many = [report] * size + data.draw(st.lists(reports(name), max_size=3))
    checked = check(many, spec, seen_ms=SEEN_MS, text=False)

    alone = [kind.entry(one, spec, seen_ms=SEEN_MS) for one in many]
    refused = {n: made for n, made in enumerate(alone) if isinstance(made, Rejection)}
    assert repr(checked.refused) == repr(refused)
    assert [_compared(made) for made in checked.batch] == [
        _compared(made) for made in alone if isinstance(made, Entry)
    ]


def test_a_kind_needs_no_more_than_what_is_its_own() -> None:
    """What every report is asked has a default: a name, and what of a report is right."""

    class Smallest(Kind):
        name = "smallest"

        def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
            return declared

        def stated(self, report: Report) -> Entry:
            return report.entry(report.among(("point",)), report.fields())

        def fold(self, spec: Mapping[str, Json]) -> Any:
            raise NotImplementedError

        def schemas(self) -> Any:
            raise NotImplementedError

    kind, point = Smallest(), {"type": "point", "uid": "a", "n": 5.0, "none": None}
    made = kind.entry(point, {}, seen_ms=SEEN_MS)
    assert made == Entry("a", "point", SEEN_MS, {"n": 5}, seen_ms=SEEN_MS)
    assert kind.entry([], {}, seen_ms=SEEN_MS) == Rejection("", "entry", "[]", kind.wants)
    assert kind.entry({"type": "x", "uid": "u"}, {}, seen_ms=5) == Rejection(
        "u", "type", "x", "one of point"
    )


def _as_read(entry: Entry) -> dict[str, Json]:
    """An entry of the log as whoever reads it has it, without what is not known."""
    own = {"amends": entry.amends, "origin": entry.origin}
    names = ("id", "uid", "type", "at_ms", "seen_ms", "revision")
    known = {name: getattr(entry, name) for name in names}
    text = orjson.dumps(known | {k: v for k, v in own.items() if v is not None} | {**entry.data})
    return dict(orjson.loads(text))


def _known(data: Mapping[str, Json]) -> dict[str, Json]:
    """Fields as the log keeps them: what is null is as good as absent."""
    return {name: value for name, value in data.items() if value is not None}


def _compared(entry: Entry) -> str:
    """An entry so that 5 is not 5.0, whatever the order of its fields."""
    whole = replace(entry, data=dict(sorted(_known(entry.data).items())), seen_ms=0)
    return repr(whole)
