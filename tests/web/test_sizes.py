"""What is too long or too deep is refused, whether or not it had to be measured for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pitlive.messages import Json, Rejection
from pitlive.web import reports, sizes
from pitlive.web.sizes import LONGEST_ENTRY, are_surely_short, measured

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
    st.sampled_from([0, 1, 3, 400, 600, 700, 900, 4000]),
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


def outcome(body: bytes, read: Callable[[bytes], Iterable[Json | Rejection]]) -> list[Any]:
    """What comes of the things in a body, by their places."""
    things = list(read(body))
    return [_shown(one) for one in (things if are_surely_short(body) else measured(things))]


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
    assert outcome(body, reports.json) == encoded(orjson.loads(body))


@QUICK
@given(text=things)
def test_one_object_is_bounded_so_too(text: str) -> None:
    """As the body or as a line of one."""
    value = orjson.loads(text)
    if isinstance(value, dict):
        assert outcome(text.encode(), reports.json) == encoded([value])
    assert outcome(text.encode(), reports.lines) == encoded([value])


@QUICK
@given(
    rows=st.lists(
        st.lists(
            st.builds(
                str.__mul__,
                st.sampled_from(["a", "\x01", "é", "🏁", "\\"]),
                st.sampled_from([0, 1, 400, 800, 900, 2500, 3000, 17000]),
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
    assert outcome(body, reports.table) == encoded(want)


@QUICK
@given(text=things)
def test_no_json_grows_more_than_is_allowed_for(text: str) -> None:
    """What is surely short before is short after."""
    try:
        length = len(orjson.dumps(orjson.loads(text)))
    except TypeError:  # too deep
        return
    assert length <= sizes.GROWTH * max(len(text), 5)


def test_a_lap_is_not_measured() -> None:
    """Nor are a few of them."""
    assert are_surely_short(orjson.dumps([{"type": "lap", "car": "24", "lap": 1, "at_ms": 5}] * 40))


def test_the_signature_of_who_is_logged_in_is_allowed_for() -> None:
    """A name has 64 characters, and may stand in two fields."""
    name = "n" * 64
    thing: dict[str, Any] = {"operator": "a", "text": ""}
    grown = len(orjson.dumps(thing | {"operator": name, "origin": name})) - len(orjson.dumps(thing))
    assert grown <= sizes.SIGNATURE
    assert LONGEST_ENTRY > 2 * sizes.SIGNATURE
