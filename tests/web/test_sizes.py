"""What is too long or too deep is refused, whether or not it had to be measured for that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pitlive.messages import Json, SetAside
from pitlive.web import reports, sizes
from pitlive.web.sizes import LONGEST_ENTRY, Unmeasured, measured

QUICK = settings(max_examples=150, deadline=None, derandomize=True)

numbers = st.sampled_from(["1e15", "-1e15", "1E5", "-0", "0.1e-4", "5", "123456789", "1.5e300"])
texts = st.builds(
    lambda part, times: orjson.dumps(part * times).decode(),
    st.sampled_from(["a", "}", "{", "[", '"', "\\", "é", "\x01", "},{"]),
    st.sampled_from([0, 1, 3, 700, 4000, 9000, 17000]),
)
many = st.builds(
    lambda one, times: f"[{','.join([one] * times)}]",
    numbers,
    st.sampled_from([0, 1, 3, 600, 700, 900, 4000]),
)
deep = st.builds(
    lambda opened, levels, closed: opened * levels + "1" + closed * levels,
    st.sampled_from(["["]),
    st.sampled_from([1, 2, 249, 250, 253, 254, 300]),
    st.sampled_from(["]"]),
)
inner = numbers | texts | many | deep
things = inner | st.builds(
    lambda values: "{" + ",".join(f'"k{n}": {value}' for n, value in enumerate(values)) + "}",
    st.lists(inner | st.just('{"a":1}'), max_size=3),
)
arrays = st.lists(things, max_size=5)


def outcome(read: Iterable[Json | SetAside | Unmeasured]) -> list[Any]:
    """What comes of things that were read, by their places."""
    return [_shown(one) for one in measured(list(read))]


def encoded(values: Iterable[Json]) -> list[Any]:
    """The same, each being encoded to be measured."""
    return [_shown(sizes._too_long(value) or value) for value in values]


def _shown(one: Any) -> str:
    return repr(one)


@QUICK
@given(texts=arrays)
@example(texts=['{"a":[' + ",".join(["1e15"] * 1000) + "]}", '{"a":1}'])
@example(texts=['{"a":"' + "}" * 17000 + '"}', '{"b":' + "[" * 254 + "]" * 254 + "}"])
def test_an_array_is_bounded_as_if_each_was_encoded(texts: list[str]) -> None:
    """Numbers that grow, braces in texts, whatever is nested: the refusals by their places."""
    body = f"[{', '.join(texts)}]".encode()
    assert outcome(reports.json(body)) == encoded(orjson.loads(body))


@QUICK
@given(text=things)
def test_one_object_is_bounded_so_too(text: str) -> None:
    """As the body or as a line of one."""
    value = orjson.loads(text)
    if isinstance(value, dict):
        assert outcome(reports.json(text.encode())) == encoded([value])
    assert outcome(reports.lines(text.encode())) == encoded([value])


@QUICK
@given(
    rows=st.lists(
        st.lists(
            st.builds(
                str.__mul__,
                st.sampled_from(["a", "\x01", "é", "🏁", "\\"]),
                st.sampled_from([0, 1, 900, 2500, 3000, 17000]),
            ),
            min_size=1,
            max_size=3,
        ),
        max_size=4,
    )
)
def test_a_row_is_bounded_so_too(rows: list[list[str]]) -> None:
    """Whose characters may be six bytes of JSON each."""
    body = "\n".join(["a,b,c", *(",".join(row) for row in rows)]).encode()
    want = [{k: v for k, v in zip("abc", row, strict=False) if v} for row in rows if row != [""]]
    assert outcome(reports.table(body)) == encoded(want)


@QUICK
@given(text=things)
def test_no_json_grows_more_than_is_allowed_for(text: str) -> None:
    """What is surely short before is short after."""
    try:
        length = len(orjson.dumps(orjson.loads(text)))
    except TypeError:  # too deep
        return
    assert length <= sizes.JSON_GROWTH * max(len(text), 5)


@pytest.mark.parametrize("size", [1, 1000])
def test_what_is_usual_is_not_measured(size: int) -> None:
    """Laps, as an array, as lines and as a table."""
    laps = [{"type": "lap", "car": "24", "lap": n + 1, "at_ms": 16_000 * n} for n in range(size)]
    table = "type,car,lap,at_ms\n" + "".join(f"lap,24,{n + 1},{n}\n" for n in range(size))
    for read in (
        reports.json(orjson.dumps(laps)),
        reports.lines(b"\n".join(map(orjson.dumps, laps))),
        reports.table(table.encode()),
    ):
        assert not any(isinstance(one, Unmeasured) for one in read)


def test_the_signature_of_who_is_logged_in_is_allowed_for() -> None:
    """A name has 64 characters, and may stand in two fields."""
    name = "n" * 64
    thing: dict[str, Any] = {"operator": "a", "text": ""}
    grown = len(orjson.dumps(thing | {"operator": name, "origin": name})) - len(orjson.dumps(thing))
    assert grown <= sizes.SIGNATURE
    assert LONGEST_ENTRY > 2 * sizes.SIGNATURE
