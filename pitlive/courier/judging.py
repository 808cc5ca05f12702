"""What becomes of a notice after an attempt: delivered, again later, or dead. Pure."""

from __future__ import annotations

import random
from typing import NamedTuple, Protocol

from pitlive.courier.post import Answer
from pitlive.store.notice import Attempts, Fate, Notice

LONGEST_MS = 3_600_000
"""Once a receiver is back, a notice waits no longer than this by itself."""


class RetryPolicy(Protocol):
    """How often and how long to try, as a webhook declares it."""

    @property
    def attempts(self) -> int: ...

    @property
    def give_up_s(self) -> float: ...


class Judgement(NamedTuple):
    """The fate of a notice, and what became of it so far."""

    fate: Fate
    attempts: Attempts


def judge(
    notice: Notice,
    before: Attempts,
    answer: Answer,
    webhook: RetryPolicy,
    *,
    began_ms: int,
    now_ms: int,
    backoff_ms: int,
) -> Judgement:
    """Return what becomes of a notice.

    Args:
        before: What became of it before this attempt.
        webhook: How often and how long to try.
        began_ms: When the attempt began.
        backoff_ms: The longest wait after the first attempt; it doubles with each.
    """
    count, is_delivered = before.attempts + 1, not answer.reason
    next_ms = now_ms + wait_ms(count, answer.wait_s, backoff_ms)
    is_over = (
        answer.is_final or count >= webhook.attempts or next_ms >= until_ms(notice, before, webhook)
    )
    after = Attempts(
        attempts=count,
        reason=answer.reason,
        status=answer.status,
        next_ms=0 if is_delivered or is_over else next_ms,
        done_ms=now_ms if is_delivered or is_over else 0,
        took_ms=now_ms - began_ms,
        since_ms=before.since_ms,
    )
    return Judgement("delivered" if is_delivered else "dead" if is_over else "pending", after)


def until_ms(notice: Notice, before: Attempts, webhook: RetryPolicy) -> int:
    """Return until when a notice is tried [ms since 1970]."""
    return (before.since_ms or notice.made_ms) + round(webhook.give_up_s * 1000)


def wait_ms(count: int, asked_s: float, backoff_ms: int) -> int:
    """Return how long to wait after `count` attempts: full jitter, from what was asked on."""
    longest = min(LONGEST_MS, backoff_ms * 2.0 ** min(count - 1, 30))
    return round(asked_s * 1000 + random.uniform(0, longest))
