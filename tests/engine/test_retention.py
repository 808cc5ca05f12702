"""The event log keeps as many events as were asked for, or as much as there is room for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.engine.retention import Retention


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.integers(1, 40), max_size=4), max_size=20), st.integers(1, 9))
def test_what_is_kept_is_the_newest_that_fit(publishes: list[list[int]], keep: int) -> None:
    """The newest event is kept however large it is; what was dropped does not come back."""
    room, kept, is_full = Retention(keep, most_bytes=60), list[int](), False
    for sizes in publishes:
        kept += sizes
        while len(kept) > 1 and sum(kept) > 60:
            kept, is_full = kept[1:], True
        kept = kept[-keep:]
        assert room.keep_with(sizes) == (len(kept) if is_full else keep)
