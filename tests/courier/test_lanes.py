"""When notices are sent: laws that hold whatever receivers answer."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.courier.judging import LONGEST_MS, judge, wait_ms
from pitlive.courier.lanes import Lanes, Waiting
from pitlive.courier.post import Answer
from pitlive.declared.webhooks import Webhook
from pitlive.store.notice import Attempts, Notice

HOOK = Webhook(name="supplier", stat="n", url="http://x/", attempts=3, give_up_s=60)


def notice(number: int, key: str = "bolt") -> Notice:
    """A notice of a row."""
    return Notice(f"msg_{number}", "supplier", "n", key, "on", number, 0, 1000, "{}", number)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=30),
    st.integers(),
)
def test_each_row_goes_in_order_and_no_bound_is_passed(
    given: list[tuple[str, str]], seed: int
) -> None:
    """Until all have arrived, whatever fails in between."""
    random = Random(seed)
    lanes, sent, now_ms = Lanes(per_receiver=2, in_all=3), list[Waiting](), 0
    on_their_way: list[Waiting] = []
    for number, (key, host) in enumerate(given, 1):
        lanes.add(Waiting("shop", notice(number, host + key), Attempts(), host))
    while len(sent) < len(given):
        now_ms += 1
        on_their_way += lanes.start(now_ms)
        assert len({one.lane for one in on_their_way}) == len(on_their_way) <= 3
        assert max(Counter(one.receiver for one in on_their_way).values()) <= 2
        one = on_their_way.pop(random.randrange(len(on_their_way)))
        if random.random() < 0.3:
            lanes.again(one, Attempts(attempts=1, next_ms=now_ms + 1))
        else:
            lanes.done(one)
            sent.append(one)

    for lane in {one.lane for one in sent}:
        numbers = [one.notice.number for one in sent if one.lane == lane]
        assert numbers == sorted(numbers)
    assert lanes.start(now_ms + 10) == []
    assert lanes.next_ms() is None


def test_a_source_that_was_given_up_leaves_nothing_behind() -> None:
    """What is on its way ends; what waits is another courier's, also if it comes back."""
    lanes = Lanes()
    waiting = [Waiting("shop", notice(n), Attempts(), "x") for n in (1, 2)]
    for one in waiting:
        lanes.add(one)
    (first,) = lanes.start(0)
    lanes.drop("shop")
    assert lanes.busy["shop"] == 1
    lanes.done(first)
    assert (lanes.start(5), lanes.busy["shop"]) == ([], 0)

    lanes.add(again := Waiting("shop", notice(2), Attempts(), "x"))
    assert lanes.start(6) == [again]


def test_what_waits_goes_where_it_is_declared_to_go_now() -> None:
    """A pause of the old receiver is not the new one's; what is on its way is not sent twice."""
    lanes = Lanes(per_receiver=1)
    for n in range(3):
        lanes.add(Waiting("shop", notice(n, str(n)), Attempts(), "old"))
    (sent,) = lanes.start(0)
    lanes.pause("old", 10**6)
    lanes.redirect("shop", lambda _: "new")
    (second,) = lanes.start(1)
    assert (second.receiver, second.notice.number) == ("new", 1)
    lanes.done(second)
    lanes.again(sent, Attempts(attempts=1, next_ms=5))
    lanes.redirect("shop", lambda _: "new")
    (third,) = lanes.start(2)
    lanes.done(third)
    (last,) = lanes.start(5)
    assert [(one.receiver, one.notice.number) for one in (third, last)] == [("new", 2), ("new", 0)]
    lanes.done(last)
    assert lanes.start(10**6) == []
    assert lanes.next_ms() is None


def test_a_receiver_that_was_not_asked_is_in_no_trouble() -> None:
    """A secret that cannot be read says nothing of it: its others go side by side."""
    lanes = Lanes(per_receiver=2)
    for n in range(4):
        lanes.add(Waiting("shop", notice(n, str(n)), Attempts(), "x"))
    for one in lanes.start(0):
        lanes.again(one, Attempts(attempts=1, next_ms=99), failed=None)
    assert len(lanes.start(1)) == 2


@given(st.integers(1, 200), st.floats(0, 10**6))
def test_waits_have_a_bound_that_doubles_and_begin_where_the_receiver_says(
    count: int, asked_s: float
) -> None:
    """Full jitter: any time up to the bound."""
    least, longest = asked_s * 1000, min(LONGEST_MS, 5000 * 2 ** (count - 1))
    assert least - 1 <= wait_ms(count, asked_s, 5000) <= least + longest + 1


@pytest.mark.parametrize(
    ("before", "answer", "now_ms", "fate"),
    [
        (Attempts(), Answer(status=204), 2000, "delivered"),
        (Attempts(), Answer("answered 500", 500), 2000, "pending"),
        (Attempts(attempts=2), Answer("answered 500", 500), 2000, "dead"),
        (Attempts(attempts=2), Answer(status=204), 2000, "delivered"),
        (Attempts(), Answer("answered 410", 410, is_final=True), 2000, "dead"),
        (Attempts(), Answer("answered 500", 500), 61_000, "dead"),
        (Attempts(since_ms=61_000), Answer("answered 500", 500), 62_000, "pending"),
        (Attempts(), Answer("answered 429", 429, wait_s=100), 2000, "dead"),
        (Attempts(), Answer("answered 429", 429, wait_s=30), 2000, "pending"),
    ],
)
def test_attempts_and_time_end(before: Attempts, answer: Answer, now_ms: int, fate: str) -> None:
    """A notice of second 1 that may be tried three times within a minute."""
    found = judge(notice(1), before, answer, HOOK, began_ms=now_ms - 5, now_ms=now_ms, backoff_ms=1)

    assert found.fate == fate
    assert found.attempts.attempts == before.attempts + 1
    assert bool(found.attempts.next_ms) == (fate == "pending")
    assert bool(found.attempts.done_ms) == (fate != "pending")
