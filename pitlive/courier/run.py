"""The courier process: takes the notices that wait, and sends them until they have arrived.

Apart from the engine, so that no receiver, however slow, costs a fold or a publish anything.
Start as many as you like: each source has one courier, by its lease. Should two send the same
notice, because one died or was cut off, its id is the same.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

import structlog
from prometheus_client import generate_latest

from pitlive import logs
from pitlive.courier import metrics
from pitlive.courier.addresses import Names
from pitlive.courier.declared import Webhooks, read
from pitlive.courier.judging import LONGEST_MS, Verdict, judge, until_ms
from pitlive.courier.lanes import Lanes, Waiting
from pitlive.courier.post import Answer, client, kept, post
from pitlive.courier.signing import ensure, keys, sign
from pitlive.declaration.webhook import Webhook
from pitlive.errors import BadFile, SettingsError, StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import engines, layout, outbox, sources
from pitlive.store.client import Redis, connect
from pitlive.store.outbox import Attempts, Notice

log = structlog.get_logger()

T = TypeVar("T")

LOOK_S = 0.2
"""How soon a new notice is found."""

TELL_S = 1.0
"""How often the courier tells of itself."""

SILENT_MS = 10_000
"""How long it may be silent before its figures vanish."""

LEAVE_S = 5.0
"""How long what is on its way may take when the courier ends; then another sends it again."""

REST_S = 60.0
"""How long a source is left alone whose outbox or declaration cannot be read or written."""


class Nobody(NamedTuple):
    """What stands for a webhook that is declared no longer: one attempt, which fails."""

    attempts: int = 1
    give_up_s: float = 0.0


class Courier:
    """All that waits in the outboxes that this process has."""

    def __init__(self, settings: Settings) -> None:
        self.name = f"courier-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = asyncio.Event()
        self._settings = settings
        self._redis = connect(settings.redis, retries=0)
        self._store = ThreadPoolExecutor(1, "store")
        self._lanes = Lanes()
        self._names = Names()
        self._webhooks: dict[str, Webhooks] = {}
        self._resting: dict[str, float] = {}
        """Source that is left alone → until when, on the monotonic clock."""
        self._seen: dict[str, int] = {}
        """Source that we have → number of the newest notice taken up."""
        self._sending: set[asyncio.Task[None]] = set()
        self._told = 0.0

    async def run(self) -> None:
        """Deliver until `stopping` is set."""
        ensure(self._settings.webhook_secrets)
        log.info("courier", name=self.name)
        async with client() as self._client, asyncio.TaskGroup() as self._tasks:
            while not self.stopping.is_set():
                try:
                    await self._look()
                except StoreUnavailable as error:
                    log.warning("not now", why=str(error))
                except Exception:
                    log.exception("a look for notices failed")
                self._start()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), self._pause_s())
            await self._leave()

    async def _stored(self, ask: Callable[..., T], *args: Any) -> T:
        """Ask the store in its thread."""
        return await asyncio.get_running_loop().run_in_executor(
            self._store, ask, self._redis, *args
        )

    def _pause_s(self) -> float:
        """How long nothing is to be done, as far as is known."""
        due_ms, now_ms = self._lanes.next_ms(), wall_ms()
        if due_ms is None or due_ms <= now_ms:  # it is bounds that hold it up
            return LOOK_S
        return min(LOOK_S, (due_ms - now_ms) / 1000)

    async def _look(self) -> None:
        """Take the sources where notices wait that no other courier has, and what is new."""
        newest = self._awake(await self._stored(_newest))
        ours = [s for s in newest if s in self._seen or not self._lanes.busy[s]]
        hold_ms = self._settings.lease_ms
        held = await self._stored(outbox.hold_all, ours, self.name, hold_ms) if ours else []
        await self._let_go(self._seen.keys() - set(held))
        for source in held:
            try:
                await self._take(source, newest[source])
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one source never stops another
                self._rest(source, error)
        await self._tell()

    async def _let_go(self, gone: Set[str]) -> None:
        """Give back the sources where nothing waits any more, so that others need not wait."""
        for source in gone:
            self._lanes.drop(source)
            del self._seen[source]
        idle = [source for source in gone if not self._lanes.busy[source]]
        if idle:
            await self._stored(outbox.release_all, idle, self.name)

    def _awake(self, newest: dict[str, int]) -> dict[str, int]:
        """Return which of the sources with notices are not left alone for now."""
        now_s = time.monotonic()
        self._resting = {s: until for s, until in self._resting.items() if until > now_s}
        return {s: number for s, number in newest.items() if s not in self._resting}

    def _rest(self, source: str, error: Exception) -> None:
        """Leave a source alone a while; what waits there stays, and others go on."""
        log.error("notices not read", source=source, why=repr(error), again_in_s=REST_S)
        self._lanes.drop(source)  # they are taken up again with what is in the store then
        self._resting[source] = time.monotonic() + REST_S

    async def _take(self, source: str, newest: int) -> None:
        """Take up what waits since the last look, for the webhooks as they are declared now."""
        known = self._webhooks.get(source)
        if not known or known.version != await self._stored(sources.version, source):
            self._webhooks[source] = read(await self._stored(sources.meta, source))
            self._redirect(source)
        if newest <= self._seen.setdefault(source, 0):
            return
        for notice, attempts in await self._stored(outbox.waiting, source, self._seen[source]):
            self._lanes.add(self._waiting(source, notice, attempts))
            self._seen[source] = notice.number

    def _redirect(self, source: str) -> None:
        """A pause is the receiver's that asked for it, not that of a URL declared since."""
        self._lanes.redirect(source, partial(self._receiver, source))

    def _receiver(self, source: str, name: str) -> str:
        webhook = self._webhooks[source].of(name)
        return webhook.url if isinstance(webhook, Webhook) else ""

    def _waiting(self, source: str, notice: Notice, attempts: Attempts) -> Waiting:
        webhook = self._webhooks[source].of(notice.webhook)
        if not isinstance(webhook, Webhook):
            return Waiting(source, notice, attempts, "")
        until = until_ms(notice, attempts, webhook)
        due_ms = min(attempts.next_ms, until)  # a time beyond is not one of ours
        return Waiting(source, notice, attempts, webhook.url, due_ms, until)

    async def _tell(self) -> None:
        if time.monotonic() - self._told >= TELL_S:
            text = generate_latest(metrics.REGISTRY)
            await self._stored(engines.tell, self.name, text, SILENT_MS)
            self._told = time.monotonic()

    def _start(self) -> None:
        """Send what is due, as far as the bounds allow."""
        for one in self._lanes.start(wall_ms()) if not self.stopping.is_set() else ():
            task = self._tasks.create_task(self._deliver(one))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, one: Waiting) -> None:
        """Make one attempt, note what came of it, and go on with what it kept waiting."""
        began_ms = wall_ms()
        webhook = self._webhooks[one.source].of(one.notice.webhook)
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
            if one.receiver != self._receiver(one.source, one.notice.webhook):
                self._redirect(one.source)
        else:
            self._lanes.done(one, failed=failed)
        self._start()

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

    async def _settled(self, one: Waiting, verdict: Verdict) -> bool:
        """Note a fate, however long Redis is away: what has arrived must not be sent again."""
        while True:
            try:
                waited = await self._stored(
                    outbox.settle, one.source, one.notice.id, verdict.fate, verdict.attempts
                )
                break
            except StoreUnavailable as error:
                log.warning("not now", why=str(error))
                await asyncio.sleep(LOOK_S)
            except Exception as error:  # noqa: BLE001 - it stays in the outbox, and others go on
                self._rest(one.source, error)
                return False
        self._count(one, verdict)
        return waited

    def _count(self, one: Waiting, verdict: Verdict) -> None:
        fate, attempts = verdict
        metrics.SENT["failed" if fate == "pending" else fate].inc()
        said = {"source": one.source, "webhook": one.notice.webhook, "id": one.notice.id}
        if fate == "delivered":
            since_ms = attempts.since_ms or one.notice.made_ms
            metrics.DELAY.observe(max(0, attempts.done_ms - since_ms) / 1000)
        else:
            log.warning(f"notice {fate}", **said, why=attempts.reason, attempts=attempts.attempts)

    async def _leave(self) -> None:
        """Let what is on its way arrive, and give the sources back."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=LEAVE_S)
        for task in self._sending:
            task.cancel()
        with suppress(StoreUnavailable):  # else they expire
            await self._stored(outbox.release_all, [*self._seen], self.name)
            await self._stored(engines.leave, self.name)


def _newest(redis: Redis) -> dict[str, int]:
    """Where notices wait, and the number of the newest."""
    return outbox.newest(redis, sources.names(redis))


def wall_ms() -> int:
    """Return what time it is [ms since 1970]."""
    return time.time_ns() // 1_000_000


def main(settings: Settings) -> None:
    """Run a courier until SIGTERM or SIGINT."""

    logs.to_stdout()
    layout.await_settled(settings.redis, settings.redis_place)

    async def run() -> None:
        courier = Courier(settings)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(64, "names"))  # names may take their time
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, courier.stopping.set)
        await courier.run()

    asyncio.run(run())
