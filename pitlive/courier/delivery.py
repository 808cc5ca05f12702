"""The delivery of a notice: one attempt, what comes of it, and its fate in the store."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import httpx
import structlog

from pitlive.courier import metrics
from pitlive.courier.addresses import Resolver
from pitlive.courier.judging import LONGEST_MS, Judgement, judge
from pitlive.courier.lanes import Lanes, Waiting
from pitlive.courier.outboxes import Outboxes
from pitlive.courier.post import Answer, kept, post
from pitlive.courier.signing import keys, sign
from pitlive.courier.store import CourierStore
from pitlive.declaration.webhook import Webhook
from pitlive.errors import BadFile, SettingsError, StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import outbox
from pitlive.store.notice import Notice

log = structlog.get_logger()

AGAIN_S = 0.2
"""Wait before a fate is noted again when Redis was away."""


class Nobody(NamedTuple):
    """What stands for a webhook that is declared no longer: one attempt, which fails."""

    attempts: int = 1
    give_up_s: float = 0.0


class Delivery:
    """Delivers notices of the lanes, as the webhooks of the outboxes say."""

    def __init__(
        self,
        settings: Settings,
        client: httpx.AsyncClient,
        store: CourierStore,
        lanes: Lanes,
        outboxes: Outboxes,
    ) -> None:
        self._settings, self._client, self._store = settings, client, store
        self._lanes, self._outboxes = lanes, outboxes
        self._names = Resolver()

    async def deliver(self, one: Waiting) -> None:
        """Make one attempt, note what came of it, and let go what it kept waiting."""
        began_ms = wall_ms()
        webhook = self._outboxes.webhook(one.source, one.notice.webhook)
        answer = await self._answer(one, webhook)
        if answer.wait_s:
            until = wall_ms() + min(LONGEST_MS, round(answer.wait_s * 1000))
            self._lanes.pause(one.receiver, until)
        verdict = judge(
            one.notice,
            one.attempts,
            answer,
            webhook if isinstance(webhook, Webhook) else Nobody(),
            began_ms=began_ms,
            now_ms=wall_ms(),
            backoff_ms=self._settings.webhook_backoff_ms,
        )
        failed = None if answer.is_ours else bool(answer.reason)
        if await self._settled(one, verdict) and verdict.fate == "pending":
            self._lanes.again(one, verdict.attempts, failed=failed)
            if one.receiver != self._outboxes.receiver(one.source, one.notice.webhook):
                self._outboxes.redirect(one.source)
        else:
            self._lanes.done(one, failed=failed)

    async def _answer(self, one: Waiting, webhook: Webhook | str) -> Answer:
        """Return what comes of an attempt; there is none where it would be of no use."""
        if one.notice.fault:
            return Answer(one.notice.fault, is_final=True, is_ours=True)
        if not isinstance(webhook, Webhook):
            return Answer(webhook, is_final=True, is_ours=True)
        if self._lanes.is_paused(one.receiver, wall_ms()):
            reason = "the receiver asked to wait for longer than it is tried"
            return Answer(reason, is_final=True, is_ours=True)
        return await self._send(one.notice, webhook)

    async def _send(self, notice: Notice, webhook: Webhook) -> Answer:
        at_s = int(time.time())
        try:
            secret = keys(self._settings.webhook_secrets, webhook.secret)
        except (BadFile, SettingsError) as error:
            return Answer(kept(str(error)), is_ours=True)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notice.id,
            "webhook-id": notice.id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": sign(secret, notice.id, at_s, notice.body),
        }
        return await post(
            self._client,
            self._names,
            webhook.url,
            headers,
            notice.body,
            timeout_s=webhook.timeout_s,
            private=self._settings.webhook_private,
        )

    async def _settled(self, one: Waiting, verdict: Judgement) -> bool:
        """Note a fate, however long Redis is away: what has arrived must not be sent again."""
        while True:
            try:
                waited = await self._store.ask(
                    outbox.settle, one.source, one.notice.id, verdict.fate, verdict.attempts
                )
                break
            except StoreUnavailable as error:
                log.warning("not now", why=str(error))
                await asyncio.sleep(AGAIN_S)
            except Exception as error:  # noqa: BLE001 - it stays in the outbox, and others go on
                self._outboxes.rest(one.source, error)
                return False
        _count(one, verdict)
        return waited


def wall_ms() -> int:
    """Return what time it is [ms since 1970]."""
    return time.time_ns() // 1_000_000


def _count(one: Waiting, verdict: Judgement) -> None:
    fate, attempts = verdict
    metrics.SENT["failed" if fate == "pending" else fate].inc()
    if fate == "delivered":
        since_ms = attempts.since_ms or one.notice.made_ms
        metrics.DELAY.observe(max(0, attempts.done_ms - since_ms) / 1000)
        return
    notice = {"source": one.source, "webhook": one.notice.webhook, "id": one.notice.id}
    log.warning(f"notice {fate}", **notice, why=attempts.reason, attempts=attempts.attempts)
