"""What a reader holds, against the merge written from the RFC for the tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.client.held import Held, Hole
from pitlive.client.message import Message
from pitlive.patch import merged
from tests.checker import merge

LEAF = st.none() | st.integers(0, 3) | st.lists(st.none() | st.integers(0, 3), max_size=2)
PATCH = st.recursive(LEAF, lambda inner: st.dictionaries(st.sampled_from("abc"), inner))


@given(st.dictionaries(st.sampled_from("abc"), PATCH), PATCH)
def test_patches_are_merged_as_the_rfc_says(old: dict[str, object], patch: object) -> None:
    """RFC 7396, whatever the shapes; and what was held before stays untouched."""
    before = repr(old)
    assert merged(old, patch) == merge(eval(before), patch)  # noqa: S307 - our own repr
    assert repr(old) == before


def snapshot(source: str, cursor: str, lap: int) -> Message:
    said = {"source": source, "cursor": cursor, "channels": {"race": {"lap": lap}}}
    return Message("", "snapshot", source, said)


def change(source: str, id: str, lap: int | None) -> Message:
    said = {"channel": "race", "at_ms": 1, "data": {"lap": lap}}
    return Message(id, "message", source, said)


def beat(id: str) -> Message:
    return Message(id, "hb", "", {"server_ms": 1, "top": {}})


@pytest.fixture
def held() -> Held:
    """A reader of every channel of two sources, at event 4 of each."""
    held = Held(["a", "b"], every_channel=True)
    assert held.apply(snapshot("a", "e.4", 40))
    assert held.apply(snapshot("b", "f.4", 41))
    return held


def test_a_change_goes_on_in_its_own_source_alone(held: Held) -> None:
    """The cursor has a part for each."""
    assert held.apply(change("b", "e.4_f.5", 50))
    assert (held.cursor, held.state["b"]["race"]["lap"]) == ("e.4_f.5", 50)
    assert held.state["a"]["race"]["lap"] == 40


def test_a_channel_whose_last_row_is_gone_is_gone(held: Held) -> None:
    """As in the state that a newcomer is given."""
    assert held.apply(change("a", "e.5_f.4", None))
    assert held.state["a"] == {}


def test_what_came_twice_changes_nothing(held: Held) -> None:
    """Be it a change, or a state older than what is held."""
    assert not held.apply(change("a", "e.4_f.4", 99))
    assert not held.apply(snapshot("a", "e.3", 99))
    assert (held.cursor, held.state["a"]["race"]["lap"]) == ("e.4_f.4", 40)


@pytest.mark.parametrize(
    "message",
    [change("a", "e.6_f.4", 1), change("a", "g.5_f.4", 1), beat("e.5_f.4")],
    ids=["event 5 skipped", "another life of the log", "a heartbeat ahead of the events"],
)
def test_a_hole_is_said_and_the_source_begun_afresh(held: Held, message: Message) -> None:
    """The other source keeps its place."""
    with pytest.raises(Hole, match=r"a: events are missing after e\.4"):
        held.apply(message)
    assert held.cursor == "_f.4"


def test_with_some_channels_numbers_may_be_jumped() -> None:
    """They count all channels; a heartbeat says how far there was nothing."""
    held = Held(["a"], every_channel=False)
    held.apply(snapshot("a", "e.4", 40))
    assert held.apply(change("a", "e.9", 90))
    assert held.apply(beat("e.20"))
    assert held.cursor == "e.20"


def test_a_snapshot_in_the_middle_replaces_the_state_of_its_source(held: Held) -> None:
    """A reader who was too slow is brought up to date that way."""
    assert held.apply(snapshot("a", "e.90", 900))
    assert held.apply(change("a", "e.91_f.4", 910))
    assert (held.cursor, held.state["a"]) == ("e.91_f.4", {"race": {"lap": 910}})


def hello(resumed: bool, at: str | None, to: str | None) -> Message:
    verdict = {"resumed": resumed, "from": at, "to": to, "channels": []}
    return Message(to or "0.0", "hello", "", {"sources": {"a": verdict}})


def test_the_cursor_of_a_hello_is_not_believed_before_its_state_is_there() -> None:
    """Cut off in between, a reader would go on from a state that it never had."""
    held = Held(["a"], every_channel=True)
    held.apply(hello(False, None, "e.7"))
    assert held.cursor == ""
    held.apply(snapshot("a", "e.7", 70))
    assert held.cursor == "e.7"


def test_a_source_that_is_gone_has_no_state(held: Held) -> None:
    """Unknown is absent, not what it once was."""
    held.apply(hello(False, None, None))
    assert (held.state["a"], held.cursor) == ({}, "_f.4")


def test_resumed_from_elsewhere_is_a_hole() -> None:
    """A server may not choose for itself what was missed."""
    held = Held(["a"], True, "e.4", {"a": {"race": {"lap": 40}}})
    with pytest.raises(Hole):
        held.apply(hello(True, "e.6", "e.9"))


def test_what_an_earlier_stream_held_is_taken_up() -> None:
    """Cursor and state belong together."""
    held = Held(["a"], True, "e.4", {"a": {"race": {"lap": 40, "flag": "green"}}})
    assert held.apply(change("a", "e.5", 50))
    assert held.state == {"a": {"race": {"lap": 50, "flag": "green"}}}
