"""What a reader holds, against the merge written from the RFC for the tests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pitlive.cli.following import Message
from pitlive.cli.held import Held, merged
from tests.checker import merge

LEAF = st.none() | st.integers(0, 3) | st.lists(st.none() | st.integers(0, 3), max_size=2)
PATCH = st.recursive(LEAF, lambda inner: st.dictionaries(st.sampled_from("abc"), inner))


@given(st.dictionaries(st.sampled_from("abc"), PATCH), PATCH)
def test_patches_are_merged_as_the_rfc_says(old: dict[str, object], patch: object) -> None:
    """RFC 7396, whatever the shapes; and what was held before stays untouched."""
    before = repr(old)
    assert merged(old, patch) == merge(eval(before), patch)  # noqa: S307 - our own repr
    assert repr(old) == before


def test_a_snapshot_replaces_what_was_held() -> None:
    """A reader who was away too long begins anew."""
    held = Held()
    assert held.take(Message("e.1", "message", {"channel": "race", "data": {"lap": 1}}))
    assert held.take(Message("e.9", "snapshot", {"channels": {"notes": {}}}))
    assert held.channels == {"notes": {}}
    assert not held.take(Message("e.9", "hb", {}))
