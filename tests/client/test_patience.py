"""How long a reader stays away."""

from __future__ import annotations

from pitlive.client.patience import LONGEST_S, ReconnectPolicy


def test_after_a_word_of_the_server_its_time_counts_exactly() -> None:
    """It gave this reader a time of its own, so that not all come back at once."""
    patience = ReconnectPolicy()
    patience.heard(1234)
    assert patience.wait_s() == 1.234


def test_after_silence_the_range_doubles_up_to_a_bound_and_begins_at_none() -> None:
    """Full jitter: any time up to the bound, else a crowd stays a crowd."""
    waits = []
    for _ in range(300):
        patience = ReconnectPolicy()
        patience.heard(1000)
        waits.append([patience.wait_s() for _ in range(9)])
    columns = list(zip(*waits, strict=True))
    assert set(columns[0]) == {1.0}
    for n, column in enumerate(columns[1:], 1):
        bound = min(LONGEST_S, 2.0**n)
        assert min(column) < 0.2 * bound < 0.8 * bound < max(column) <= bound


def test_a_time_to_come_back_is_the_least() -> None:
    """`Retry-After` in seconds; a date or nonsense is not one."""
    patience = ReconnectPolicy()
    patience.refused("7")
    assert patience.wait_s() >= 7
    patience.refused("Wed, 21 Oct 2026 07:28:00 GMT")
    patience.heard(10)
    assert patience.wait_s() == 0.01
