"""Texts found side by side are those that a dict finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.declared.fact_table import MANY, MANY_KNOWN, TextCodes
from pitlive.declared.lookup import PROBES, WIDTH, Lookup

TEXTS = st.lists(st.text(max_size=2 * WIDTH), unique=True, max_size=50)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.lists(st.text(max_size=WIDTH)))
def test_a_text_is_found_where_it_stands_or_not_at_all(
    first: list[str], second: list[str], others: list[str]
) -> None:
    """Whatever is in it: what is found is right, and what is short and whole is found."""
    lookup, known = Lookup(), [*first, *(text for text in second if text not in first)]
    lookup.extend(known[: len(first)])
    lookup.extend(known[len(first) :])
    for asked in (known, others, known + others):
        found = lookup.find(asked).tolist()
        assert [known[n] if n >= 0 else text for n, text in zip(found, asked, strict=True)] == asked
    zeros = any("\0" in text for text in known)
    missed = [text for text, n in zip(known, lookup.find(known), strict=True) if n < 0]
    assert zeros or all(len(text.encode()) > WIDTH for text in missed)


def test_texts_that_all_want_one_place_are_found_or_left_to_the_dict() -> None:
    """So nobody makes it slow by choosing names."""
    names = [f"i{n}" for n in range(200_000)]
    lookup = Lookup()
    lookup.extend(names)
    slots = lookup._first_slots(*lookup._words)[: len(names)]
    crowd = [names[n] for n in np.flatnonzero(slots & 1023 == 7).tolist()]
    small = Lookup()
    small.extend(crowd)
    found = small.find(crowd)

    assert len(crowd) > 5 * PROBES
    assert (found >= 0).sum() == PROBES
    assert (found[found >= 0] == np.flatnonzero(found >= 0)).all()


def test_names_are_numbered_in_the_order_in_which_they_came_however_many_there_are() -> None:
    """By the dict and side by side, in turn, with names of every length."""
    chance, names, plain = np.random.default_rng(1), TextCodes(), dict[str, int]()
    for size in (10, MANY, 3 * MANY_KNOWN, 10, 4 * MANY):
        asked = [f"{'x' * int(n % 30)}{n}" for n in chance.integers(0, 4 * MANY_KNOWN, size)]
        want = [plain.setdefault(text, len(plain)) for text in asked]
        assert names.codes(asked).tolist() == want
    assert names.texts == list(plain)
