"""The outboxes that this courier has, and what waits in them for the webhooks declared now."""

from __future__ import annotations

import time
from collections.abc import Set
from functools import partial

import structlog

from pitlive.courier.declared import DeclaredWebhooks, read
from pitlive.courier.judging import until_ms
from pitlive.courier.lanes import Lanes, Waiting
from pitlive.courier.store import CourierStore
from pitlive.declaration.webhook import Webhook
from pitlive.errors import StoreUnavailable
from pitlive.store import outbox, sources
from pitlive.store.client import Redis
from pitlive.store.notice import Attempts, Notice

log = structlog.get_logger()

REST_S = 60.0
"""How long a source is left alone whose outbox or declaration cannot be read or written."""


class Outboxes:
    """Brings what waits in outboxes into the lanes.

    Args:
        courier: Name of this courier.
        hold_ms: How long an outbox is ours once we have looked.
    """

    def __init__(self, store: CourierStore, lanes: Lanes, courier: str, hold_ms: int) -> None:
        self._store, self._lanes = store, lanes
        self._courier, self._hold_ms = courier, hold_ms
        self._webhooks: dict[str, DeclaredWebhooks] = {}
        self._resting: dict[str, float] = {}
        """Source that is left alone → until when, on the monotonic clock."""
        self._seen: dict[str, int] = {}
        """Source that we have → number of the newest notice taken up."""

    async def look(self) -> None:
        """Take the sources where notices wait that no other courier has, and what is new.

        Raises:
            StoreUnavailable: Redis is away.
        """
        newest = self._awake(await self._store.ask(_newest))
        ours = [s for s in newest if s in self._seen or not self._lanes.busy[s]]
        held = await self._hold(ours) if ours else []
        await self._let_go(self._seen.keys() - set(held))
        for source in held:
            try:
                await self._accept(source, newest[source])
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one source never stops another
                self.rest(source, error)

    def rest(self, source: str, error: Exception) -> None:
        """Leave a source alone a while; what waits there stays, and others go on."""
        log.error("notices not read", source=source, why=repr(error), again_in_s=REST_S)
        self._lanes.drop(source)  # they are taken up again with what is in the store then
        self._resting[source] = time.monotonic() + REST_S

    def webhook(self, source: str, name: str) -> Webhook | str:
        """Return a webhook as it is declared now, or why nothing is sent in its name."""
        return self._webhooks[source].webhook(name)

    def receiver(self, source: str, name: str) -> str:
        """Return the URL of a webhook, empty if there is none."""
        webhook = self.webhook(source, name)
        return webhook.url if isinstance(webhook, Webhook) else ""

    def redirect(self, source: str) -> None:
        """A pause is the receiver's that asked for it, not that of a URL declared since."""
        self._lanes.redirect(source, partial(self.receiver, source))

    async def release_all(self) -> None:
        """Give all of them back."""
        await self._store.ask(outbox.release_all, [*self._seen], self._courier)

    async def _hold(self, sources: list[str]) -> list[str]:
        return await self._store.ask(outbox.hold_all, sources, self._courier, self._hold_ms)

    async def _let_go(self, gone: Set[str]) -> None:
        """Give back the sources where nothing waits any more, so that others need not wait."""
        for source in gone:
            self._lanes.drop(source)
            del self._seen[source]
        idle = [source for source in gone if not self._lanes.busy[source]]
        if idle:
            await self._store.ask(outbox.release_all, idle, self._courier)

    def _awake(self, newest: dict[str, int]) -> dict[str, int]:
        """Return which of the sources with notices are not left alone for now."""
        now_s = time.monotonic()
        self._resting = {s: until for s, until in self._resting.items() if until > now_s}
        return {s: number for s, number in newest.items() if s not in self._resting}

    async def _accept(self, source: str, newest: int) -> None:
        """Take up what waits since the last look, for the webhooks as they are declared now."""
        known = self._webhooks.get(source)
        if not known or known.version != await self._store.ask(sources.version, source):
            self._webhooks[source] = read(await self._store.ask(sources.meta, source))
            self.redirect(source)
        if newest <= self._seen.setdefault(source, 0):
            return
        for notice, attempts in await self._store.ask(outbox.waiting, source, self._seen[source]):
            self._lanes.add(self._waiting(source, notice, attempts))
            self._seen[source] = notice.number

    def _waiting(self, source: str, notice: Notice, attempts: Attempts) -> Waiting:
        webhook = self.webhook(source, notice.webhook)
        if not isinstance(webhook, Webhook):
            return Waiting(source, notice, attempts, "")
        until = until_ms(notice, attempts, webhook)
        due_ms = min(attempts.next_ms, until)  # a time beyond is not one of ours
        return Waiting(source, notice, attempts, webhook.url, due_ms, until)


def _newest(redis: Redis) -> dict[str, int]:
    """Where notices wait, and the number of the newest."""
    return outbox.newest(redis, sources.names(redis))
